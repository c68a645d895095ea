"""Properties that must hold for every patient, on the real tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heelkit
from heelkit.differential import pretest
from heelkit.red_flags import LEVELS
from heelkit.weights import weights

KB = heelkit.load()
FINDINGS = sorted(KB.findings.index)
SETTINGS = sorted(KB.settings.index)
patients = st.lists(st.sampled_from(FINDINGS), unique=True, max_size=24).flatmap(
    lambda asked: st.integers(0, len(asked)).map(lambda cut: (asked[:cut], asked[cut:]))
)
discounts = st.sampled_from([0.0, 0.3, 0.5, 1.0])
few = settings(max_examples=60, deadline=None)


@few
@given(patients, st.sampled_from(SETTINGS), discounts)
def test_probabilities_sum_to_1_and_none_is_0_or_1(patient, setting, discount):
    probability = heelkit.rank(*patient, setting=setting, discount=discount)["probability"]
    assert np.isclose(probability.sum(), 1)
    assert (probability > 0).all()
    assert (probability < 1).all()
    assert list(probability) == sorted(probability, reverse=True)


@few
@given(patients, st.randoms(use_true_random=False))
def test_order_does_not_matter(patient, random):
    present, absent = (random.sample(part, len(part)) for part in patient)
    assert np.allclose(heelkit.rank(*patient)["probability"].sort_index(), heelkit.rank(present, absent)["probability"].sort_index(), rtol=1e-12)


@few
@given(patients, discounts)
def test_a_repeated_finding_changes_nothing(patient, discount):
    present, absent = patient
    pd.testing.assert_frame_equal(heelkit.rank(present, absent, discount=discount), heelkit.rank(present * 2, absent * 2, discount=discount))


@few
@given(patients)
def test_a_weaker_finding_of_the_same_group_changes_nothing_at_discount_0(patient):
    present, absent = patient
    w = weights(KB)
    before = heelkit.rank(present, absent, discount=0)["log10_odds"]
    for finding in set(FINDINGS) - set(present) - set(absent):
        partners = [f for f in present if w.group[w.row[f]] == w.group[w.row[finding]]]
        j = [c for i, c in enumerate(w.conditions) if any(w.present[w.row[p], i] >= w.present[w.row[finding], i] >= 0 for p in partners)]
        if j:
            after = heelkit.rank([*present, finding], absent, discount=0)["log10_odds"]
            assert np.allclose(after[j], before[j])
            return


@pytest.mark.parametrize("setting", SETTINGS)
def test_nothing_asked_gives_the_pretest_weights(setting):
    expected = pretest(KB, setting)
    assert np.isclose(expected.sum(), 1)
    assert np.allclose(heelkit.rank(setting=setting)["probability"].reindex(expected.index), expected)


@few
@given(patients, st.sampled_from(sorted(KB.conditions.index)), discounts)
def test_explanation_adds_up_to_the_ranking(patient, condition, discount):
    reasons = heelkit.explain(condition, *patient, discount=discount)
    assert np.isclose(reasons["log10_lr"].sum(), heelkit.rank(*patient, discount=discount).loc[condition, "log10_odds"], rtol=0, atol=1e-12)
    assert list(reasons["finding_id"][1:]) != [] or not any(patient)
    assert set(reasons["finding_id"][1:]) == set(patient[0]) | set(patient[1])
    silent = reasons["why"].str.startswith("The tables say nothing")
    assert (reasons.loc[silent, "log10_lr"] == 0).all()
    assert (reasons.loc[~silent, "basis"] != "").all()
    sources = ";".join(reasons["source"]).split(";")
    assert set(filter(None, sources)) <= set(KB.sources.index)


@few
@given(patients, discounts)
def test_explained_and_unexplained_agree_with_the_explanation(patient, discount):
    ranking = heelkit.rank(*patient, discount=discount)
    leader = next(c for c in ranking.index if c != "none_of_these")
    fits = heelkit.explain(leader, *patient, discount=discount)["fit"].value_counts()
    assert ranking.loc[leader, ["explained", "unexplained"]].tolist() == [fits.get("explained", 0), fits.get("unexplained", 0)]


@few
@given(st.lists(patients, min_size=1, max_size=8), discounts, st.sampled_from(SETTINGS))
def test_rank_many_equals_rank(several, discount, setting):
    columns = sorted({f for present, absent in several for f in [*present, *absent]})
    frame = pd.DataFrame(np.nan, index=range(len(several)), columns=columns)
    for i, (present, absent) in enumerate(several):
        frame.loc[i, present], frame.loc[i, absent] = 1, 0
    table = heelkit.rank_many(frame, setting=setting, discount=discount)
    for i, patient in enumerate(several):
        one = heelkit.rank(*patient, setting=setting, discount=discount)["probability"]
        assert np.allclose(table.loc[i], one.reindex(table.columns))


def _core_findings() -> dict[str, list[str]]:
    """For every red flag, one finding for each slot of its first pattern."""
    member = KB.finding_set_members.groupby("set_id")["finding_id"].first()
    first = KB.red_flag_findings.query("pattern == 1").groupby(["red_flag_id", "any_of"]).first()
    return first["finding_id"].fillna(first["set_id"].map(member)).groupby("red_flag_id").agg(list).to_dict()


CORE = _core_findings()


@few
@given(patients)
def test_red_flag_whose_findings_are_present_is_always_returned(patient):
    present, absent = patient
    assert set(CORE) == set(KB.red_flags.index)
    for rule, core in CORE.items():
        fired = heelkit.red_flags([*present, *core], [f for f in absent if f not in core])
        assert rule in set(fired["red_flag_id"])
    assert list(fired["level"]) == sorted(fired["level"], key=LEVELS.index)


@few
@given(patients, st.sampled_from(["history", "examination", "test"]))
def test_next_questions_are_new_sorted_and_never_negative(patient, kind):
    asked = set(patient[0]) | set(patient[1])
    table = heelkit.next_questions(*patient, kinds=[kind])
    assert not asked & set(table["finding_id"])
    assert set(table["kind"]) <= {kind}
    assert (table["bits"] >= 0).all()
    urgent_first = 0
    while urgent_first < min(2, len(table)) and table["red_flag"].iloc[urgent_first]:
        urgent_first += 1
    assert table["bits_per_effort"].iloc[urgent_first:].is_monotonic_decreasing
    assert len(table) == (KB.findings["kind"] == kind).sum() - sum(KB.findings.loc[list(asked), "kind"] == kind)


def test_absent_low_sensitivity_signs_hardly_lower_a_red_flag_condition():
    signs = ["pain_passive_stretch", "pain_out_of_proportion", "tingling", "tense_compartment"]
    for sign in signs:
        change = heelkit.rank(absent=[sign]).loc["acute_compartment_syndrome", "log10_odds"] - heelkit.rank().loc["acute_compartment_syndrome", "log10_odds"]
        assert change >= -0.1 - 1e-12, sign


def test_setting_changes_the_answer():
    asked = {"present": ["numbness", "tingling"]}
    share = {s: heelkit.rank(**asked, setting=s).loc["diabetic_polyneuropathy", "probability"] for s in SETTINGS}
    assert share["diabetes_foot_clinic"] > 2 * share["running_clinic"]


def test_ties_are_in_alphabetical_order():
    for _ in range(3):
        ranking = heelkit.rank()
        for _, tied in ranking.groupby("log10_odds"):
            assert list(tied.index) == sorted(tied.index) or "none_of_these" in tied.index


def test_every_weakness_counts_as_weakness_for_the_red_flags():
    sets = KB.finding_set_members.groupby("set_id")["finding_id"].agg(set)
    small_muscles_of_the_foot = {"weak_fifth_toe_abduction", "weak_great_toe_abduction", "weak_toe_spread"}
    weak = {f for f in FINDINGS if f.startswith("weak_")} - small_muscles_of_the_foot
    assert weak <= sets["any_weakness"]


@pytest.mark.parametrize(
    "present",
    [
        ["back_pain", "pvr_gt_200"],
        ["absent_anal_wink"],
        ["delta_pressure_le_30"],
        ["wells_dvt_high"],
        ["xray_osteomyelitis", "foot_ulcer"],
        ["fever", "pain_out_of_proportion"],
        ["b12_risk", "vibration_loss", "unsteady_gait"],
    ],
)
def test_near_diagnostic_findings_mean_act_now(present):
    assert heelkit.red_flags(present)["level"].iloc[0] == "act_now"
