"""Do the rules for red flags know the diseases of the tables?

Patients are drawn from heelkit's own table of presentations. So these tests show that two tables written apart agree: what is called typical
of a dangerous disease sets off a rule that suspects it, and what is typical of a harmless one seldom sends anybody to hospital. They say
nothing about real patients: the tables can be wrong together, and real patients are less typical.
"""

import numpy as np
import pytest

import heelkit
from heelkit.red_flags import patterns
from heelkit.weights import table_probability

KB = heelkit.load()
RULES = patterns(KB)
TYPICAL = KB.presentations[KB.presentations["frequency"].isin(["obligate", "very_frequent", "frequent"])]
TYPICAL = TYPICAL.assign(probability=table_probability(TYPICAL, KB))
PATIENTS, AT_LEAST, AT_MOST = 60, 8, 14  # how many are drawn of each condition, and how many findings each has
PRACTICALLY_ALL = 0.95


def drawn(condition: str) -> list[set[str]]:
    """Patients of one condition, always the same: what practically all have, and some typical findings, the most telling ones most often."""
    rng = np.random.default_rng([2026, list(KB.conditions.index).index(condition)])
    own = TYPICAL[TYPICAL["condition_id"] == condition]
    findings, always = own["finding_id"].to_numpy(dtype=object), set(own["finding_id"][own["probability"] >= PRACTICALLY_ALL])
    telling = (own["probability"] / own["finding_id"].map(KB.findings["background_frequency"])).to_numpy()
    sizes = np.minimum(rng.integers(AT_LEAST, AT_MOST, endpoint=True, size=PATIENTS), len(findings))
    return [always | set(rng.choice(findings, size=size, replace=False, p=telling / telling.sum())) for size in sizes]


def fired(patient: set[str]) -> list[str]:
    """The rules that fire, as `heelkit.red_flags` finds them, without building its table."""
    return [rule for rule, alternatives in RULES.items() if any(all(slot & patient for slot in slots) for slots in alternatives)]


def test_the_short_cut_finds_the_same_rules():
    for condition in KB.conditions.index[::10]:
        patient = drawn(condition)[0]
        assert set(fired(patient)) == set(heelkit.red_flags(sorted(patient))["red_flag_id"])


@pytest.mark.parametrize("condition", KB.conditions.index[KB.conditions["red_flag"]])
def test_a_typical_dangerous_patient_sets_off_a_rule_that_suspects_the_disease(condition):
    suspecting = {rule for rule, suspects in KB.red_flags["suspected_condition_ids"].items() if condition in suspects.split(";")}
    missed = [sorted(patient) for patient in drawn(condition) if suspecting.isdisjoint(fired(patient))]
    assert len(missed) <= 0.05 * PATIENTS, missed[:3]


def test_typical_harmless_patients_are_seldom_sent_to_hospital():
    urgent = set(KB.red_flags.index[KB.red_flags["level"] == "act_now"])
    harmless = KB.conditions.index[~KB.conditions["red_flag"]]
    sent = [not urgent.isdisjoint(fired(patient)) for condition in harmless for patient in drawn(condition)]
    assert np.mean(sent) <= 0.10
