"""Why a condition fits or does not: one row per finding, each with its weight and where it came from."""

import functools
import math

import pandas as pd

from heelkit.differential import DISCOUNT, EXPLAINS, check_discount, check_findings, posterior
from heelkit.language import ENGLISH, Speech, speech
from heelkit.tables import KnowledgeBase, load, unknown
from heelkit.weights import TRUST, ranking_tests, weights

PRETEST = "pretest"
EXPECTED = 0.5  # a finding a condition shows in more than half: its absence needs explaining away
_COLUMNS = ["finding_id", "label", "state", "likelihood_ratio", "log10_lr", "full_log10_lr", "fit", "basis", "source", "why"]


@functools.lru_cache(maxsize=4)
def _rows(kb: KnowledgeBase) -> tuple[dict, dict]:
    """Presentation rows, and the measured ratios of pairs without one, by (condition, finding)."""
    shown = {(r.condition_id, r.finding_id): r for r in kb.presentations.itertuples()}
    measured = {(r.condition_id, r.finding_id): r for r in ranking_tests(kb).itertuples()}
    return shown, measured


@functools.lru_cache(maxsize=4)
def _starting_points(kb: KnowledgeBase) -> dict:
    """Rows of the pretest weights by (setting, condition)."""
    return {(r.setting_id, r.condition_id): r for r in kb.pretest_weights.itertuples()}


def _percent(row, say: Speech) -> str:
    if pd.isna(row.percent_low):
        return ""
    low, high = (f"{value:g}" for value in (row.percent_low, row.percent_high))
    patients = "" if pd.isna(row.n) else f", n = {row.n}"
    return f" ({low}%{patients})" if low == high else f" ({say('range', low=low, high=high)}{patients})"


def provenance(condition_id: str, finding_id: str, state: str, kb: KnowledgeBase, language: str = ENGLISH) -> tuple[str, str, str]:
    """Where the weight of a finding comes from: basis, source ids joined by ';', and a sentence.

    Basis and sources are empty when the tables say nothing about the pair.
    """
    say = speech(kb, "reasons", language)
    shown, measured = (table.get((condition_id, finding_id)) for table in _rows(kb))
    if measured is not None:
        ratio = measured.lr_positive if state == "present" else measured.lr_negative
        if pd.isna(ratio):
            return measured.basis, measured.source_ids, say("no_ratio", state=say(state))
        sentence = say("measured", ratio=f"{ratio:g}", state=say(state), quality=say(f"quality_{measured.quality}"))
        basis, source = measured.basis, measured.source_ids
    elif shown is not None:
        word = say.of("frequency_words", "label", shown.frequency)
        background = kb.findings.loc[finding_id, "background_frequency"]
        sentence = say("shown", word=word, percent=_percent(shown, say), background=f"{background * 100:g}")
        basis, source = shown.basis, shown.source_ids
    elif (condition_id, finding_id) in weights(kb).anatomy:
        w, source = weights(kb), weights(kb).anatomy[condition_id, finding_id]
        chance = min(source.probability, w.probability[w.row[finding_id], w.column[condition_id]])
        site = say.of("sites", "name", source.site_id)
        sentence = say("anatomy", chance=f"{chance:.0%}", site=site, row=source.deficit.row)
        basis, source = "anatomy", source.deficit.source_ids
    else:
        return "", "", say("nothing_said")
    if measured is None and basis in TRUST:
        sentence += f" {say(f'trust_{basis}', share=f'{TRUST[basis]:.0%}')}"
    if state == "absent" and shown is not None and not pd.isna(shown.absence_cap):
        sentence += f" {say('capped')}"
    return basis, source, sentence


def _fit(state: str, probability: float, speaks: bool) -> str:
    if state == "present":
        return "explained" if speaks and probability >= EXPLAINS else "unexplained"
    return "missing" if speaks and probability > EXPECTED else ""


def explain(
    condition_id: str, present=(), absent=(), setting="primary_care", discount=DISCOUNT, kb: KnowledgeBase | None = None, language: str = ENGLISH
) -> pd.DataFrame:
    """Why a condition stands where it stands in `rank`: one row per asked finding.

    Returns a DataFrame with columns `finding_id` and `label` (the first row is `pretest`, the starting point);
    `state` (present, absent); `likelihood_ratio` and its logarithm `log10_lr`, as counted after the discount, so
    that the column adds up to the condition's `log10_odds` in `rank`; `full_log10_lr` before the discount;
    `fit` ("explained", "unexplained" when present but not expected, "missing" when absent though expected);
    `basis` (study, review, consensus, estimate, anatomy; empty when the tables are silent); `source` (source ids
    joined by ';') and `why`, a sentence. Strongest support first, strongest opposition last.

    Labels and sentences are in the `language`, "en" or "es".

    Raises ValueError for an unknown condition or language, and as `rank` does.

    >>> import heelkit
    >>> reasons = heelkit.explain("heel_spur", present=["heel_spur_xray"])
    >>> ranking = heelkit.rank(present=["heel_spur_xray"])
    >>> bool(abs(reasons["log10_lr"].sum() - ranking.loc["heel_spur", "log10_odds"]) < 1e-9)
    True
    """
    kb = kb or load()
    if condition_id not in kb.conditions.index:
        raise unknown("condition", [condition_id], kb.conditions.index)
    present, absent = check_findings(present, absent, kb)
    w, scores, full, used = posterior(kb, present, absent, setting, check_discount(discount))
    at = w.column[condition_id]
    start = scores[at] - scores[-1] - used[:, at].sum()
    pretest_row = _starting_points(kb)[setting, condition_id]
    say = speech(kb, "reasons", language)
    why = say("start", name=say.of("settings", "label", setting))
    first = (PRETEST, say("before_asked"), PRETEST, 10**start, start, start, "", pretest_row.basis, pretest_row.source_ids or "", why)
    rows = []
    for i, finding in enumerate([*present, *absent]):
        state = "present" if i < len(present) else "absent"
        where = w.row[finding], at
        basis, source, why = provenance(condition_id, finding, state, kb, language)
        if not math.isclose(used[i, at], full[i, at], rel_tol=1e-5, abs_tol=1e-8):
            group = say.of("dependence_groups", "label", kb.findings.loc[finding, "group_id"])
            why += f" {say('grouped', share=f'{used[i, at] / full[i, at]:.0%}', group=group)}"
        fit = _fit(state, w.probability[where], w.speaks[where])
        rows.append((finding, say.of("findings", "label", finding), state, 10 ** used[i, at], used[i, at], full[i, at], fit, basis, source, why))
    rows.sort(key=lambda r: (-r[4], r[0]))
    return pd.DataFrame([first, *rows], columns=_COLUMNS)
