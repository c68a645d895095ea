"""From findings to a ranking of conditions.

One page of arithmetic that a student can check by hand. For each condition c,

    score(c) = log10 P(c before asking) + sum over dependence groups of the discounted weights
    P(c) = 10^score(c) / sum of the same over all conditions and "none of these"
"""

import functools
from collections.abc import Iterable

import numpy as np
import pandas as pd

from heelkit.errors import InputError
from heelkit.language import ENGLISH, speech
from heelkit.tables import KnowledgeBase, load, unknown
from heelkit.weights import Weights, discounted, weights

NONE_OF_THESE = "none_of_these"
DISCOUNT = 0.5  # of findings that share a cause, unless another one is asked for
EXPLAINS = 0.17  # a condition explains a finding it shows at least occasionally (the "occasional" probability)


def as_ids(given: str | Iterable[str]) -> list[str]:
    """The ids in `given`, without repeats, in the order given. A single string is one id."""
    return list(dict.fromkeys([given] if isinstance(given, str) else given))


def check_findings(present, absent, kb: KnowledgeBase) -> tuple[list[str], list[str]]:
    """`present` and `absent` as lists of ids.

    Raises ValueError when an id is unknown (naming the nearest ones) or is both present and absent.
    """
    present, absent = as_ids(present), as_ids(absent)
    strangers = [f for f in present + absent if f not in kb.findings.index]
    if strangers:
        raise unknown("finding", strangers, kb.findings.index)
    both = sorted(set(present) & set(absent))
    if both:
        raise InputError(f"Both present and absent: {', '.join(both)}. A finding can only be one of them.")
    return present, absent


def check_discount(discount: float) -> float:
    """`discount` itself; raises ValueError outside 0..1."""
    if not 0 <= discount <= 1:
        raise InputError(f"discount is {discount!r}; it must lie between 0 (only the best finding of a group) and 1 (naive Bayes).")
    return float(discount)


@functools.lru_cache(maxsize=32)
def pretest(kb: KnowledgeBase, setting: str) -> pd.Series:
    """Probability of each condition, and of `none_of_these`, before anything is asked; sums to 1.

    Raises ValueError when the setting is unknown.
    """
    if setting not in kb.settings.index:
        raise unknown("setting", [setting], kb.settings.index)
    table = kb.pretest_weights
    weight = table[table["setting_id"] == setting].set_index("condition_id")["weight"].reindex(kb.conditions.index)
    none = kb.settings.loc[setting, "none_of_these"]
    return pd.concat([weight / weight.sum() * (1 - none), pd.Series({NONE_OF_THESE: none})]).astype(float)


@functools.lru_cache(maxsize=32)
def log_pretest(kb: KnowledgeBase, setting: str) -> np.ndarray:
    """log10 of `pretest`, none of these last."""
    return np.log10(pretest(kb, setting).to_numpy())


def contributions(w: Weights, present: list[str], absent: list[str], discount: float) -> tuple[np.ndarray, np.ndarray]:
    """Full and discounted weights of the asked findings, each of shape (findings asked, conditions)."""
    rows_present, rows_absent = [w.row[f] for f in present], [w.row[f] for f in absent]
    full = np.concatenate([w.present[rows_present], w.absent[rows_absent]])
    used = full.copy()
    group = w.group[rows_present + rows_absent]
    for shared in np.flatnonzero(np.bincount(group, minlength=1) > 1):
        members = np.flatnonzero(group == shared)
        used[members] = discounted(full[members], discount)
    return full, used


def probabilities(scores: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Scores (log10, conditions on the last axis, none of these last) to probabilities that sum to 1, in `out` if given."""
    odds = np.subtract(scores, scores.max(axis=-1, keepdims=True), out=out)
    odds *= np.log(10)
    np.exp(odds, out=odds)
    odds /= odds.sum(axis=-1, keepdims=True)
    return odds


def posterior(kb, present, absent, setting, discount) -> tuple[Weights, np.ndarray, np.ndarray, np.ndarray]:
    """The weights, the score of every condition (none of these last), and the full and discounted contributions."""
    w = weights(kb)
    scores = log_pretest(kb, setting).copy()
    full, used = contributions(w, present, absent, discount)
    scores[:-1] += used.sum(axis=0)
    return w, scores, full, used


@functools.lru_cache(maxsize=4)
def possibilities(kb: KnowledgeBase) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Ids, names and red-flag marks of all conditions, and of `none_of_these` last."""
    index = pd.Index([*kb.conditions.index, NONE_OF_THESE], name="condition_id")
    names = np.array([*kb.conditions["name"], "None of these"], dtype=object)
    return index, names, np.array([*kb.conditions["red_flag"], False])


@functools.lru_cache(maxsize=8)
def _names(kb: KnowledgeBase, language: str) -> np.ndarray:
    """Names of all conditions, and of `none_of_these` last, in a language."""
    if language == ENGLISH:
        return possibilities(kb)[1]
    say = speech(kb, "shared", language)
    return np.array([*say.column("conditions", "name"), say(NONE_OF_THESE)], dtype=object)


def rank(present=(), absent=(), setting="primary_care", discount=DISCOUNT, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> pd.DataFrame:
    """The conditions that fit what is known, best first.

    Parameters: finding ids that are `present` and `absent` (everything else has not been asked); the `setting`
    whose pretest weights apply; `discount` between 0 and 1 for findings that share a cause; the `language` of the names, "en" or "es".

    Returns a DataFrame indexed by condition_id, with a last possibility `none_of_these`, and columns
    `name`; `probability` (0..1, sums to 1); `log10_odds` (against "none of these"; the sum of `explain`);
    `explained` and `unexplained` (how many of the present findings the condition shows at least occasionally, and
    how many not); `red_flag` (the condition is dangerous to miss). Ties are in alphabetical order of the ids.

    Raises ValueError for an unknown finding, setting or language, a finding both present and absent, or a discount
    outside 0..1.

    Method: weights of evidence with a geometric discount inside dependence groups; see `heelkit.weights`.

    >>> import heelkit
    >>> heelkit.rank(present=["first_step_pain", "tenderness_medial_calcaneal_tubercle"]).index[0]
    'plantar_fasciitis'
    >>> heelkit.rank(present=["first_step_pian"])
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown finding 'first_step_pian'; nearest: 'first_step_pain', 'rest_pain', 'piriformis_stretch_pain'.
    """
    kb = kb or load()
    present, absent = check_findings(present, absent, kb)
    w, scores, _, _ = posterior(kb, present, absent, setting, check_discount(discount))
    rows = [w.row[f] for f in present]
    explained = np.append((w.speaks[rows] & (w.probability[rows] >= EXPLAINS)).sum(axis=0), 0)
    index, _, red = possibilities(kb)
    order = np.argsort(-scores, kind="stable")
    return pd.DataFrame(
        {
            "name": _names(kb, language)[order],
            "probability": probabilities(scores)[order],
            "log10_odds": (scores - scores[-1])[order],
            "explained": explained[order],
            "unexplained": len(present) - explained[order],
            "red_flag": red[order],
        },
        index=index[order],
    )
