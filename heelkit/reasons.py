"""Why a condition fits or does not: one row per finding, each with its weight and where it came from."""

import functools

import numpy as np
import pandas as pd

from heelkit.differential import EXPLAINS, check_discount, check_findings, posterior
from heelkit.tables import KnowledgeBase, load, unknown
from heelkit.weights import default_tests, weights

PRETEST = "pretest"
EXPECTED = 0.5  # a finding a condition shows in more than half: its absence needs explaining away
_COLUMNS = ["finding_id", "label", "state", "likelihood_ratio", "log10_lr", "full_log10_lr", "fit", "basis", "source", "why"]


@functools.lru_cache(maxsize=4)
def _rows(kb: KnowledgeBase) -> tuple[dict, dict]:
    """Presentation rows and default test rows by (condition, finding)."""
    shown = {(r.condition_id, r.finding_id): r for r in kb.presentations.itertuples()}
    measured = {(r.condition_id, r.finding_id): r for r in default_tests(kb).itertuples()}
    return shown, measured


def _percent(row) -> str:
    if pd.isna(row.percent_low):
        return ""
    low, high = (f"{value:g}" for value in (row.percent_low, row.percent_high))
    patients = f", n = {row.n}" if not pd.isna(row.n) else ""
    return f" ({low}%{patients})" if low == high else f" ({low} to {high}%{patients})"


def provenance(condition_id: str, finding_id: str, state: str, kb: KnowledgeBase) -> tuple[str, str, str]:
    """Where the weight of a finding comes from: basis, source ids joined by ';', and a sentence.

    Basis and sources are empty when the tables say nothing about the pair.
    """
    shown, measured = (table.get((condition_id, finding_id)) for table in _rows(kb))
    if measured is not None:
        ratio = measured.lr_positive if state == "present" else measured.lr_negative
        if pd.isna(ratio):
            return measured.basis, measured.source_ids, f"No likelihood ratio was published for this finding when {state}, so it weighs nothing."
        sentence = f"Measured likelihood ratio {ratio:g} when {state}; {measured.quality} quality, so it is shrunk and capped."
        basis, source = measured.basis, measured.source_ids
    elif shown is not None:
        word = kb.frequency_words.loc[shown.frequency, "label"]
        background = kb.findings.loc[finding_id, "background_frequency"]
        sentence = f"Shown {word}{_percent(shown)}, against {background * 100:g}% in people without any of these conditions."
        basis, source = shown.basis, shown.source_ids
    elif (condition_id, finding_id) in weights(kb).anatomy:
        source = weights(kb).anatomy[condition_id, finding_id]
        site = kb.sites.loc[source.site_id, "name"]
        sentence = f"From anatomy: expected in {source.probability:.0%}, mostly from a lesion here: {site}. Table row: {source.deficit.row}."
        return "anatomy", source.deficit.source_ids, sentence
    else:
        return "", "", "The tables say nothing about this finding here, so it weighs nothing."
    if state == "absent" and shown is not None and not pd.isna(shown.absence_cap):
        sentence += " Dangerous to miss, so the absence of this finding may lower it only a little (a cap in the table)."
    return basis, source, sentence


def _fit(state: str, probability: float, speaks: bool) -> str:
    if state == "present":
        return "explained" if speaks and probability >= EXPLAINS else "unexplained"
    return "missing" if speaks and probability > EXPECTED else ""


def explain(condition_id: str, present=(), absent=(), setting="primary_care", discount=0.5, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """Why a condition stands where it stands in `rank`: one row per asked finding.

    Returns a DataFrame with columns `finding_id` and `label` (the first row is `pretest`, the starting point);
    `state` (present, absent); `likelihood_ratio` and its logarithm `log10_lr`, as counted after the discount, so
    that the column adds up to the condition's `log10_odds` in `rank`; `full_log10_lr` before the discount;
    `fit` ("explained", "unexplained" when present but not expected, "missing" when absent though expected);
    `basis` (study, review, consensus, estimate, anatomy; empty when the tables are silent); `source` (source ids
    joined by ';') and `why`, a sentence. Strongest support first, strongest opposition last.

    Raises ValueError for an unknown condition, and as `rank` does.

    >>> import heelkit
    >>> reasons = heelkit.explain("heel_spur", present=["heel_spur_xray"])
    >>> ranking = heelkit.rank(present=["heel_spur_xray"])
    >>> bool(np.isclose(reasons["log10_lr"].sum(), ranking.loc["heel_spur", "log10_odds"]))
    True
    """
    kb = kb or load()
    if condition_id not in kb.conditions.index:
        raise unknown("condition", [condition_id], kb.conditions.index)
    present, absent = check_findings(present, absent, kb)
    w, scores, full, used = posterior(kb, present, absent, setting, check_discount(discount))
    at = w.column[condition_id]
    start = scores[at] - scores[-1] - used[:, at].sum()
    pretest_row = kb.pretest_weights.query("setting_id == @setting and condition_id == @condition_id").iloc[0]
    name = kb.settings.loc[setting, "label"]
    why = f"Starting point in this setting ({name}), before anything was asked, against none of these."
    first = (PRETEST, "Before anything was asked", PRETEST, 10**start, start, start, "", pretest_row["basis"], pretest_row["source_ids"] or "", why)
    rows = []
    for i, finding in enumerate([*present, *absent]):
        state = "present" if i < len(present) else "absent"
        where = w.row[finding], at
        basis, source, why = provenance(condition_id, finding, state, kb)
        if not np.isclose(used[i, at], full[i, at]):
            label = kb.dependence_groups.loc[kb.findings.loc[finding, "group_id"], "label"]
            why += f" Counted at {used[i, at] / full[i, at]:.0%}: a stronger finding of the same group ({label}) already speaks."
        fit = _fit(state, w.probability[where], w.speaks[where])
        rows.append((finding, kb.findings.loc[finding, "label"], state, 10 ** used[i, at], used[i, at], full[i, at], fit, basis, source, why))
    rows.sort(key=lambda r: (-r[4], r[0]))
    return pd.DataFrame([first, *rows], columns=_COLUMNS)
