"""How heelkit scales: more conditions, more patients, and the patients dealt out by Dask. Run it with `make bench`.

Every figure is a ratio to the first line of its table, measured in the same run. The larger knowledge bases are copies of
the real conditions under new names, so each has as many findings per condition as the real one.
"""

import copy
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import heelkit
from heelkit import KnowledgeBase

CONDITIONS = (73, 365, 1_460, 10_000)
PATIENTS = (1_000, 10_000, 100_000, 1_000_000)
ASKED = 15
PER_CONDITION = ("presentations", "pretest_weights", "condition_sites", "test_accuracy")
CASE = (["first_step_pain", "tenderness_medial_calcaneal_tubercle", "obesity"], ["numbness", "night_pain", "after_trauma", "fever"])


def grown(kb: KnowledgeBase, size: int) -> KnowledgeBase:
    """`kb` with its conditions repeated under new names until there are `size` of them."""
    names = list(kb.conditions.index)
    copies = [names[: size - start] for start in range(0, size, len(names))]

    def repeat(table: pd.DataFrame, column: pd.Series) -> pd.DataFrame:
        parts = []
        for number, kept in enumerate(copies):
            rows = table[column.isin(kept).to_numpy()]
            new = column[column.isin(kept)].map(lambda c, n=number: f"{c}__{n}" if n else c)
            parts.append(rows.set_axis(new.to_numpy(), axis=0) if table.index.name == "condition_id" else rows.assign(condition_id=new))
        return pd.concat(parts) if table.index.name == "condition_id" else pd.concat(parts, ignore_index=True)

    large = copy.copy(kb)
    large.tables = dict(kb.tables)
    large.tables["conditions"] = repeat(kb.conditions, kb.conditions.index.to_series()).rename_axis("condition_id")
    for name in PER_CONDITION:
        table = kb.tables[name]
        table = table.reset_index() if table.index.name else table
        large.tables[name] = repeat(table, table["condition_id"])
    assert len(large.conditions) == size
    return large


def answers(patients: int, kb: KnowledgeBase) -> pd.DataFrame:
    """`patients` random patients, each asked the same findings: 1, 0 or blank."""
    rng = np.random.default_rng(0)
    asked = rng.choice(kb.findings.index, ASKED, replace=False)
    return pd.DataFrame(rng.choice([1.0, 0.0, np.nan], (patients, ASKED)), columns=asked)


def seconds(call: Callable, turns: int) -> float:
    """Median seconds of a call, after one that does not count."""
    call()
    took = []
    for _ in range(turns):
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
    return float(np.median(took))


def table(header: list[str], rows: list[list[str]]) -> None:
    """Prints a Markdown table."""
    print(*(f"| {' | '.join(row)} |" for row in [header, ["---"] * len(header), *rows]), sep="\n", end="\n\n")


def by_conditions(kb: KnowledgeBase) -> None:
    """`rank` of one patient, and `rank_many` of 1,000, over more and more conditions."""
    people, rows, first = answers(1_000, kb), [], None
    for size in CONDITIONS:
        large = grown(kb, size)
        start = time.perf_counter()
        heelkit.rank(*CASE, kb=large)
        ready = time.perf_counter() - start
        took = seconds(lambda kb=large: heelkit.rank(*CASE, kb=kb), 20), seconds(lambda kb=large: heelkit.rank_many(people, kb=kb), 3)
        first = first or took
        rows.append(
            [f"{size:,}", f"{ready:.2f} s", *(cell for now, then in zip(took, first, strict=True) for cell in (f"{now * 1e3:,.3g} ms", f"{now / then:.1f}"))]
        )
    table(["conditions", "first `rank` (tables to weights)", "`rank`", "times the first line", "`rank_many`, 1,000 patients", "times the first line"], rows)


def by_patients(kb: KnowledgeBase) -> None:
    """`rank_many` over more and more patients."""
    rows, first = [], None
    for count in PATIENTS:
        people = answers(count, kb)
        took = seconds(lambda f=people: heelkit.rank_many(f), 3)
        first = first or took
        rows.append([f"{count:,}", f"{took * 1e3:,.0f} ms", f"{took / first:.1f}", f"{took / count * 1e6:.2f} µs"])
    table(["patients", "`rank_many`", "times the first line", "per patient"], rows)


def by_dask(kb: KnowledgeBase, count: int = 1_000_000) -> None:
    """The same `rank_many` through Dask partitions, with Dask's threads and with its processes, against one plain call."""
    import dask.dataframe

    people = answers(count, kb)
    meta = heelkit.rank_many(people.iloc[:0])
    parts = dask.dataframe.from_pandas(people, npartitions=8)
    plain = heelkit.rank_many(people).idxmax(axis=1)
    rows = [["plain `rank_many`", seconds(lambda: heelkit.rank_many(people), 3)]]
    ranked = parts.map_partitions(heelkit.rank_many, meta=meta)
    rows.append(["8 Dask partitions, threads", seconds(lambda: ranked.compute(scheduler="threads"), 3)])
    rows.append(["plain, only each patient's leader", seconds(lambda: _leaders(people), 3)])
    led = parts.map_partitions(_leaders, meta=pd.Series(dtype=plain.dtype))
    rows.append(["8 Dask partitions, processes, only the leader", seconds(lambda: led.compute(scheduler="processes", num_workers=2), 3)])
    assert led.compute(scheduler="threads").equals(plain)
    table([f"{count:,} patients", "median", "times the first line"], [[name, f"{took:.2f} s", f"{took / rows[0][1]:.2f}"] for name, took in rows])


def _leaders(people: pd.DataFrame) -> pd.Series:
    """The most probable condition of each patient."""
    return heelkit.rank_many(people).idxmax(axis=1)


def main() -> None:
    """Prints three tables."""
    kb = heelkit.load()
    by_conditions(kb)
    by_patients(kb)
    by_dask(kb)


if __name__ == "__main__":
    sys.exit(main())
