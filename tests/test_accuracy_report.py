"""The accuracy report: its cases are well formed and independent of the tables, the frozen half is frozen, and the page says what is measured.

Nothing here asks heelkit to be right: a target that fails a build would invite tuning numbers to cases.
"""

import hashlib
import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import heelkit

KB = heelkit.load()
HERE = Path(__file__).parent
CASES = pd.read_csv(HERE / "cases" / "cases.csv", dtype=str, keep_default_na=False)
FINDINGS = pd.read_csv(HERE / "cases" / "findings.csv", dtype=str, keep_default_na=False)
FROZEN = "1b280fffc10941f88f6b2b68e7a8441b203c135c278e5f892a644c19d2959fec"  # SHA-256 of the frozen half: a case may join it, none may change


@pytest.fixture(scope="module")
def accuracy():
    """The script behind `make accuracy`, as a module."""
    sys.path.insert(0, str(HERE / "accuracy"))
    try:
        spec = importlib.util.spec_from_file_location("accuracy", HERE / "accuracy" / "accuracy.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(HERE / "accuracy"))


def test_cases_use_the_vocabulary():
    assert len(CASES) >= 80 and CASES["case_id"].is_unique
    assert set(CASES["condition_id"]) | (set(CASES["second_condition_id"]) - {""}) <= set(KB.conditions.index)
    assert set(CASES["setting_id"]) <= set(KB.settings.index)
    assert set(FINDINGS["finding_id"]) <= set(KB.findings.index)
    assert set(FINDINGS["state"]) == {"present", "absent"}
    assert set(FINDINGS["case_id"]) == set(CASES["case_id"])
    assert not FINDINGS.duplicated(["case_id", "finding_id"]).any()
    assert set(CASES["half"]) == {"open", "frozen"} and set(CASES["urgent"]) == {"true", "false"}
    assert abs((CASES["half"] == "frozen").mean() - 0.5) < 0.05


def test_no_case_is_a_source_of_the_tables():
    works = KB.tables["sources"]
    for column in ("doi", "pmid", "url"):
        both = set(CASES[column].str.lower()) & set(works[column].dropna().astype(str).str.lower()) - {""}
        assert not both, both


def test_the_frozen_half_is_as_it_was_before_anything_was_tuned():
    frozen = CASES[CASES["half"] == "frozen"].sort_values("case_id")
    lines = [",".join(row) for row in frozen[["case_id", "condition_id", "second_condition_id", "setting_id", "urgent"]].itertuples(index=False)]
    known = FINDINGS[FINDINGS["case_id"].isin(frozen["case_id"])].sort_values(["case_id", "finding_id"])
    lines += [",".join(row) for row in known[["case_id", "finding_id", "state"]].itertuples(index=False)]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == FROZEN


def test_the_page_says_what_is_measured(accuracy):
    assert accuracy.REPORT.read_text(encoding="utf-8") == accuracy.report(), "make accuracy writes it again"


def test_the_readme_quotes_the_page(accuracy):
    page, readme = accuracy.REPORT.read_text(encoding="utf-8"), (HERE.parent / "README.md").read_text(encoding="utf-8")
    quoted = re.findall(r"\d+ of \d+: \d+% \(\d+-\d+\)", readme)
    assert len(quoted) >= 6
    assert [q for q in quoted if q not in page] == []


def test_marks_of_a_made_up_case(accuracy):
    case = accuracy.Case("made_up", ["plantar_fasciitis", "heel_spur"], "primary_care", "open", False, ["first_step_pain"], [])
    said = pd.Series({"none_of_these": 0.5, "calf_strain": 0.2, "heel_spur": 0.2, "plantar_fasciitis": 0.1})
    row = accuracy.marked([case], lambda _: said).iloc[0]
    assert (row["place"], row["leader"], row["right"]) == (2, "calf_strain", False)
    assert row["probability"] == pytest.approx(0.3)
    assert row["brier"] == pytest.approx(0.5**2 + 0.2**2 + 0.3**2 + 0.4**2)
    assert accuracy.share(12, 20) == "12 of 20: 60% (39-78)"


def test_yardsticks_are_what_they_say(accuracy):
    """Naive Bayes equals the formula written out for one pair; noisy-or equals a sum over pairs done with a loop."""
    import yardsticks

    table, background = yardsticks.frequencies(KB)
    prior = heelkit.differential.pretest(KB, "primary_care")
    said = yardsticks.naive_bayes(KB, ["first_step_pain"], ["fever"], "primary_care")
    ratio = [prior[c] * table.loc["first_step_pain", c] * (1 - table.loc["fever", c]) for c in ("plantar_fasciitis", "calf_strain")]
    assert said["plantar_fasciitis"] / said["calf_strain"] == pytest.approx(ratio[0] / ratio[1])
    assert said.sum() == pytest.approx(1)
    conditions = list(KB.conditions.index)
    p = prior[conditions].to_numpy()
    weight, member = [], []
    for pair in [(), *((i,) for i in range(len(p))), *((i, j) for i in range(len(p)) for j in range(i))]:
        value = np.prod([p[i] / (1 - p[i]) for i in pair])
        for finding, state in (("first_step_pain", True), ("fever", False)):
            silent = 1 - background[finding]
            for i in pair:
                silent *= min(1, (1 - table.loc[finding, conditions[i]]) / (1 - background[finding]))
            value *= 1 - silent if state else silent
        weight.append(value)
        member.append("plantar_fasciitis" in [conditions[i] for i in pair])
    expected = np.array(weight)[member].sum() / np.sum(weight)
    assert yardsticks.noisy_or(KB, ["first_step_pain"], ["fever"], "primary_care")["plantar_fasciitis"] == pytest.approx(expected)
