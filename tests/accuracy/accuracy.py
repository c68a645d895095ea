"""How often heelkit is right on published cases it was not built from. Run it with `make accuracy`.

Every case of `tests/cases/` was coded blind, by somebody who had not seen the tables. The `frozen` half was set aside before
anything was tuned; structural choices of the engine may look at the `open` half only, and no table number at either.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yardsticks
from statsmodels.stats.proportion import proportion_confint

import heelkit
from heelkit import figure_tables
from heelkit.differential import NONE_OF_THESE

HERE = Path(__file__).parent
CASES = HERE.parent / "cases"
LEAST = 1e-6  # a truth said to be impossible costs -ln of this, not infinity
OURS = "heelkit (discount 0.5)"
REPORT, PLOT = HERE / "README.md", HERE / "calibration.png"


class Case(NamedTuple):
    """One published patient."""

    case_id: str
    truth: list[str]  #: one condition, or two at once
    setting: str
    half: str  #: open or frozen
    urgent: bool
    present: list[str]
    absent: list[str]


def read_cases(history_only: bool = False) -> list[Case]:
    """The cases, with all their findings or with what the patient tells only."""
    cases = pd.read_csv(CASES / "cases.csv", dtype=str, keep_default_na=False)
    findings = pd.read_csv(CASES / "findings.csv", dtype=str, keep_default_na=False)
    if history_only:
        findings = findings[findings["finding_id"].map(heelkit.load().findings["kind"]) == "history"]
    known = {key: list(group) for key, group in findings.groupby(["case_id", "state"])["finding_id"]}
    return [
        Case(
            c.case_id,
            [truth for truth in (c.condition_id, c.second_condition_id) if truth],
            c.setting_id,
            c.half,
            c.urgent == "true",
            known.get((c.case_id, "present"), []),
            known.get((c.case_id, "absent"), []),
        )
        for c in cases.itertuples()
    ]


def heelkit_at(discount: float) -> Callable[[Case], pd.Series]:
    """heelkit's probabilities at a discount, best first."""
    return lambda case: heelkit.rank(case.present, case.absent, case.setting, discount)["probability"]


def yardstick(method) -> Callable[[Case], pd.Series]:
    """The probabilities of a method of `yardsticks`, best first."""
    return lambda case: method(heelkit.load(), case.present, case.absent, case.setting)


METHODS = {
    OURS: heelkit_at(0.5),
    "heelkit, discount 0: best finding of a group only": heelkit_at(0),
    "heelkit, discount 1: every finding counts fully": heelkit_at(1),
    "naive Bayes, frequencies only": yardstick(yardsticks.naive_bayes),
    "noisy-or, up to two diseases": yardstick(yardsticks.noisy_or),
}


def marked(cases: list[Case], method: Callable[[Case], pd.Series]) -> pd.DataFrame:
    """One row per case: `place` of the truth among the conditions (1 is first), `probability` it got, `brier`, and `leader` with `said` and `right`.

    With two diseases the better placed one counts, and the two probabilities add up.
    """
    rows = []
    for case in cases:
        said = method(case)
        order = said.index.drop(NONE_OF_THESE, errors="ignore")
        truth = float(said[case.truth].sum())
        happened = said.index.isin(case.truth) / len(case.truth)
        place = min(order.get_loc(one) + 1 for one in case.truth)
        rows.append((case.case_id, place, truth, float(((said - happened) ** 2).sum()), order[0], float(said[order[0]]), order[0] in case.truth))
    return pd.DataFrame(rows, columns=["case_id", "place", "probability", "brier", "leader", "said", "right"]).set_index("case_id")


def share(hits: int, n: int) -> str:
    """`12 of 20: 60% (39-78)`, the interval by Wilson's method, 95 %."""
    if not n:
        return "no case"
    low, high = proportion_confint(hits, n, method="wilson")
    return f"{hits} of {n}: {hits / n:.0%} ({100 * max(low, 0):.0f}-{100 * min(high, 1):.0f})"


def summary(table: pd.DataFrame) -> list[str]:
    """First, first three, mean reciprocal rank, log loss and Brier score of `marked`."""
    first, three = int((table["place"] == 1).sum()), int((table["place"] <= 3).sum())
    loss = -np.log(table["probability"].clip(LEAST, 1)).mean()
    return [share(first, len(table)), share(three, len(table)), f"{(1 / table['place']).mean():.2f}", f"{loss:.2f}", f"{table['brier'].mean():.2f}"]


def flags(cases: list[Case]) -> list[str]:
    """Red flags shown in urgent cases, act now among them, and act now in the others."""
    levels = {case.case_id: set(heelkit.red_flags(case.present, case.absent)["level"]) for case in cases}
    urgent = [levels[case.case_id] for case in cases if case.urgent]
    others = [levels[case.case_id] for case in cases if not case.urgent]
    return [share(sum(map(bool, urgent)), len(urgent)), *(share(sum("act_now" in found for found in group), len(group)) for group in (urgent, others))]


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows])


def report() -> str:
    """The page `README.md` beside this file."""
    known = {"all findings": read_cases(), "history only": read_cases(history_only=True)}
    halves = {"all": ("open", "frozen"), "frozen half": ("frozen",), "open half": ("open",)}
    ranking, methods, alarm = [], [], []
    for name, cases in known.items():
        for half, kept in halves.items():
            chosen = [case for case in cases if case.half in kept]
            ranking.append([name, half, *summary(marked(chosen, METHODS[OURS]))])
            alarm.append([name, half, *flags(chosen)])
        methods += [[method, name, *summary(marked(cases, ask))] for method, ask in METHODS.items()]
    missed = marked(known["all findings"], METHODS[OURS]).query("place > 3")
    truth = {case.case_id: " and ".join(case.truth) for case in known["all findings"]}
    measures = ["first (95% interval)", "in the first three", "mean reciprocal rank", "log loss", "Brier"]
    text = (HERE / "template.md").read_text(encoding="utf-8")
    return text.format(
        n=len(truth),
        conditions=len({t for case in known["all findings"] for t in case.truth}),
        ranking=markdown(["known", "cases", *measures], ranking),
        flags=markdown(["known", "cases", "red flag shown in urgent cases", "of these at level act now", "act now in cases that were not urgent"], alarm),
        methods=markdown(["method", "known", *measures], methods),
        calibration=figure_tables.calibration_caption(figure_tables.calibration_table(leaders())),
        missed=markdown(
            ["case", "truth", "its place", "first instead", "said"],
            [[m.Index, truth[m.Index], str(m.place), m.leader, f"{m.said:.0%}"] for m in missed.itertuples()],
        ),
    )


def leaders() -> pd.DataFrame:
    """What was said of the leading condition of each case, all findings known, and whether it was true."""
    table = marked(read_cases(), METHODS[OURS])
    return pd.DataFrame({"probability": table["said"], "outcome": table["right"]})


def plot() -> None:
    """`calibration.png` beside this file: what was said of the leading condition, and how often it was true. Needs Chromium."""
    from playwright.sync_api import sync_playwright

    from heelkit.handout import browser

    figure = heelkit.figures.calibration(leaders())
    with sync_playwright() as play, play.chromium.launch(executable_path=browser(), args=["--no-sandbox"]) as chromium:
        sheet = chromium.new_page(viewport={"width": 900, "height": 760})
        sheet.set_content(figure.to_html(include_plotlyjs=True, config={"displayModeBar": False}))
        sheet.locator(".plotly-graph-div").screenshot(path=PLOT)


if __name__ == "__main__":
    page = report()
    REPORT.write_text(page, encoding="utf-8")
    plot()
    sys.stdout.write(page)
