"""What to ask or test next: red flags first, then the finding whose answer is expected to tell most; and when to stop."""

import functools

import numpy as np
import pandas as pd

from heelkit.differential import DISCOUNT, as_ids, check_discount, check_findings, possibilities, posterior, probabilities
from heelkit.language import ENGLISH, speech
from heelkit.red_flags import patterns
from heelkit.tables import KnowledgeBase, load, unknown
from heelkit.weights import PROBABILITY_RANGE, Weights

KINDS = ("history", "examination", "test")
SETTLED = 0.80  # the leader is settled from this probability on
ACTION_THRESHOLD = 0.01  # a dangerous condition must be below it before one may stop (teaching estimate)
URGENT_FIRST = 2  # red-flag questions that come before all others; more would bury the informative ones
TOO_LITTLE = 0.05  # bits: no answer that tells less is worth a question


def entropy(p: np.ndarray) -> np.ndarray:
    """Shannon entropy in bits over the last axis; 0 log 0 counts as 0.

    >>> round(float(entropy(np.array([0.6, 0.4]))), 3)
    0.971
    """
    logs = np.log2(p, out=np.zeros_like(p), where=p > 0)
    return -(p * logs).sum(axis=-1)


def expected_information(belief: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Expected information gain of tests, in bits (mutual information, Shannon).

    Parameters: `belief` holds the probabilities of the possibilities, shape (possibilities,); `positive` holds
    P(test positive | possibility), shape (tests, possibilities). Returns shape (tests,), never negative.

    >>> round(float(expected_information(np.array([0.6, 0.4]), np.array([[0.8, 0.3]]))[0]), 3)
    0.185
    """
    joint_positive, joint_negative = belief * positive, belief * (1 - positive)
    p_positive, p_negative = joint_positive.sum(axis=-1), joint_negative.sum(axis=-1)
    after_positive = entropy(joint_positive / p_positive[:, None])
    after_negative = entropy(joint_negative / p_negative[:, None])
    return np.maximum(entropy(belief) - (p_positive * after_positive + p_negative * after_negative), 0)


@functools.lru_cache(maxsize=4)
def _act_now(kb: KnowledgeBase) -> dict[str, list[list[frozenset[str]]]]:
    urgent = set(kb.red_flags.index[kb.red_flags["level"] == "act_now"])
    return {rule: alternatives for rule, alternatives in patterns(kb).items() if rule in urgent}


def one_answer_away(present: list[str], absent: list[str], kb: KnowledgeBase) -> dict[str, list[str]]:
    """Findings not asked yet that would complete an "act_now" red flag under way, each with the ids of its rules.

    A pattern is under way when all but one of its slots are filled and at least one is. Once a rule is under way, a question or bedside
    sign that fires it alone counts too (saddle numbness after bladder trouble), a test that does (a biopsy) does not. Rules that fire
    already have nothing left to ask.

    >>> one_answer_away(["urinary_retention"], [], load())["saddle_anesthesia"]
    ['rf_cauda_equina']
    >>> one_answer_away(["urinary_retention", "saddle_anesthesia"], [], load()).get("bilateral_symptoms", [])  # fires already
    []
    """
    known, asked = set(present), {*present, *absent}
    found: dict[str, list[str]] = {}
    for rule, alternatives in _act_now(kb).items():
        missing = [[slot for slot in slots if not slot & known] for slots in alternatives]
        if not all(missing):
            continue
        under_way = [empty for slots, empty in zip(alternatives, missing, strict=True) if len(empty) < len(slots)]
        completing = frozenset().union(*(frozenset.intersection(*empty) for empty in under_way))
        alone = frozenset().union(*(slots[0] for slots in alternatives if len(slots) == 1)) if under_way else frozenset()
        for finding in (completing | {f for f in alone if kb.findings.loc[f, "kind"] != "test"}) - asked:
            found.setdefault(finding, []).append(rule)
    return found


def stop(frame: pd.DataFrame, belief: np.ndarray, kb: KnowledgeBase, language: str = ENGLISH) -> str:
    """A sentence that says why no further question is needed; empty while there is one.

    Parameters: `frame` as `next_questions` returns it, `belief` the probabilities of all conditions, "none of these" last.
    """
    say, red = speech(kb, "inquiry", language), possibilities(kb)[2]
    names, limit = [*say.column("conditions", "name"), say("none_of_these")], f"{ACTION_THRESHOLD:.0%}"
    leader, open_dangers = int(belief.argmax()), [names[i] for i in np.flatnonzero(red & (belief >= ACTION_THRESHOLD))]
    if belief[leader] >= SETTLED and not open_dangers:
        return say("settled", name=names[leader], chance=f"{belief[leader]:.0%}", limit=limit)
    if frame.empty:
        reason = say("nothing_left")
    elif frame["bits"].max() < TOO_LITTLE:
        reason = say("too_little", bits=f"{frame['bits'].max():.3f}", least=f"{TOO_LITTLE:g}")
    else:
        return ""
    still = f" {say('still_open', limit=limit, names=', '.join(open_dangers))}" if open_dangers else ""
    return say("stop", reason=reason) + still


@functools.lru_cache(maxsize=8)
def _about(kb: KnowledgeBase, language: str) -> tuple[np.ndarray, ...]:
    """Of every finding: its id, label, kind, effort, and its place in the alphabet of ids."""
    ids, labels = kb.findings.index.to_numpy(dtype=object), speech(kb, "inquiry", language).column("findings", "label").to_numpy(dtype=object)
    kind, effort = kb.findings["kind"].to_numpy(dtype=object), kb.findings["effort"].to_numpy(dtype=int)
    return ids, labels, kind, effort, np.argsort(np.argsort(ids))


def next_questions(
    present=(), absent=(), kinds=None, setting="primary_care", discount=DISCOUNT, kb: KnowledgeBase | None = None, language: str = ENGLISH
) -> pd.DataFrame:
    """The findings not asked yet: the most urgent red-flag questions first, then those that tell most per effort.

    Parameters: as in `rank`; `kinds` limits the list to "history", "examination", "test" or several of them; `language` "en" or "es".

    Returns a DataFrame with columns `finding_id`, `label`, `bits` (expected information gain), `kind`, `effort` (points), `bits_per_effort`
    and `red_flag`: ids, joined by ';', of the "act_now" rules under way that a yes would complete (see `one_answer_away`). At most two of them,
    for the likeliest suspects of 1% or more, come first; all others are sorted by `bits_per_effort`. Measured likelihood ratios are shrunk before
    they count, and a finding whose dependence group has already spoken tells less. `attrs["stop"]` is a sentence, empty while asking pays: stop
    when the leader has 80% and every red-flag condition is below 1%, or when no question of these kinds is expected to tell 0.05 bit.

    Raises ValueError for an unknown kind, and as `rank` does.

    >>> import heelkit
    >>> heelkit.next_questions(present=["numb_heel_plantar"], kinds="history")["kind"].unique().tolist()
    ['history']
    >>> heelkit.next_questions(present=["urinary_retention"])["red_flag"].iloc[0]
    'rf_cauda_equina'
    """
    kb = kb or load()
    present, absent = check_findings(present, absent, kb)
    kinds = KINDS if kinds is None else as_ids(kinds)
    strangers = [k for k in kinds if k not in KINDS]
    if strangers:
        raise unknown("kind of finding", strangers, KINDS)
    w, scores, _, _ = posterior(kb, present, absent, setting, check_discount(discount))
    asked = [w.row[f] for f in [*present, *absent]]
    spoken = np.bincount(w.group[asked], minlength=w.group.max() + 1)[w.group]
    weight = w.present * (discount ** spoken.astype(float))[:, None]
    belief = probabilities(scores)
    positive = np.clip(w.background[:, None] * 10**weight, *PROBABILITY_RANGE)
    positive = np.hstack([positive, np.clip(w.background, *PROBABILITY_RANGE)[:, None]])
    ids, labels, kind, effort, alphabet = _about(kb, language)
    open_ = np.logical_or.reduce([kind == k for k in kinds])
    open_[asked] = False
    bits, rules = expected_information(belief, positive), one_answer_away(present, absent, kb)
    place, per_effort = np.full(len(ids), URGENT_FIRST), bits / effort
    for i, finding in enumerate(_most_urgent(rules, set(ids[open_]), belief, w, kb)):
        place[w.row[finding]] = i
    best = np.lexsort((alphabet, -per_effort, place))
    best = best[open_[best]]
    frame = pd.DataFrame(
        {
            "finding_id": ids[best],
            "label": labels[best],
            "bits": bits[best],
            "kind": kind[best],
            "effort": effort[best],
            "bits_per_effort": per_effort[best],
            "red_flag": [";".join(rules.get(finding, [])) for finding in ids[best]],
        }
    )
    frame.attrs["stop"] = stop(frame, belief, kb, language)
    return frame


def _most_urgent(rules: dict[str, list[str]], askable: set[str], belief: np.ndarray, w: Weights, kb: KnowledgeBase) -> list[str]:
    """The few red-flag questions to ask first, one for each danger: the likeliest first, with its cheapest and most telling question."""
    suspects = kb.red_flags["suspected_condition_ids"].str.split(";")
    danger = {rule: max(suspects[rule], key=lambda c: belief[w.column[c]]) for found in rules.values() for rule in found}
    first: dict[str, str] = {}
    for rule in sorted(danger, key=lambda r: (-belief[w.column[danger[r]]], r)):
        asking = [f for f, found in rules.items() if rule in found and f in askable and f not in first.values()]
        if asking and danger[rule] not in first and belief[w.column[danger[rule]]] >= ACTION_THRESHOLD:
            main = w.column[suspects[rule][0]]
            first[danger[rule]] = min(asking, key=lambda f: (kb.findings.loc[f, "effort"], -w.present[w.row[f], main], f))
    return list(first.values())[:URGENT_FIRST]
