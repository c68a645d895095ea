"""Which conditions look alike, and the one finding that tells two of them apart."""

import functools
from collections import namedtuple
from typing import NamedTuple

import numpy as np
import pandas as pd

from heelkit.differential import EXPLAINS, log_pretest
from heelkit.tables import KnowledgeBase, load, unknown
from heelkit.weights import ranking_tests, weights

BEDSIDE = ("history", "examination")
FIRST = 0.35  # share of the history alone in the likeness: a first impression is made there
COMMON = 0.15  # ten times as common counts like 0.15 more likeness
ALIKE = 0.1  # below this likeness nobody takes one for the other
CLOSE = 0.2  # likeness from which a dangerous condition must be thought of
KIN = 0.7  # two look-alikes that are as alike as this stand for each other, unless the condition itself is one of their kind
OF_A_GROUP = 3  # after so many look-alikes of one group, those of another come first: a list of one nerve's branches forgets the root
SIDES = 0.9  # likeness left when one is usually on both sides and the other on one: everybody asks that first
USUALLY = 2 / 3  # of the patients, for the words "usually on both sides" and "usually on one side"
MOST = 5
FIFTH = 0.15  # likeness that the last place asks for: rather four good look-alikes than a poor fifth
TRUST = 1.0  # the weight a separating finding approaches (a likelihood ratio of 10): most frequencies are words, not measurements
TELLING = 1.5  # a likelihood ratio below this is not worth a word
SILENT = 0.5  # a finding that the tables describe for one of the two conditions only, and that nobody measured, is trusted half
_PARTS = ["finding_id", "label", "speaks_for", "ratio_present", "ratio_absent"]
LookAlike = namedtuple("LookAlike", ["condition_id", "name", "likeness", "red_flag", *_PARTS, *(f"test_{part}" for part in _PARTS), "sentence"])


def impression(finding_id: str) -> bool:
    """True for an overall impression ("all findings together point to S1"): it already contains what should tell conditions apart.

    >>> impression("clinical_root_s1"), impression("straight_leg_raise")
    (True, False)
    """
    return finding_id.startswith("clinical_root_")


@functools.lru_cache(maxsize=16)
def _asked(kinds: tuple[str, ...], kb: KnowledgeBase) -> np.ndarray:
    """Which findings are of these kinds and no overall impression."""
    return np.array([kind in kinds and not impression(finding) for finding, kind in kb.findings["kind"].items()])


class Separator(NamedTuple):
    """The finding that tells two conditions apart best."""

    finding_id: str
    speaks_for: str  #: the condition that its presence speaks for
    ratio_present: float  #: likelihood ratio of its presence, for that condition against the other; from 1 up
    ratio_absent: float  #: likelihood ratio of its absence, for the other against that one; 1 when its absence tells nothing
    gain: float  #: weight of evidence expected from asking, base-10 logarithm


def sides(condition_id: str, kb: KnowledgeBase) -> int:
    """1 for a condition usually on both sides, -1 for one usually on one side, 0 when the tables do not say.

    The finding says it, or else the sites of a nerve condition, which lie on one side.

    >>> sides("diabetic_polyneuropathy", load()), sides("sciatic_neuropathy", load())
    (1, -1)
    """
    w = weights(kb)
    i, at = w.row.get("bilateral_symptoms"), w.column[condition_id]
    if i is not None and w.speaks[i, at]:
        return 1 if w.probability[i, at] >= USUALLY else -1 if w.probability[i, at] <= 1 - USUALLY else 0
    places = kb.condition_sites.loc[kb.condition_sites["condition_id"] == condition_id, "site_id"]
    return -1 if len(places) and (kb.sites.loc[places, "laterality"] == "one").all() else 0


@functools.lru_cache(maxsize=4)
def _likeness(kb: KnowledgeBase) -> tuple[np.ndarray, np.ndarray]:
    """Likeness of every two conditions, shape (conditions, conditions), and log10 of how common each is."""
    w = weights(kb)
    p, rest = w.probability, w.background[:, None]
    surprise = p * np.log10(p / rest) + (1 - p) * np.log10((1 - p) / (1 - rest))
    picture = np.where((p >= EXPLAINS) & (p > rest), w.trust * np.sqrt(np.maximum(surprise, 0)), 0)
    total = np.zeros((p.shape[1],) * 2)
    for asked, share in ((("history",), FIRST), (BEDSIDE, 1 - FIRST)):
        vectors = picture[_asked(asked, kb)]
        length = np.maximum(np.linalg.norm(vectors, axis=0), 1e-12)
        total += share * vectors.T @ vectors / np.outer(length, length)
    side = np.array([sides(c, kb) for c in w.conditions])
    total[np.outer(side, side) < 0] *= SIDES
    setting = "primary_care" if "primary_care" in kb.settings.index else kb.settings.index[0]
    return total, log_pretest(kb, setting)[:-1]


