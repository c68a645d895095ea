"""How sure is the ranking? Every frequency is redrawn within its band, and every number is pushed until the leader changes.

What a redraw moves, and how far:

- a frequency word: evenly within the word's band (Human Phenotype Ontology, `frequency_words`); a published range: evenly within it;
- one published percentage with its number of patients: a beta distribution (Jeffreys), so few patients give a wide band;
- a frequency without a band (from the anatomy, or one percentage without a number of patients): evenly within 0.45 of its log10 odds,
  the half width of the bands "sometimes" and "often";
- a measured likelihood ratio: evenly on the logarithm within a factor of 2, then shrunk and capped by quality as always; the 95 %
  intervals printed in the notes of `test_accuracy` reach from a factor of 1.2 to one of 7 (median 1.6);
- all frequencies then count as in the ranking (`weights.TRUST`);
- the background frequency of a finding: its odds, evenly on the logarithm within a factor of 2 (teaching estimate).

Pretest weights stay: changing the setting shows what they do. Noise on log odds follows Henrion 1996 and Pradhan 1995 (sources
`henrion1996imprecision`, `pradhan1995sens`), who found that rankings survive it; the margin is the "admissible deviation" of
van der Gaag and Renooij 2001 (arXiv 1301.2314).
"""

import functools
from typing import NamedTuple

import numpy as np
import pandas as pd

from heelkit.differential import DISCOUNT, check_discount, check_findings, log_pretest, possibilities, posterior, probabilities, rank
from heelkit.errors import InputError
from heelkit.tables import KnowledgeBase, load
from heelkit.weights import PROBABILITY_RANGE, Weights, discounted, ranking_tests, weights

NO_BAND = 0.45  # log10 odds either way
RATIO_FACTOR = BACKGROUND_FACTOR = 2.0
BAND = (0.05, 0.95)  # percentiles shown as low and high


class Bands(NamedTuple):
    """How each number may move; arrays over findings (rows) and conditions (columns), NaN where that way does not apply."""

    low: np.ndarray  #: even within low..high
    high: np.ndarray
    shown: np.ndarray  #: beta: patients with the finding
    missing: np.ndarray  #: beta: patients without it
    ratio: np.ndarray  #: log10 of the measured ratios, shape (2, findings, conditions): present, absent
    measured: np.ndarray  #: bool: a measured ratio counts, because no frequency is known
    shrink: np.ndarray
    cap: np.ndarray
    absence_cap: np.ndarray  #: infinite where there is none


@functools.lru_cache(maxsize=4)
def bands(kb: KnowledgeBase) -> Bands:
    """The bands of a knowledge base, worked out once."""
    w, p = weights(kb), kb.presentations
    low, high, shown, missing, shrink, cap = (np.full(w.present.shape, np.nan) for _ in range(6))
    absence_cap, ratio, measured = np.full(w.present.shape, np.inf), np.full((2, *w.present.shape), np.nan), np.zeros(w.present.shape, dtype=bool)
    for (condition, finding), source in w.anatomy.items():
        absence_cap[w.row[finding], w.column[condition]] = np.inf if np.isnan(source.absence_cap) else source.absence_cap
    at = p["finding_id"].map(w.row).to_numpy(), p["condition_id"].map(w.column).to_numpy()
    absence_cap[at] = p["absence_cap"].fillna(np.inf)
    word = p["percent_low"].isna() & p["percent_high"].isna()
    one = ~word & (p["percent_low"] == p["percent_high"])
    words = p["frequency"].map(kb.frequency_words["percent_low"]), p["frequency"].map(kb.frequency_words["percent_high"])
    low[at], high[at] = (p[end].where(~word, of_word).where(~one) / 100 for end, of_word in zip(("percent_low", "percent_high"), words, strict=True))
    n, share = p["n"].astype(float).where(one), p["percent_low"] / 100
    shown[at], missing[at] = n * share, n * (1 - share)
    tests = ranking_tests(kb)
    at = tests["finding_id"].map(w.row).to_numpy(), tests["condition_id"].map(w.column).to_numpy()
    with np.errstate(divide="ignore"):
        ratio[0][at], ratio[1][at] = np.log10(tests["lr_positive"].to_numpy(float)), np.log10(tests["lr_negative"].to_numpy(float))
    shrink[at], cap[at] = (tests["quality"].map(kb.test_quality[column]) for column in ("shrink", "cap"))
    measured[at] = True
    return Bands(low, high, shown, missing, ratio, measured, shrink, cap, absence_cap)


