"""How fast heelkit is, as ratios to named peers measured in the same run. Run it with `make bench`.

Contestants take turns, so a busy moment of the machine hits all of them. A slow figure is printed, not raised; the run
fails only when an answer is wrong.
"""

import copy
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import peers

import heelkit
from heelkit import progress
from heelkit.differential import posterior, probabilities

SETTING = "primary_care"
PATIENTS = 100_000
NOT_ON_IMPORT = ["plotly", "ipywidgets", "anywidget", "networkx", "frictionless"]
CASES = {  # name: (present, absent)
    "a runner's heel": (
        ["first_step_pain", "start_up_stiffness", "tenderness_medial_calcaneal_tubercle", "running_load_increase", "windlass_test"],
        ["numbness", "tingling", "night_pain", "rest_pain", "fever", "heel_swelling", "calcaneal_squeeze", "after_trauma"],
    ),
    "a tingling sole": (
        ["tingling", "burning_pain", "numb_sole_medial", "numb_sole_lateral", "tinel_tarsal_tunnel", "pain_worse_standing", "night_pain"],
        ["back_pain", "radicular_leg_pain", "reduced_ankle_reflex", "diabetes", "bilateral_symptoms", "first_step_pain", "straight_leg_raise"],
    ),
    "two numb feet": (
        ["numbness", "bilateral_symptoms", "stocking_distribution", "diabetes", "vibration_loss", "monofilament_loss", "reduced_ankle_reflex", "metformin"],
        ["back_pain", "weak_dorsiflexion", "brisk_reflexes", "alcohol_use", "chemotherapy_exposure", "sensory_level"],
    ),
    "a numb saddle": (
        ["saddle_anesthesia", "urinary_retention", "back_pain", "radicular_leg_pain", "reduced_ankle_reflex", "numb_heel_plantar", "weak_plantarflexion"],
        ["fever", "cancer_history", "diabetes", "first_step_pain", "brisk_reflexes", "cold_feet"],
    ),
}
HEADER = ["What", "Median", "p95", "Compared with", "Its median", "Ratio", "Target"]


def race(contestants: dict, turns: int, cases=((),), calls: int = 1) -> dict[str, np.ndarray]:
    """Seconds of every call: contestants take turns in rotating order, `calls` calls a turn, each on the next case."""
    names, seconds = list(contestants), {name: [] for name in contestants}
    for case in cases:
        for name in names:
            contestants[name](*case)
    for turn in range(turns):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            for call in range(calls):
                case = cases[(turn * calls + call) % len(cases)]
                start = time.perf_counter()
                contestants[name](*case)
                seconds[name].append(time.perf_counter() - start)
    return {name: np.array(s) for name, s in seconds.items()}


def ms(seconds: float) -> str:
    """Milliseconds with three significant digits."""
    return f"{seconds * 1e3:,.0f} ms" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def row(what: str, own: np.ndarray, peer: str = "", other=None, target: str = "", limit: float = np.inf) -> list[str]:
    """One row of the table; `limit` is in ratios when there is a peer (`other`, its seconds), else in seconds."""
    value = np.median(own) if other is None else np.median(own) / np.median(other)
    met = "" if np.isinf(limit) else ", met" if value <= limit else ", **missed**"
    compared = ["", "", ""] if other is None else [peer, ms(np.median(other)), f"{value:.2f}"]
    return [what, ms(np.median(own)), ms(np.percentile(own, 95)), *compared, target + met]


