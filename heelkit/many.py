"""The same ranking for many patients at once, as fast as memory allows.

The findings are dealt into small bins, whole dependence groups together. What the answers of one bin add to every
condition is tabulated once for each of its patterns (present, absent or not asked), so a patient costs one look-up
per bin instead of a sort per group and condition.
"""

import functools
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from heelkit.differential import DISCOUNT, check_discount, log_pretest, possibilities, probabilities
from heelkit.errors import InputError
from heelkit.tables import KnowledgeBase, load, unknown
from heelkit.weights import Weights, weights

FINDINGS_PER_BIN = 6  # 3^6 patterns of all conditions fit the processor's cache
LARGEST_TABLE = 9  # a group with more findings than this is tabulated only for the patterns that occur
CELLS_PER_TABLE = 3**LARGEST_TABLE * 100  # patterns times conditions: with very many conditions the tables get fewer patterns
CELLS_PER_BLOCK = 4096 * 74  # patients times possibilities that are worked on at once


def _digits(patterns: np.ndarray, size: int) -> np.ndarray:
    """Patterns, numbers in base 3, to answers: 0 not asked, 1 absent, 2 present; shape (patterns, size)."""
    return patterns[:, None] // 3 ** np.arange(size) % 3


def _table(w: Weights, group: np.ndarray, patterns: np.ndarray, discount: float) -> np.ndarray:
    """What one dependence group adds to each condition, for each pattern of answers; shape (patterns, conditions).

    The same sum as `weights.discounted`, from the weakest answer to the strongest: each step multiplies what is weaker by
    the discount. The order depends on the condition only, so nothing is sorted per pattern.
    """
    answers = _digits(patterns, len(group))
    result = np.zeros((len(patterns), len(w.conditions)))
    weight = np.concatenate([w.absent[group], w.present[group]])
    spoken = np.flatnonzero(weight.any(axis=0))  # the other conditions have nothing to say about this group
    weight = weight[:, spoken]
    for side in (weight > 0, weight < 0):
        total = np.zeros((len(patterns), len(spoken)))
        for answer in np.argsort(np.abs(weight), axis=0, kind="stable"):
            given = answers[:, answer % len(group)] == answer // len(group) + 1
            counts = given & np.take_along_axis(side, answer[None], axis=0)
            step = np.take_along_axis(weight, answer[None], axis=0)
            total = np.where(counts, step + discount * total, total)
        result[:, spoken] += total
    return result


