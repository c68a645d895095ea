"""What one finding is worth for one condition: tables in, weights of evidence out.

A weight is the base-10 logarithm of a likelihood ratio ("bans"), so weights add up where odds multiply.
Method: Good's weight of evidence, with likelihood ratios as in LIRICAL (Robinson 2020, source
`robinson2020lirical`), except that a finding a condition says nothing about weighs nothing.
"""

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from heelkit.inherit import Inherited, inherited
from heelkit.tables import KnowledgeBase

PROBABILITY_RANGE = (0.005, 0.98)  # no finding ever proves or excludes a condition
WHOLE = "numbness"  # of which every numb region of skin is a part
TRUST = {"estimate": 0.75, "anatomy": 0.75}  # our own estimates, and what only the anatomy says, count as a single study does (`test_quality`)


@dataclass(frozen=True)
class Weights:
    """Arrays over findings (rows) and conditions (columns), in the order of the two id lists."""

    findings: list[str]
    conditions: list[str]
    present: np.ndarray  #: log10 likelihood ratio when the finding is present, shape (findings, conditions)
    absent: np.ndarray  #: the same when it is absent
    probability: np.ndarray  #: P(finding | condition); the background frequency where the tables are silent
    background: np.ndarray  #: P(finding | none of the conditions), shape (findings,)
    speaks: np.ndarray  #: bool: the tables say something about this pair
    trust: np.ndarray  #: what a frequency counts, 1 or less
    group: np.ndarray  #: dependence group of each finding, as a number; every ungrouped finding has its own
    row: dict[str, int]  #: finding id -> row
    column: dict[str, int]  #: condition id -> column
    anatomy: dict[tuple[str, str], Inherited]  #: (condition id, finding id) -> what the graph of nerves says, where it speaks


def table_probability(presentations: pd.DataFrame, kb: KnowledgeBase) -> np.ndarray:
    """P(finding | condition) of each row: the middle of the measured percentages, or else the word's probability."""
    measured = presentations[["percent_low", "percent_high"]].mean(axis=1) / 100
    word = presentations["frequency"].map(kb.frequency_words["probability"])
    return measured.fillna(word).clip(*PROBABILITY_RANGE).to_numpy(dtype=float)


def ranking_tests(kb: KnowledgeBase) -> pd.DataFrame:
    """The measured likelihood ratios the engine uses: at most one row per finding and condition, where `presentations` has none.

    Conditions can be compared only on one scale, P(finding | condition) against one background. A measured ratio has its own
    comparison group: healthy feet in one study, patients with the look-alike disease in another.
    """
    tests, shown = kb.test_accuracy, kb.presentations
    ratio = tests["lr_positive"].notna() | tests["lr_negative"].notna()
    known = pd.MultiIndex.from_frame(tests[["condition_id", "finding_id"]]).isin(pd.MultiIndex.from_frame(shown[["condition_id", "finding_id"]]))
    return tests[(tests["use"] == "default") & tests["condition_id"].notna() & ratio & ~known]


def shrunk(ratio: np.ndarray, quality: pd.Series, kb: KnowledgeBase) -> np.ndarray:
    """log10 of measured likelihood ratios, shrunk by study quality and capped; 0 where the ratio is not known.

    A ratio of 0 (a test that missed nobody in a small study) ends at the cap like any other extreme.
    """
    factor = quality.map(kb.test_quality["shrink"]).to_numpy(dtype=float)
    cap = quality.map(kb.test_quality["cap"]).to_numpy(dtype=float)
    with np.errstate(divide="ignore"):
        weight = np.clip(factor * np.log10(np.asarray(ratio, dtype=float)), -cap, cap)
    return np.where(np.isnan(weight), 0.0, weight)


