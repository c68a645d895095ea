"""Two plain methods on the same tables, to see what heelkit's own reasoning adds: naive Bayes, and a noisy-or of two diseases.

Both read the presentations and pretest weights only: no anatomy, no measured likelihood ratio, no dependence group, no cap.
A pair the table does not name has the finding's background frequency. Each returns the probability of every condition
as a Series, best first.
"""

import functools

import numpy as np
import pandas as pd

from heelkit import KnowledgeBase
from heelkit.differential import NONE_OF_THESE, pretest
from heelkit.weights import table_probability


@functools.lru_cache(maxsize=2)
def frequencies(kb: KnowledgeBase) -> tuple[pd.DataFrame, pd.Series]:
    """P(finding | condition), findings x conditions, and the background of each finding."""
    background = kb.findings["background_frequency"].astype(float)
    table = pd.DataFrame(dict.fromkeys(kb.conditions.index, background))
    shown = kb.presentations
    for condition, finding, p in zip(shown["condition_id"], shown["finding_id"], table_probability(shown, kb), strict=True):
        table.loc[finding, condition] = p
    return table, background


def naive_bayes(kb: KnowledgeBase, present: list[str], absent: list[str], setting: str) -> pd.Series:
    """Bayes' rule with every finding independent of the others, given the one disease."""
    table, background = frequencies(kb)
    table = table.assign(**{NONE_OF_THESE: background})
    log = np.log(pretest(kb, setting)[table.columns]) + np.log(table.loc[present]).sum() + np.log1p(-table.loc[absent]).sum()
    odds = np.exp(log - log.max())
    return (odds / odds.sum()).sort_values(ascending=False)


@functools.lru_cache(maxsize=2)
def _sets_of_two(kb: KnowledgeBase) -> tuple[np.ndarray, np.ndarray]:
    """Membership of each condition in every set of at most two, and P(no finding | set); shapes (sets, conditions), (findings, sets)."""
    table, background = frequencies(kb)
    n = table.shape[1]
    members = np.vstack([np.zeros((1, n), bool), np.eye(n, dtype=bool), *(np.eye(n, dtype=bool)[i] | np.eye(n, dtype=bool)[i + 1 :] for i in range(n - 1))])
    spared = np.minimum(1, (1 - table.to_numpy()) / (1 - background.to_numpy()[:, None]))  # a disease brings a finding or leaves it; it prevents none
    return members, (1 - background.to_numpy()[:, None]) * np.exp(np.log(spared) @ members.T)


def noisy_or(kb: KnowledgeBase, present: list[str], absent: list[str], setting: str) -> pd.Series:
    """Diseases independent beforehand, at most two at once; each brings a finding on its own, as in QMR-DT (source `jaakkola1999qmr`)."""
    members, without = _sets_of_two(kb)
    row = kb.findings.index.get_indexer
    p = pretest(kb, setting).drop(NONE_OF_THESE)[kb.conditions.index].to_numpy()
    log = members @ np.log(p / (1 - p)) + np.log1p(-without[row(present)]).sum(axis=0) + np.log(without[row(absent)]).sum(axis=0)
    odds = np.exp(log - log.max())
    return pd.Series((odds / odds.sum()) @ members, kb.conditions.index).sort_values(ascending=False)