def fresh(code: str) -> list[str]:
    """Runs `code` in a new interpreter with a clock `start` set; returns the seconds and whatever it prints after."""
    program = f"import sys, time; start = time.perf_counter(); {code}; print(time.perf_counter() - start, *sys.modules)"
    return subprocess.run([sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True).stdout.split()


def imports(rounds: int = 21) -> list[list[str]]:
    """The import statement alone (without the interpreter's own start) in fresh processes, taking turns."""
    code = {"heelkit": "import heelkit", "pandas": "import pandas", "rank": "import heelkit; heelkit.rank(['first_step_pain'])"}
    loaded = set(fresh(code["heelkit"])) & set(NOT_ON_IMPORT)  # also warms the files up
    verdict = f"**must not be, but is: {', '.join(sorted(loaded))}**" if loaded else f"none of {', '.join(NOT_ON_IMPORT)}"
    print(f"In sys.modules after `import heelkit`: {verdict}.\n")
    seconds = {name: [] for name in code}
    for turn in range(rounds):
        for name in list(code)[:: 1 if turn % 2 else -1]:
            seconds[name].append(float(fresh(code[name])[0]))
    return [
        row("`import heelkit`", np.array(seconds["heelkit"]), "`import pandas`", np.array(seconds["pandas"]), "≤ 1.2", 1.2),
        row("`import heelkit`, then the first `rank` (reads the tables)", np.array(seconds["rank"])),
    ]


def everything(present, absent):
    """What a click in the explorer asks for: the ranking, why its first is first, what to ask next, red flags."""
    first = heelkit.rank(present, absent).index[0]
    return heelkit.explain(first, present, absent), heelkit.next_questions(present, absent), heelkit.red_flags(present, absent)


def one_patient(turns: int = 500) -> list[list[str]]:
    """`rank`, and everything together, for each of the realistic patients."""
    rows = []
    for function, what, limit in ((heelkit.rank, "`rank`", 1e-3), (everything, "`rank` + `explain` + `next_questions` + `red_flags`", 10e-3)):
        took = race({name: lambda f=function, c=case: f(*c) for name, case in CASES.items()}, turns)
        for name, seconds in took.items():
            asked = sum(map(len, CASES[name]))
            rows.append(row(f"{what}, {name} ({asked} asked)", seconds, target=f"< {limit * 1e3:.0f} ms", limit=limit))
    return rows


def other_rooms(turns: int = 100) -> list[list[str]]:
    """The other answers a student waits for: a lesion, its place, what to ask next, how sure the ranking is."""
    foot = {"weak": ["tibialis_anterior"], "strong": ["tibialis_posterior"], "numb": ["foot_dorsum_central"], "reflexes": {"ankle": "normal"}}
    case = CASES["a tingling sole"]
    rooms = {
        "`lesion` of the S1 root": (lambda: heelkit.lesion("site_root_s1"), 5e-3),
        "`localize` a foot drop": (lambda: heelkit.localize(**foot), 5e-3),
        "`next_questions` over all findings": (lambda: heelkit.next_questions(*case), 20e-3),
        "`certainty`, 500 redraws": (lambda: heelkit.certainty(*case), 200e-3),
    }
    took = race({name: call for name, (call, _) in rooms.items()}, turns)
    return [row(name, took[name], target=f"< {limit * 1e3:.0f} ms", limit=limit) for name, (_, limit) in rooms.items()]


def patients(asked: float, rng) -> np.ndarray:
    """Answers at random: 1, 0 or NaN; every finding is asked of a patient with probability `asked`."""
    shape = PATIENTS, len(heelkit.load().findings)
    return np.where(rng.random(shape) < asked, rng.integers(0, 2, shape), np.nan)


def many_patients(first_calls: int = 5, warm_calls: int = 11) -> list[list[str]]:
    """`rank_many` against a bare float64 matrix product (patients x findings) @ (findings x conditions)."""
    rng, rows = np.random.default_rng(0), []
    findings = len(heelkit.load().findings)
    table = rng.standard_normal((findings, len(heelkit.load().conditions)))
    for what, asked in (("about 15 findings asked", 15 / findings), ("each finding present, absent or not asked", 2 / 3)):
        answers = patients(asked, rng)
        frame, filled = pd.DataFrame(answers, columns=heelkit.load().findings.index), np.nan_to_num(answers)
        check_rows(frame)
        # A copied knowledge base has nothing kept from earlier calls: weights and look-up tables are made anew.
        first = race({"own": lambda f=frame: heelkit.rank_many(f, kb=copy.copy(heelkit.load())), "peer": lambda a=filled: a @ table}, first_calls)
        warm = race({"own": lambda f=frame: heelkit.rank_many(f), "peer": lambda a=filled: a @ table}, warm_calls)
        for call, took in (("first", first), ("warm", warm)):
            rows.append(row(f"`rank_many`, {PATIENTS:,} patients, {what}, {call} call", took["own"], "numpy `@`", took["peer"], "≤ 4", 4))
    return rows


def check_rows(frame: pd.DataFrame) -> None:
    """`rank_many` gives what `rank` gives, on a few of the patients."""
    few = frame.iloc[:5]
    for patient, p in heelkit.rank_many(few).iterrows():
        answers = few.loc[patient]
        single = heelkit.rank(list(answers.index[answers == 1]), list(answers.index[answers == 0]))["probability"]
        assert np.allclose(p, single.reindex(p.index), atol=1e-12)


def naive_bayes(turns: int = 50) -> list[list[str]]:
    """`rank` and its peers on one table, one set of pretest weights and the same patients, who take turns."""
    plain = peers.frequencies_only(heelkit.load())
    table = peers.naive_bayes_table(plain, SETTING)
    numpy_, pgmpy, pyagrum = (make(table) for make in (peers.plain_numpy, peers.pgmpy, peers.pyagrum))

    def rank(present, absent):
        return heelkit.rank(present, absent, SETTING, 1, plain)

    def arithmetic(present, absent):
        return probabilities(posterior(plain, present, absent, SETTING, 1)[1])

    contestants = {"rank": rank, "arithmetic": arithmetic, "pgmpy": pgmpy, "pyAgrum": pyagrum, "numpy": numpy_}
    answers = {**contestants, "rank": lambda *case: rank(*case)["probability"].reindex(table.possibilities)}
    off = {name: max(abs(np.asarray(ask(*c)) - numpy_(*c)).max() for c in CASES.values()) for name, ask in answers.items()}
    print("Largest difference from plain-numpy naive Bayes (same table, pretest weights and patients; `rank` at discount=1, on the")
    print(f"tables without measured likelihood ratios and absence caps): {', '.join(f'{n} {d:.0e}' for n, d in off.items() if n != 'numpy')}.\n")
    assert max(off.values()) < 1e-6
    took = race(contestants, turns, list(CASES.values()), calls=20)
    queries = {"pgmpy": "pgmpy VariableElimination", "pyAgrum": "pyAgrum LazyPropagation", "numpy": "naive Bayes in plain numpy, an array"}
    rows = [row("`rank`, naive Bayes, a sorted DataFrame", took["rank"], peer, took[name]) for name, peer in queries.items()]
    rows += [row("`rank`'s arithmetic, naive Bayes, an array", took["arithmetic"], peer, took[name]) for name, peer in queries.items()]
    return rows


def record_of_a_student(turns: int = 21) -> list[list[str]]:
    """Opening a record of 10,000 events, and adding one event to it, with the flush to the disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.jsonl"
        progress.record("answer", "06_q", topic="06", right=True, sure=0.75, path=path)
        header, line = path.read_text(encoding="utf-8").splitlines()
        again = (line.replace(json.loads(line)["id"], f"{i:032x}") for i in range(10_000))
        path.write_text("\n".join([header, *again]) + "\n", encoding="utf-8")
        assert len(progress.read_events(path)) == 10_000
        took = race({"open": lambda: progress.read_events(path), "add": lambda: progress.record("answer", "06_q", topic="06", right=True, path=path)}, turns)
    return [row("open a record of 10,000 events", took["open"], target="< 200 ms", limit=0.2), row("keep one more answer", took["add"])]


def environment() -> None:
    """Prints the machine and the versions."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
    packages = ", ".join(f"{p} {version(p)}" for p in ("heelkit", "numpy", "pandas", "pgmpy", "pyagrum"))
    print(f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}, BLAS {blas}.")
    print(f"Tables: {len(heelkit.load().findings)} findings, {len(heelkit.load().conditions)} conditions.")
    load()


def load() -> None:
    """Prints the load average: how busy the machine was."""
    print(f"Load average (1, 5, 15 minutes): {', '.join(f'{x:.2f}' for x in os.getloadavg())}.\n")


def main() -> None:
    """Measures everything and prints one Markdown table."""
    environment()
    rows = imports() + one_patient() + other_rooms() + record_of_a_student() + many_patients() + naive_bayes()
    print(*(f"| {' | '.join(r)} |" for r in (HEADER, ["---"] * len(HEADER), *rows)), sep="\n", end="\n\n")
    load()


if __name__ == "__main__":
    main()