@functools.lru_cache(maxsize=4)
def weights(kb: KnowledgeBase) -> Weights:
    """All weights of a knowledge base, computed once.

    A frequency in `presentations` comes first; then a measured likelihood ratio (`test_accuracy`, use = default), of which a blank
    side weighs nothing; then what a nerve condition inherits from the anatomy. No region of skin is numb more often than any is.
    Frequencies that are estimates of ours, and what only the anatomy says, count by `TRUST`; measured ratios by the quality of
    their study. `absence_cap` then limits what the absence of a finding may take away.
    """
    findings, conditions = list(kb.findings.index), list(kb.conditions.index)
    row = {f: i for i, f in enumerate(findings)}
    column = {c: j for j, c in enumerate(conditions)}
    background = kb.findings["background_frequency"].to_numpy(dtype=float)
    probability = np.repeat(background[:, None], len(conditions), axis=1)
    speaks = np.zeros(probability.shape, dtype=bool)

    cap, trust = np.full(probability.shape, np.inf), np.ones(probability.shape)
    anatomy = {}
    for (condition, finding), source in inherited(kb).items():
        at = row[finding], column[condition]
        probability[at] = 1 - (1 - source.probability) * (1 - background[row[finding]])  # by the condition, or as in anybody
        speaks[at], anatomy[condition, finding] = True, source
        cap[at] = np.inf if np.isnan(source.absence_cap) else source.absence_cap
        trust[at] = TRUST["anatomy"]

    shown = kb.presentations
    numb = shown[shown["finding_id"] == WHOLE]
    whole = dict(zip(numb["condition_id"], table_probability(numb, kb), strict=True))
    for (condition, finding), source in anatomy.items():
        if source.deficit.kind == "region" and condition in whole:
            at = row[finding], column[condition]
            probability[at] = min(probability[at], max(whole[condition], background[row[finding]]))

    at = shown["finding_id"].map(row).to_numpy(), shown["condition_id"].map(column).to_numpy()
    probability[at], speaks[at], cap[at] = table_probability(shown, kb), True, shown["absence_cap"].fillna(np.inf)
    trust[at] = shown["basis"].map(TRUST).fillna(1)
    probability = probability.clip(*PROBABILITY_RANGE)
    present = trust * np.log10(probability / background[:, None])
    absent = trust * np.log10((1 - probability) / (1 - background[:, None]))
    for pair in zip(shown["condition_id"], shown["finding_id"], strict=True):
        anatomy.pop(pair, None)

    tests = ranking_tests(kb)
    at_test = tests["finding_id"].map(row).to_numpy(), tests["condition_id"].map(column).to_numpy()
    present[at_test] = shrunk(tests["lr_positive"], tests["quality"], kb)
    absent[at_test] = shrunk(tests["lr_negative"], tests["quality"], kb)
    only_measured = tests[~speaks[at_test]]
    at_only = only_measured["finding_id"].map(row).to_numpy(), only_measured["condition_id"].map(column).to_numpy()
    implied = (background[:, None] * 10**present)[at_only]
    probability[at_only] = only_measured["sensitivity"].fillna(pd.Series(implied, only_measured.index)).clip(*PROBABILITY_RANGE)
    speaks[at_only] = True

    names = [group if group else finding for finding, group in kb.findings["group_id"].items()]
    group = pd.factorize(np.array(names, dtype=object))[0]
    return Weights(findings, conditions, present, np.maximum(absent, -cap), probability, background, speaks, trust, group, row, column, anatomy)


def discounted(weight: np.ndarray, discount: float) -> np.ndarray:
    """What each finding of one dependence group really contributes: the strongest fully, the next times `discount`, ...

    Parameters: `weight` has the findings of the group on its last axis but one, the conditions on its last;
    `discount` 0 counts only the best finding of the group, 1 counts all fully (naive Bayes). Findings for and
    against a condition are sorted apart. Returns an array of the same shape.

    >>> discounted(np.array([[1.0], [0.6], [-0.2]]), 0.5).ravel().tolist()
    [1.0, 0.3, -0.2]
    """
    order = np.argsort(-np.abs(weight), axis=-2, kind="stable")
    ranked = np.take_along_axis(weight, order, axis=-2)
    place = np.where(ranked >= 0, np.cumsum(ranked >= 0, axis=-2), np.cumsum(ranked < 0, axis=-2)) - 1
    result = np.empty_like(weight)
    np.put_along_axis(result, order, ranked * discount ** place.astype(float), axis=-2)
    return result