def _closest(at: int, most: int, kb: KnowledgeBase) -> list[int]:
    """The columns of the look-alikes, most alike first; the commonest of several that are nearly the same stands for all."""
    likeness, common = _likeness(kb)
    order = [int(i) for i in np.argsort(-(likeness[at] + COMMON * common), kind="stable") if i != at and likeness[at, i] >= ALIKE]
    red, group = (kb.conditions[column].to_numpy() for column in ("red_flag", "group"))
    chosen: list[int] = []
    for i in order:
        if likeness[at, i] < KIN and not red[i]:  # a danger is named itself
            i = max((j for j in order if likeness[i, j] >= KIN and likeness[at, j] < KIN), key=lambda j: common[j])
        kin = any(likeness[i, j] >= KIN for j in chosen) or (not red[i] and sum(group[chosen] == group[i]) >= OF_A_GROUP)
        if len(chosen) < most - (likeness[at, i] < FIFTH) and i not in chosen and not (kin and likeness[at, i] < KIN):
            chosen.append(i)
    if not red[chosen].any():
        danger = [i for i in order if red[i] and likeness[at, i] >= CLOSE]
        chosen = chosen[: most - min(len(danger), 1)] + sorted(danger, key=lambda i: -likeness[at, i])[:1]
    return chosen


@functools.lru_cache(maxsize=4)
def _measured(kb: KnowledgeBase) -> np.ndarray:
    """Where a study gives the likelihood ratio: bool, shape (findings, conditions)."""
    w, tests = weights(kb), ranking_tests(kb)
    found = np.zeros(w.speaks.shape, dtype=bool)
    found[tests["finding_id"].map(w.row).to_numpy(), tests["condition_id"].map(w.column).to_numpy()] = True
    return found


def separator(one: str, other: str, kinds=BEDSIDE, kb: KnowledgeBase | None = None) -> Separator | None:
    """The finding of these kinds that is expected to tell two conditions apart best; None when nothing does.

    Chosen is the finding with the largest expected weight of evidence (Good) toward the truth when either condition is equally likely:
    (p1 - p2) x (weight when present - weight when absent) / 2, with the weights of the ranking, caps and all. For the choice no weight counts
    more than `TRUST` (tanh), and a finding known of one condition only counts by `SILENT` unless a study measured it; the ratios are the full ones.

    Raises ValueError for an unknown condition.

    >>> separator("achilles_rupture", "calf_strain").finding_id
    'thompson_test'
    """
    kb = kb or load()
    if strangers := [c for c in (one, other) if c not in kb.conditions.index]:
        raise unknown("condition", strangers, kb.conditions.index)
    return _separators(one, [other], tuple(kinds), kb)[0]


def _separators(one: str, others: list[str], kinds: tuple[str, ...], kb: KnowledgeBase) -> list[Separator | None]:
    """What `separator` says of a condition and each of the others."""
    w, measured = weights(kb), _measured(kb)
    a, b = [w.column[one]], [w.column[other] for other in others]
    present, absent = w.present[:, a] - w.present[:, b], w.absent[:, a] - w.absent[:, b]
    gain = (w.probability[:, a] - w.probability[:, b]) * TRUST * (np.tanh(present / TRUST) - np.tanh(absent / TRUST)) / 2
    gain *= np.where((w.speaks[:, a] & w.speaks[:, b]) | measured[:, a] | measured[:, b], 1, SILENT)
    askable = _asked(kinds, kb)[:, None] & (w.speaks[:, a] | w.speaks[:, b]) & (present * absent <= 0)
    gain = np.where(askable, gain, 0)
    found = []
    for j, other in enumerate(others):
        best = int(gain[:, j].argmax())
        for_it, against, worth = (float(values[best, j]) for values in (present, absent, gain))
        winner = one if for_it > against else other
        found.append(Separator(w.findings[best], winner, 10 ** abs(for_it), 10 ** abs(against), worth) if worth > 0 else None)
    return found