def redrawn(kb: KnowledgeBase, present: list[str], absent: list[str], draws: int, seed: int) -> np.ndarray:
    """Weights of the asked findings in each redraw, before the discount; shape (draws, findings asked, conditions)."""
    if not (isinstance(draws, (int, np.integer)) and 1 <= draws <= 100_000):
        raise InputError(f"draws is {draws!r}; it must be a whole number from 1 to 100000.")
    if not (isinstance(seed, (int, np.integer)) and seed >= 0):
        raise InputError(f"seed is {seed!r}; it must be a whole number, 0 or more.")
    w, b, random = weights(kb), bands(kb), np.random.default_rng(seed)
    rows = np.array([w.row[f] for f in [*present, *absent]], dtype=int)
    is_absent = np.arange(len(rows)) >= len(present)

    def even(k: int) -> np.ndarray:
        return random.uniform(-1, 1, (draws, k))

    odds = np.log10(w.background[rows] / (1 - w.background[rows])) + even(len(rows)) * np.log10(BACKGROUND_FACTOR)
    background = 1 / (1 + 10**-odds)
    result = np.zeros((draws, len(rows), len(w.conditions)))

    i, j = np.nonzero((w.speaks & ~b.measured)[rows])
    at = rows[i], j
    chance = np.empty((draws, len(i)))
    banded, counted = ~np.isnan(b.low[at]), ~np.isnan(b.shown[at])
    low, high = b.low[at][banded], b.high[at][banded]
    chance[:, banded] = (low + high) / 2 + even(len(low)) * (high - low) / 2
    chance[:, counted] = random.beta(b.shown[at][counted] + 0.5, b.missing[at][counted] + 0.5, (draws, counted.sum()))
    bare = ~banded & ~counted
    centre = w.probability[at][bare]
    chance[:, bare] = 1 / (1 + 10 ** -(np.log10(centre / (1 - centre)) + even(bare.sum()) * NO_BAND))
    np.clip(chance, *PROBABILITY_RANGE, out=chance)
    against, gone = background[:, i], is_absent[i]
    weight = w.trust[at] * np.log10(np.where(gone, 1 - chance, chance) / np.where(gone, 1 - against, against))
    result[:, i, j] = np.where(gone, np.maximum(weight, -b.absence_cap[at]), weight)

    i, j = np.nonzero(b.measured[rows])
    at, gone = (rows[i], j), is_absent[i]
    ratio = np.where(gone, b.ratio[1][at], b.ratio[0][at]) + even(len(i)) * np.log10(RATIO_FACTOR)
    weight = np.nan_to_num(np.clip(b.shrink[at] * ratio, -b.cap[at], b.cap[at]), nan=0.0)
    result[:, i, j] = np.where(gone, np.maximum(weight, -b.absence_cap[at]), weight)
    return result


