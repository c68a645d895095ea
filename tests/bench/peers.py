"""The same naive-Bayes question put to plain numpy, pgmpy and pyAgrum.

Every constructor takes a `Table` and returns a function of (present, absent) that gives the posterior of all
possibilities as an array, in the order of the table. Building is not timed; a question is.
"""

import copy
import warnings
from dataclasses import dataclass

import numpy as np

from heelkit import KnowledgeBase
from heelkit.differential import pretest
from heelkit.weights import weights

ANSWERS = ["absent", "present"]


@dataclass(frozen=True)
class Table:
    """A naive-Bayes model: P(finding | possibility) and the pretest weights, "none of these" last."""

    findings: list[str]
    possibilities: list[str]
    probability: np.ndarray  #: shape (findings, possibilities)
    prior: np.ndarray  #: shape (possibilities,)


def frequencies_only(kb: KnowledgeBase) -> KnowledgeBase:
    """`kb` without measured likelihood ratios, anatomy, absence caps and doubt of estimates: at discount 1 heelkit is then naive Bayes."""
    plain = copy.copy(kb)
    plain.tables = {name: t.assign(absence_cap=np.nan) if "absence_cap" in t else t for name, t in kb.tables.items()}
    plain.tables["presentations"] = plain.presentations.assign(basis="study")
    plain.tables["test_accuracy"], plain.tables["condition_sites"] = kb.test_accuracy.iloc[:0], kb.condition_sites.iloc[:0]
    return plain


def naive_bayes_table(kb: KnowledgeBase, setting: str) -> Table:
    """The table of `kb`; under "none of these" every finding has its background frequency."""
    w, prior = weights(kb), pretest(kb, setting)
    return Table(w.findings, list(prior.index), np.column_stack([w.probability, w.background]), prior.to_numpy())


def evidence(present, absent) -> dict[str, str]:
    """The answers as both libraries take them."""
    return {**dict.fromkeys(present, "present"), **dict.fromkeys(absent, "absent")}


def plain_numpy(table: Table):
    """Bayes' rule written out, the reference for the agreement."""
    row = {f: i for i, f in enumerate(table.findings)}
    prior, if_present, if_absent = np.log(table.prior), np.log(table.probability), np.log1p(-table.probability)

    def ask(present, absent):
        log = prior + if_present[[row[f] for f in present]].sum(axis=0) + if_absent[[row[f] for f in absent]].sum(axis=0)
        odds = np.exp(log - log.max())
        return odds / odds.sum()

    return ask


def pgmpy(table: Table):
    """Variable elimination by tensor contraction ("greedy"), pgmpy's fastest exact query for this network."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pgmpy warns about its own modules
        from pgmpy.factors.discrete import TabularCPD
        from pgmpy.inference import VariableElimination
        from pgmpy.models import DiscreteBayesianNetwork
    n = len(table.possibilities)
    network = DiscreteBayesianNetwork([("condition", f) for f in table.findings])
    network.add_cpds(TabularCPD("condition", n, table.prior[:, None], state_names={"condition": table.possibilities}))
    for finding, p in zip(table.findings, table.probability, strict=True):
        states = {finding: ANSWERS, "condition": table.possibilities}
        network.add_cpds(TabularCPD(finding, 2, [1 - p, p], ["condition"], [n], state_names=states))
    inference = VariableElimination(network)

    def ask(present, absent):
        return inference.query(["condition"], evidence(present, absent), elimination_order="greedy", show_progress=False).values

    return ask


def pyagrum(table: Table):
    """Lazy propagation with the condition as its only target (without one it would infer every finding too)."""
    import pyagrum as gum

    network = gum.BayesNet()
    network.add(gum.LabelizedVariable("condition", "", table.possibilities))
    network.cpt("condition").fillWith(table.prior.tolist())
    for finding, p in zip(table.findings, table.probability, strict=True):
        network.add(gum.LabelizedVariable(finding, "", ANSWERS))
        network.addArc("condition", finding)
        network.cpt(finding)[:] = np.column_stack([1 - p, p])
    inference = gum.LazyPropagation(network)
    inference.addTarget("condition")

    def ask(present, absent):
        inference.setEvidence(evidence(present, absent))
        inference.makeInference()
        return inference.posterior("condition").toarray()

    return ask