def _largest(patients: int, conditions: int) -> int:
    """How many findings a table may have: no more patterns than patients, and no more cells than fit the memory."""
    patterns = min(patients, CELLS_PER_TABLE // conditions)
    return max((size for size in range(1, LARGEST_TABLE + 1) if 3**size <= patterns), default=0)


def _bins(w: Weights, asked: tuple[int, ...], largest: int) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
    """Dependence groups of the findings asked, dealt into bins, and the groups too large for a table."""
    rows = np.array(asked, dtype=int)
    rows = rows[np.argsort(w.group[rows], kind="stable")]
    groups = np.split(rows, np.flatnonzero(np.diff(w.group[rows])) + 1) if asked else []
    large = [g for g in groups if len(g) > largest]
    bins, room = [], 0
    for group in sorted((g for g in groups if len(g) <= largest), key=len, reverse=True):
        if len(group) > room:
            bins.append([])
            room = max(min(FINDINGS_PER_BIN, largest), len(group))
        bins[-1].append(group)
        room -= len(group)
    return bins, large


@functools.lru_cache(maxsize=4)
def _tables(
    kb: KnowledgeBase, discount: float, asked: tuple[int, ...], largest: int
) -> tuple[list[tuple[np.ndarray, np.ndarray, np.ndarray]], list[np.ndarray]]:
    """For every bin its findings, their place values in a pattern number, and what each pattern adds; and the groups too large for that."""
    w = weights(kb)
    bins, large = _bins(w, asked, largest)
    tables = []
    for groups in bins:
        table = np.zeros((1, len(w.conditions)))
        for group in groups:
            own = _table(w, group, np.arange(3 ** len(group)), discount)
            table = (own[:, None] + table[None]).reshape(-1, len(w.conditions))
        findings = np.concatenate(groups)
        tables.append((findings, 3 ** np.arange(len(findings), dtype=np.int32), table))
    return tables, large


def _answers(block: np.ndarray, start: int, frame: pd.DataFrame) -> np.ndarray:
    """1, 0 and NaN to 2, 1 and 0. Raises ValueError for any other value, naming patient and finding."""
    present, absent, open_ = block == 1, block == 0, np.isnan(block)
    if sum(map(np.count_nonzero, (present, absent, open_))) != block.size:
        patient, column = np.argwhere(~(present | absent | open_))[0]
        value = f"{block[patient, column]:g} is not 1 (present), 0 (absent) or blank (not asked)."
        raise InputError(f"Patient {frame.index[start + patient]!r}, finding '{frame.columns[column]}': {value}")
    return present.view(np.uint8) * 2 + absent.view(np.uint8)


def rank_many(frame: pd.DataFrame, setting="primary_care", discount=DISCOUNT, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """Probabilities of all conditions for many patients at once; each row equals what `rank` gives.

    Parameters: `frame` has a row per patient and a column per finding, with 1 (present), 0 (absent) or NaN (not asked).
    Returns a DataFrame with the same index and a column per condition plus `none_of_these`; rows sum to 1.
    Raises ValueError for an unknown or repeated finding, an unknown setting, or a value other than 1, 0 and NaN
    (naming patient and finding).

    >>> import heelkit, pandas as pd
    >>> patients = pd.DataFrame({"first_step_pain": [1, 0]}, index=["A", "B"])
    >>> table = heelkit.rank_many(patients)
    >>> bool(table.loc["A", "plantar_fasciitis"] > table.loc["B", "plantar_fasciitis"])
    True
    """
    kb = kb or load()
    discount, prior = check_discount(discount), log_pretest(kb, setting)
    strangers = [str(c) for c in frame.columns if c not in kb.findings.index]
    if strangers:
        raise unknown("finding", strangers, kb.findings.index)
    if frame.columns.has_duplicates:
        raise InputError(f"Two columns of the same finding: {', '.join(frame.columns[frame.columns.duplicated()])}.")
    w = weights(kb)
    rows = [w.row[finding] for finding in frame.columns]
    place = np.zeros(len(w.findings), dtype=int)  # of each finding among the columns
    place[rows] = np.arange(len(rows))
    tables, large = _tables(kb, discount, tuple(sorted(rows)), _largest(len(frame), len(w.conditions)))
    patients = max(1, CELLS_PER_BLOCK // len(prior))
    states = frame.to_numpy(dtype=float, na_value=np.nan)
    result = np.empty((len(frame), len(prior)))

    def fill(start: int):
        block = slice(start, start + patients)
        answers = _answers(states[block], start, frame)
        scores = np.zeros((len(answers), len(w.conditions)))
        term = np.empty_like(scores)
        for findings, power, table in tables:
            scores += np.take(table, answers[:, place[findings]] @ power, axis=0, out=term, mode="clip")
        for group in large:
            scores += _rare(w, group, answers[:, place[group]], discount)
        mine = result[block]
        np.add(scores, prior[:-1], out=mine[:, :-1])
        mine[:, -1] = prior[-1]
        probabilities(mine, out=mine)

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy lets go of the interpreter while it works
        list(pool.map(fill, range(0, len(frame), patients)))
    return pd.DataFrame(result, index=frame.index, columns=possibilities(kb)[0])


def _rare(w: Weights, group: np.ndarray, answers: np.ndarray, discount: float) -> np.ndarray:
    """What a very large group adds to each patient's scores, by the patterns that occur."""
    patterns, which = np.unique(answers @ 3 ** np.arange(len(group)), return_inverse=True)
    return _table(w, group, patterns, discount)[which]
