"""What to ask or test next: the finding whose answer is expected to tell most."""

import numpy as np
import pandas as pd

from heelkit.differential import as_ids, check_discount, check_findings, posterior, probabilities
from heelkit.tables import KnowledgeBase, load, unknown
from heelkit.weights import PROBABILITY_RANGE

KINDS = ("history", "examination", "test")


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


def next_questions(present=(), absent=(), kinds=None, setting="primary_care", discount=0.5, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """The findings not asked yet, those that tell most per effort first.

    Parameters: as in `rank`; `kinds` limits the list to "history", "examination", "test" or several of them.

    Returns a DataFrame with columns `finding_id`, `label`, `bits` (expected information gain), `kind`, `effort`
    (points) and `bits_per_effort`, by which it is sorted. Measured likelihood ratios are shrunk before they
    count, and a finding whose dependence group has already spoken tells less.

    Raises ValueError for an unknown kind, and as `rank` does.

    >>> import heelkit
    >>> heelkit.next_questions(present=["numb_heel_plantar"], kinds="history")["kind"].unique().tolist()
    ['history']
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
    positive = np.clip(w.background[:, None] * 10**weight, *PROBABILITY_RANGE)
    positive = np.hstack([positive, np.clip(w.background, *PROBABILITY_RANGE)[:, None]])
    findings = kb.findings
    frame = pd.DataFrame(
        {
            "finding_id": w.findings,
            "label": findings["label"].to_numpy(),
            "bits": expected_information(probabilities(scores), positive),
            "kind": findings["kind"].to_numpy(),
            "effort": findings["effort"].to_numpy(dtype=int),
        }
    )
    frame["bits_per_effort"] = frame["bits"] / frame["effort"]
    open_ = ~frame["finding_id"].isin([*present, *absent]) & frame["kind"].isin(kinds)
    return frame[open_].sort_values(["bits_per_effort", "finding_id"], ascending=[False, True], ignore_index=True)