def certainty(present=(), absent=(), setting="primary_care", discount=DISCOUNT, draws=500, seed=1, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """The ranking of `rank` with a band on every probability.

    Parameters: as in `rank`; `draws` is how often every frequency is redrawn within its band (see the head of this module), `seed` makes
    the redraws repeatable. Returns the DataFrame of `rank` with columns `low` and `high` (5th and 95th percentile of the probability, 0..1)
    and `share_first` (share of the redraws in which the condition leads, 0..1, sums to 1). A probability may lie outside its own band
    where redraws can only move it one way.

    Raises ValueError for draws that are not a whole number from 1 to 100000, a seed below 0, and as `rank` does.

    >>> table = certainty(present=["first_step_pain", "tenderness_medial_calcaneal_tubercle"])
    >>> bool(table["low"].iloc[0] < table["probability"].iloc[0] < table["high"].iloc[0])
    True
    >>> nothing = certainty()  # nothing asked, so nothing to redraw
    >>> bool(np.allclose(nothing["low"], nothing["high"]))
    True
    """
    kb = kb or load()
    present, absent = check_findings(present, absent, kb)
    table = rank(present, absent, setting, discount, kb)
    weight = redrawn(kb, present, absent, draws, seed)
    scores = np.repeat(log_pretest(kb, setting)[None], draws, axis=0)
    for members in _groups(weights(kb), [*present, *absent]):
        scores[:, :-1] += discounted(weight[:, members], discount).sum(axis=1) if len(members) > 1 else weight[:, members[0]]
    share = probabilities(scores)
    low, high = np.quantile(share, BAND, axis=0)
    first = np.bincount(scores.argmax(axis=1), minlength=scores.shape[1]) / draws
    more = pd.DataFrame({"low": low, "high": high, "share_first": first}, index=possibilities(kb)[0])
    return table.join(more)


def _groups(w: Weights, asked: list[str]) -> list[np.ndarray]:
    """Places of the asked findings, by dependence group."""
    group = w.group[np.array([w.row[f] for f in asked], dtype=int)]
    return [np.flatnonzero(group == g) for g in np.unique(group)]


def _against_rest(scores: np.ndarray, at: int) -> np.ndarray:
    """log10 odds of one possibility against all others."""
    rest = np.delete(scores, at, axis=-1)
    top = rest.max(axis=-1)
    return scores[..., at] - top - np.log10((10 ** (rest - top[..., None])).sum(axis=-1))


def change_my_mind(present=(), absent=(), setting="primary_care", discount=DISCOUNT, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """What would change my mind: the answers not known yet, those that move the leading condition most first.

    Returns a DataFrame, two rows per finding not asked, with columns `finding_id`, `label`, `kind`, `effort`, `state` (present, absent),
    `log10_weight` (of that answer for the leader against everything else together, after the discount; below 0 it speaks against),
    `leader_probability` (after it) and `new_leader` (condition id, empty when the leader stays). `attrs["leader"]` names the leader now.

    Raises ValueError as `rank` does. Method: Good's weight of evidence.

    >>> table = change_my_mind(present=["first_step_pain"])
    >>> table.attrs["leader"], "first_step_pain" in set(table["finding_id"])
    ('plantar_fasciitis', False)
    >>> bool((table["new_leader"] != "").any())  # some answers change the leader
    True
    """
    kb = kb or load()
    present, absent = check_findings(present, absent, kb)
    w, scores, full, used = posterior(kb, present, absent, setting, check_discount(discount))
    ids, leader = possibilities(kb)[0], int(scores.argmax())
    asked = [*present, *absent]
    open_ = np.array([i for i, f in enumerate(w.findings) if f not in set(asked)], dtype=int)
    rows = np.concatenate([open_, open_])
    gain = np.concatenate([w.present[open_], w.absent[open_]])
    for members in _groups(w, asked):
        mates = np.flatnonzero(w.group[rows] == w.group[w.row[asked[members[0]]]])
        together = np.concatenate([np.repeat(full[members][None], len(mates), axis=0), gain[mates][:, None]], axis=1)
        gain[mates] = discounted(together, discount).sum(axis=1) - used[members].sum(axis=0)
    after = scores + np.hstack([gain, np.zeros((len(gain), 1))])
    moved, first = _against_rest(after, leader) - _against_rest(scores, leader), after.argmax(axis=1)
    findings = kb.findings.iloc[rows]
    frame = pd.DataFrame(
        {
            "finding_id": findings.index,
            "label": findings["label"].to_numpy(),
            "kind": findings["kind"].to_numpy(),
            "effort": findings["effort"].to_numpy(dtype=int),
            "state": np.repeat(["present", "absent"], len(open_)),
            "log10_weight": moved,
            "leader_probability": probabilities(after)[:, leader],
            "new_leader": np.where(first == leader, "", ids.to_numpy()[first]),
            "size": -np.abs(moved),
        }
    )
    frame = frame.sort_values(["size", "finding_id", "state"], ignore_index=True).drop(columns="size")
    frame.attrs["leader"] = ids[leader]
    return frame


def _lowered(own: float, mates: np.ndarray, drop: float, discount: float) -> float:
    """How far one weight must fall until the discounted sum of its group has fallen by `drop`.

    The sum is a broken line in this weight, with corners at the other weights and at 0, so it is followed from corner to corner.
    """
    corners = np.unique([*mates, 0.0, own])
    corners = corners[corners <= own]
    corners = np.array([corners[0] - drop, *corners])  # below the last corner the slope is 1

    def total(at: np.ndarray) -> np.ndarray:
        group = np.column_stack([at, np.repeat(mates[None], len(at), axis=0)])
        return discounted(group[..., None], discount).sum(axis=(1, 2))

    heights = total(corners)
    return own - float(np.interp(heights[-1] - drop, heights, corners))


def margin(present=(), absent=(), setting="primary_care", discount=DISCOUNT, draws=500, seed=1, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """How wrong each number may be before the leader changes: the asked findings, the most fragile first.

    Returns a DataFrame, a row per asked finding: `finding_id`, `label`, `state`, `condition_id` (whose likelihood ratio is pushed: the
    leader's, downward; when "none of these" leads, the runner-up's, upward), `likelihood_ratio` (as the engine uses it, before the
    discount), `factor` (by how much it must be wrong, alone, until the runner-up draws level; 1 is a tie), `band_factor` (how far it
    moves that way in all but 5 % of redraws, see `certainty`) and `holds` (the leader stays whatever the band allows: factor > band_factor).
    `attrs` names `leader` and `runner_up`. Empty when nothing was asked.

    Raises ValueError as `rank` does.

    >>> table = margin(present=["first_step_pain", "tenderness_medial_calcaneal_tubercle"])
    >>> bool((table["factor"] >= 1).all()), table.attrs["leader"]
    (True, 'plantar_fasciitis')
    >>> len(margin())
    0
    """
    kb = kb or load()
    present, absent = check_findings(present, absent, kb)
    w, scores, full, _ = posterior(kb, present, absent, setting, check_discount(discount))
    ids = possibilities(kb)[0]
    leader, second = np.argsort(-scores, kind="stable")[:2]
    at, sign = (leader, 1.0) if leader < len(w.conditions) else (second, -1.0)
    asked, gap = [*present, *absent], float(scores[leader] - scores[second])
    push = {}
    for members in _groups(w, asked):
        own = sign * full[members, at]
        push |= {int(i): _lowered(float(own[k]), np.delete(own, k), gap, discount) for k, i in enumerate(members)}
    moved = np.quantile(sign * (full[:, at] - redrawn(kb, present, absent, draws, seed)[:, :, at]), BAND[1], axis=0)
    columns = ["finding_id", "label", "state", "condition_id", "likelihood_ratio", "factor", "band_factor", "holds"]
    rows = []
    for i, finding in enumerate(asked):
        needed, band = 10 ** push[i], 10 ** max(float(moved[i]), 0.0)
        state = "present" if i < len(present) else "absent"
        rows.append((finding, kb.findings.loc[finding, "label"], state, ids[at], 10 ** full[i, at], needed, band, needed > band))
    frame = pd.DataFrame(rows, columns=columns).sort_values(["factor", "finding_id"], ignore_index=True)
    frame.attrs = {"leader": ids[leader], "runner_up": ids[second]}
    return frame