def look_alikes(condition_id: str, most: int = MOST, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """The conditions for which a patient with this one is most easily taken, and the finding that separates each.

    Likeness is the cosine between the pictures of two conditions: what their patients have, not what they lack, because most of a full table
    says "practically never", and nearly every condition shares that with nearly every other. A picture holds the findings of history and
    examination that the condition shows at least sometimes and more often than people without any condition; each counts by the root of its
    deviance from the background frequency, so what two conditions share counts by how telling it is, and by how far it is trusted. It is the
    mean of two cosines: history alone (`FIRST`), where a first impression is made, and all of the bedside. A condition usually on both sides
    is less like one usually on one side (`SIDES`). One that is ten times as common in primary care gets `COMMON` more, because common things
    are thought of first. Of several look-alikes that are nearly the same (polyneuropathies), the commonest stands for all, and after
    `OF_A_GROUP` of one group those of other groups come first, unless it is dangerous or the condition is of their kind. When no dangerous
    condition is among them, the most alike with a likeness of at least `CLOSE` takes the last place. A distance such as Bhattacharyya's was
    tried and set aside: it takes conditions of which little is written for similar to everything.

    Returns a DataFrame, most alike first: `condition_id`, `name`, `likeness` (cosine), `red_flag`; `finding_id`, `label`, `speaks_for` (the
    condition its presence speaks for), `ratio_present` and `ratio_absent` (likelihood ratios between the two) of the best bedside finding; the
    same with `test_` before it when a test separates better (else "" and NaN); and `sentence`.

    Raises ValueError for an unknown condition.

    >>> sorted(look_alikes("calf_strain")["condition_id"][:2])
    ['achilles_rupture', 'deep_vein_thrombosis']
    """
    kb = kb or load()
    if condition_id not in kb.conditions.index:
        raise unknown("condition", [condition_id], kb.conditions.index)
    return pd.DataFrame(alike(condition_id, most, kb), columns=LookAlike._fields)


def alike(condition_id: str, most: int, kb: KnowledgeBase) -> list[LookAlike]:
    """The rows of `look_alikes`."""
    w = weights(kb)
    at, likeness = w.column[condition_id], _likeness(kb)[0]
    closest = _closest(at, most, kb)
    others = [w.conditions[i] for i in closest]
    rows = []
    for i, other, bedside, test in zip(closest, others, *(_separators(condition_id, others, kinds, kb) for kinds in (BEDSIDE, ("test",))), strict=True):
        if test and bedside and test.gain <= bedside.gain:
            test = None
        said = [_sentence(condition_id, other, s, kb) for s in (bedside, test) if s]
        name, red = (kb.conditions.at[other, column] for column in ("name", "red_flag"))
        rows.append(LookAlike(other, name, likeness[at, i], bool(red), *_cells(bedside, kb), *_cells(test, kb), " ".join(said)))
    return rows


def _cells(found: Separator | None, kb: KnowledgeBase) -> tuple:
    if found is None:
        return "", "", "", np.nan, np.nan
    return found.finding_id, kb.findings.at[found.finding_id, "label"], found.speaks_for, found.ratio_present, found.ratio_absent


def ratio_text(ratio: float) -> str:
    """A likelihood ratio as it is read out.

    >>> ratio_text(8.3), ratio_text(1.84), ratio_text(143.2)
    ('8', '1.8', 'over 100')
    """
    return "over 100" if ratio > 100 else f"{ratio:.0f}" if ratio >= 4.95 else f"{ratio:.1f}"


def _sentence(one: str, other: str, found: Separator, kb: KnowledgeBase) -> str:
    """In plain words, with the direction, both ways where both tell."""
    names, against = kb.conditions["name"], other if found.speaks_for == one else one
    parts = []
    for word, ratio, winner, loser in (("present", found.ratio_present, found.speaks_for, against), ("absent", found.ratio_absent, against, found.speaks_for)):
        if ratio >= TELLING:
            parts.append(f"{word} speaks for {names[winner]} (likelihood ratio {ratio_text(ratio)} against {names[loser]})")
    return f"{kb.findings.loc[found.finding_id, 'label']}: {'; '.join(parts)}."
