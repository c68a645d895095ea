"""Tests and odds: published worked numbers, the numbers of the table, and input that must be refused in a sentence."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import proportion_confint

import heelkit
from heelkit import odds
from heelkit.tables import read_rows
from heelkit.weights import ranking_tests

KB = heelkit.load()
TESTS = KB.test_accuracy
DEFAULTS = KB.test_accuracy[(KB.test_accuracy["use"] == "default") & KB.test_accuracy["condition_id"].notna()]
PAIRS = sorted(zip(DEFAULTS["finding_id"], DEFAULTS["condition_id"], strict=True))
FIELDS = next(r for r in KB.descriptor["resources"] if r["name"] == "test_accuracy")["schema"]["fields"]
HEADER, CELLS = read_rows(KB.folder / "test_accuracy.csv", FIELDS)
PRINTED = [row for row in (dict(zip(HEADER, cells, strict=True)) for cells in CELLS) if row["use"] == "default" and row["sensitivity"] and row["specificity"]]


def test_ferritin_example_of_the_centre_for_evidence_based_medicine_is_reproduced():
    table = odds.two_by_two(true_positive=731, false_positive=270, false_negative=78, true_negative=1500)
    assert table["value"].round(2).tolist() == [0.9, 0.85, 0.73, 0.95, 5.92, 0.11]  # printed: 90 %, 85 %, 73 %, 95 %, 6 and 0.12 (from 90 and 85 %)
    assert round(table.attrs["prevalence"], 2) == 0.31
    assert round(odds.post_test(0.31, 6), 2) == 0.73
    ratios = odds.from_sensitivity(0.90, 0.85)
    assert (round(ratios.present, 2), round(ratios.absent, 2)) == (6.0, 0.12)


@pytest.mark.parametrize(("pretest", "printed"), [(0.02, 0.11), (0.50, 0.86)])
def test_ferritin_examples_of_therapeutic_guidelines_are_reproduced(pretest, printed):
    assert round(odds.post_test(pretest, odds.from_sensitivity(0.90, 0.85).present), 2) == printed


def test_hla_b27_example_in_the_table_is_reproduced():
    # the note of ardtable176313: "A positive result raises a prevalence of 5% to a probability of 32%"
    assert round(odds.post_test(0.05, 9), 2) == 0.32


@pytest.mark.parametrize(
    ("count", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)]
)
def test_wilson_intervals_of_newcombe_1998_are_reproduced(count, n, low, high):
    row = odds.two_by_two(count, 5, n - count, 5).loc["sensitivity"]
    assert (round(row["low"], 4), round(row["high"], 4)) == (low, high)


def test_ratio_intervals_are_those_of_the_log_method_by_hand():
    table = odds.two_by_two(731, 270, 78, 1500)
    for measure, a, m, b, n in [("likelihood_ratio_positive", 731, 809, 270, 1770), ("likelihood_ratio_negative", 78, 809, 1500, 1770)]:
        spread = math.exp(1.959964 * math.sqrt(1 / a - 1 / m + 1 / b - 1 / n))
        value = (a / m) / (b / n)
        assert table.loc[measure, ["value", "low", "high"]].tolist() == pytest.approx([value, value / spread, value * spread], rel=1e-6)
    narrow = odds.two_by_two(731, 270, 78, 1500, confidence=0.8)
    assert (narrow["low"] > table["low"]).all()
    assert (narrow["high"] < table["high"]).all()


@pytest.mark.parametrize(
    ("finding", "condition", "counts"),
    [
        ("dorsiflexion_eversion_test", "tarsal_tunnel_syndrome", (36, 0, 8, 100)),
        ("triple_compression_test", "tarsal_tunnel_syndrome", (67, 0, 11, 80)),
        ("us_tibial_nerve_csa_15", "tarsal_tunnel_syndrome", (20, 0, 7, 21)),
        ("us_tibial_nerve_delta_csa", "tarsal_tunnel_syndrome", (22, 0, 5, 21)),
        ("windlass_test", "plantar_fasciitis", (7, 0, 15, 53)),
        ("windlass_test_nwb", "plantar_fasciitis", (3, 0, 19, 53)),
        ("us_plantar_fascia_thick", "plantar_fasciitis", (48, 0, 2, 50)),
        ("ncs_demyelinating", "guillain_barre", (115, 0, 20, 45)),
    ],
)
def test_rows_with_half_added_to_each_cell_follow_from_their_counts(finding, condition, counts):
    table = odds.two_by_two(*counts)
    assert table.attrs["added"] == 0.5
    assert table.loc["specificity", "value"] == 1  # the proportions stay as counted
    row = DEFAULTS[(DEFAULTS["finding_id"] == finding) & (DEFAULTS["condition_id"] == condition)].iloc[0]
    assert table.loc[["likelihood_ratio_positive", "likelihood_ratio_negative"], "value"].round(2).tolist() == [row["lr_positive"], row["lr_negative"]]
    assert np.isfinite(table[["value", "low", "high"]].to_numpy()).all()
    assert "zero_cell" in odds.test_result(finding, condition).warnings


def _could_round_to(row: dict, column: str) -> bool:
    """Whether numbers that round to the printed sensitivity and specificity can give the printed ratio (tried on a fine grid)."""

    def around(text, at_least=0):
        half = 0.5 * 10.0 ** -max(len(text.partition(".")[2]), at_least)
        return np.linspace(max(float(text) - half, 1e-9), min(float(text) + half, 1 - 1e-9), 201)

    sens, spec = np.meshgrid(around(row["sensitivity"], 2), around(row["specificity"], 2))
    ratio = sens / (1 - spec) if column == "lr_positive" else (1 - sens) / spec
    limits = (
        around(row[column])[[0, -1]] if float(row[column]) < 1 else float(row[column]) + np.array([-0.5, 0.5]) * 10.0 ** -len(row[column].partition(".")[2])
    )
    return bool(((ratio >= limits[0] - 1e-9) & (ratio <= limits[1] + 1e-9)).any())


def test_every_default_row_that_prints_both_agrees_within_rounding_or_is_listed():
    listed = set(zip(odds.disagreements()["accuracy_id"], odds.disagreements()["result"], strict=True))
    checked = 0
    for row, (result, column) in itertools.product(PRINTED, odds.RESULTS.items()):
        if row[column] and row["lr_origin"] == "printed":
            checked += 1
            assert _could_round_to(row, column) != ((row["accuracy_id"], result) in listed), (row["accuracy_id"], column)
    assert checked >= 25


def test_every_ratio_calculated_by_us_follows_from_its_sensitivity_and_specificity():
    for row, column in itertools.product(PRINTED, odds.RESULTS.values()):
        if row["lr_origin"] == "from_sensitivity_specificity" and row[column] and float(row["sensitivity"]) < 1:
            assert _could_round_to(row, column), (row["accuracy_id"], column)


def test_partly_printed_rows_agree_with_their_specificity():
    for row in TESTS[TESTS["lr_origin"] == "partly_printed"].itertuples():
        sensitivity = row.lr_positive * (1 - row.specificity)
        assert round(odds.from_sensitivity(sensitivity, row.specificity).absent, 2) == row.lr_negative


def test_two_default_rows_contradict_themselves_and_say_why():
    table = odds.disagreements().set_index("finding_id")
    assert table.index.tolist() == ["abi_low", "xray_osteomyelitis"]
    assert table["printed"].tolist() == [4.18, 1.969]
    assert table["implied"].round(2).tolist() == [5.36, 3.17]
    assert table.loc["abi_low", ["implied_low", "implied_high"]].astype(float).round(2).tolist() == [5.14, 5.59]
    assert "5.36" in table.loc["abi_low", "explanation"]
    assert "falsely normal" not in table.loc["abi_low", "explanation"]
    assert "pooled each measure separately" in table.loc["xray_osteomyelitis", "explanation"]
    assert "disagrees" in odds.test_result("abi_low", "peripheral_artery_disease").warnings


@pytest.mark.parametrize(("finding", "condition"), PAIRS)
def test_every_number_in_use_is_positive_and_finite_and_no_more_extreme_than_printed(finding, condition):
    for result in odds.RESULTS:
        test = odds.test_result(finding, condition, result)
        assert 0 < test.used < math.inf
        if not math.isnan(test.printed):
            assert (math.log10(test.used) * math.log10(max(test.printed, 1e-9))) >= 0
            assert abs(math.log10(test.used)) <= abs(math.log10(max(test.printed, 1e-9))) + 1e-12


def test_where_no_frequency_is_known_a_measured_ratio_counts_in_the_ranking_as_it_does_here():
    filling = ranking_tests(KB)
    assert len(filling) >= 10
    for finding, condition in zip(filling["finding_id"], filling["condition_id"], strict=True):
        for result in odds.RESULTS:
            reasons = heelkit.explain(condition, **{result: [finding]}).set_index("finding_id")
            assert math.isclose(odds.test_result(finding, condition, result).used, reasons.loc[finding, "likelihood_ratio"])


def test_a_frequency_comes_before_a_measured_ratio_in_the_ranking():
    p, background = 0.96, KB.findings.loc["thompson_test", "background_frequency"]
    reasons = heelkit.explain("achilles_rupture", present=["thompson_test"]).set_index("finding_id")
    assert math.isclose(reasons.loc["thompson_test", "likelihood_ratio"], p / background)
    assert not math.isclose(odds.test_result("thompson_test", "achilles_rupture").used, p / background, rel_tol=0.5)


@pytest.mark.parametrize(
    ("finding", "condition", "words"),
    [
        ("reduced_ienfd", "small_fiber_neuropathy", ["circular"]),
        ("piriformis_stretch_pain", "deep_gluteal_syndrome", ["circular", "unverified", "not_used"]),
        ("triple_compression_test", "tarsal_tunnel_syndrome", ["circular", "healthy_controls", "zero_cell"]),
        ("thompson_test", "achilles_rupture", ["few_without_disease"]),
        ("vibration_loss", "diabetic_polyneuropathy", ["middle_dropped"]),
        ("slump_test", "l5_radiculopathy", ["unverified"]),
        ("wells_dvt_low", "deep_vein_thrombosis", ["one_sided"]),
        ("xray_osteomyelitis", "calcaneal_osteomyelitis", ["one_sided", "disagrees"]),
        ("straight_leg_raise", "s1_radiculopathy", []),
    ],
)
def test_the_study_behind_a_number_comes_with_its_warnings(finding, condition, words):
    assert list(odds.test_result(finding, condition).warnings) == words


def test_almost_nobody_without_the_disease_is_said_of_the_morton_study():
    table = odds.comparison("morton_neuroma")
    assert table["warnings"].str.contains("few_without_disease").all()
    assert table["used_present"].isna().all()


def test_a_circular_test_shows_its_number_and_weighs_nothing():
    test = odds.test_result("piriformis_stretch_pain", "deep_gluteal_syndrome")
    assert (test.printed, test.used) == (5.18, 1.0)
    steps = odds.chain("deep_gluteal_syndrome", present=["piriformis_stretch_pain"])
    assert steps["probability"].nunique() == 1
    assert steps["why"].iloc[1].startswith("The engine does not use this number.")


def test_a_negative_likelihood_ratio_of_zero_becomes_small_but_not_zero():
    test = odds.test_result("mri_calcaneal_edema", "calcaneal_stress_fracture", "absent")
    assert (test.printed, round(test.used, 6)) == (0.0, 0.1)


def test_an_absent_sign_of_a_dangerous_condition_is_capped():
    test = odds.test_result("pvr_gt_100", "cauda_equina_syndrome", "absent")
    assert round(math.log10(test.used), 6) == -0.1
    assert "absence_capped" in test.warnings


def test_wells_score_then_d_dimer_by_hand():
    steps = odds.chain("deep_vein_thrombosis", present=["wells_dvt_low"], absent=["d_dimer_raised"], setting="emergency_department", discount=1)
    before = steps["odds"].iloc[0]
    assert steps["odds"].tolist() == pytest.approx([before, before * 0.25, before * 0.25 * 0.13])
    assert steps["probability"].tolist() == pytest.approx((steps["odds"] / (1 + steps["odds"])).tolist())


def test_levels_of_one_score_exclude_each_other():
    high = odds.chain("deep_vein_thrombosis", present=["wells_dvt_high"])
    both_said = odds.chain("deep_vein_thrombosis", present=["wells_dvt_high"], absent=["wells_dvt_low"])
    assert both_said["probability"].iloc[-1] == high["probability"].iloc[-1]
    assert "already it" in both_said["why"].iloc[-1]
    in_between = odds.chain("deep_vein_thrombosis", absent=["wells_dvt_high", "wells_dvt_low"])
    assert in_between["probability"].nunique() == 1
    with pytest.raises(ValueError, match="The Wells score has one result"):
        odds.chain("deep_vein_thrombosis", present=["wells_dvt_high", "wells_dvt_low"])


def test_a_higher_cutoff_says_all_about_the_lower_one():
    both = odds.chain("cauda_equina_syndrome", present=["pvr_gt_100", "pvr_gt_200"])
    alone = odds.chain("cauda_equina_syndrome", present=["pvr_gt_200"])
    assert math.isclose(both["probability"].iloc[-1], alone["probability"].iloc[-1])
    with pytest.raises(ValueError, match="cannot be pvr_gt_200 without being pvr_gt_100"):
        odds.chain("cauda_equina_syndrome", present=["pvr_gt_200"], absent=["pvr_gt_100"])


@pytest.mark.parametrize("discount", [0, 0.5, 1])
def test_a_chain_ends_where_the_explanation_of_the_ranking_ends(discount):
    tests = {"present": ["hla_b27_or_items", "mri_sacroiliitis"], "absent": ["crp_esr_raised"]}  # no frequency is known of these
    steps = odds.chain("spondyloarthritis_enthesitis", **tests, discount=discount)
    reasons = heelkit.explain("spondyloarthritis_enthesitis", **tests, discount=discount).set_index("finding_id")
    assert math.isclose(math.log10(steps["ratio_counted"].iloc[1:].prod()), reasons["log10_lr"].drop("pretest").sum(), abs_tol=1e-12)


def test_each_step_of_a_chain_is_what_the_tests_so_far_say():
    tests = ["straight_leg_raise", "slump_test", "crossed_straight_leg_raise", "pinprick_loss"]  # weak before strong
    whole = odds.chain("l5_radiculopathy", present=tests)
    for k in range(1, len(tests) + 1):
        part = odds.chain("l5_radiculopathy", present=tests[:k])
        assert part["probability"].tolist() == pytest.approx(whole["probability"].tolist()[: k + 1])


def test_straight_leg_raise_says_opposite_things_in_two_populations():
    rows = odds.comparison("s1_radiculopathy").query("finding_id == 'straight_leg_raise'").set_index("source_ids")
    assert rows["use"].iloc[0] == "default"
    assert sorted(zip(rows["sensitivity"], rows["specificity"], strict=True)) == [(0.36, 0.74), (0.9, 0.23), (0.92, 0.28)]


@pytest.mark.parametrize("condition", sorted(TESTS["condition_id"].dropna().unique()))
def test_a_comparison_shows_every_row_of_a_condition_once(condition):
    table = odds.comparison(condition)
    assert sorted(table.index) == sorted(TESTS.index[TESTS["condition_id"] == condition])
    used = table["use"] == "default"
    assert table.loc[used, ["used_present", "used_absent"]].notna().all(axis=None)
    assert table.loc[~used, ["used_present", "used_absent"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: odds.post_test(1.2, 3), "The pretest probability is 1.2; it must lie between 0 and 1"),
        (lambda: odds.post_test(math.nan, 3), "The pretest probability is nan"),
        (lambda: odds.post_test("10 %", 3), "The pretest probability is '10 %'"),
        (lambda: odds.post_test(0.5, -1), "must be a positive, finite number"),
        (lambda: odds.post_test(0.5, math.inf), "must be a positive, finite number"),
        (lambda: odds.from_sensitivity(1, 0.9), "The sensitivity is 1; .* give the counts to two_by_two"),
        (lambda: odds.from_sensitivity(0.9, 0.0), "The specificity is 0.0; .* give the counts to two_by_two"),
        (lambda: odds.from_sensitivity(90, 0.8), r"strictly between 0 and 1 \(0.8 means 80 %\)\.$"),
        (lambda: odds.two_by_two(0, 3, 0, 5), "Nobody in the table has the disease"),
        (lambda: odds.two_by_two(3, 0, 5, 0), "Nobody in the table is free of the disease"),
        (lambda: odds.two_by_two(-1, 3, 4, 5), "true_positive is -1; it must be a whole number of people"),
        (lambda: odds.two_by_two(1, 3, 4, 5.5), "true_negative is 5.5"),
        (lambda: odds.two_by_two(1, 3, 4, math.nan), "true_negative is nan"),
        (lambda: odds.two_by_two(1, 3, 4, 5, confidence=95), "The confidence is 95"),
        (lambda: odds.test_result("slump_tset", "s1_radiculopathy"), "Unknown finding 'slump_tset'; nearest: 'slump_test'"),
        (lambda: odds.test_result("slump_test", "s1_radiculopaty"), "Unknown condition 's1_radiculopaty'; nearest: 's1_radiculopathy'"),
        (lambda: odds.test_result("slump_test", "s1_radiculopathy", "presnt"), "Unknown result 'presnt'; nearest: 'present'"),
        (lambda: odds.test_result("first_step_pain", "plantar_fasciitis"), "No likelihood ratio is known for 'first_step_pain' in plantar_fasciitis"),
        (lambda: odds.test_result("compartment_pressure_raised", "chronic_exertional_compartment_syndrome"), "The reasoning is circular"),
        (lambda: odds.chain("plantar_fasciitis"), "Name at least one test. Tests with a number for plantar_fasciitis: us_plantar_fascia_thick"),
        (lambda: odds.chain("plantar_fasciitis", present=["first_step_pain"]), "Tests with a number: us_plantar_fascia_thick, windlass_test"),
        (lambda: odds.chain("plantar_fasciitis", ["windlass_test"], ["windlass_test"]), "Both present and absent: windlass_test"),
        (lambda: odds.chain("plantar_fasciitis", ["windlass_test"], discount=2), "discount is 2"),
        (lambda: odds.chain("plantar_fasciitis", ["windlass_test"], setting="home"), "Unknown setting 'home'"),
        (lambda: odds.comparison("heel_spur"), "No test is in the table for 'heel_spur'. Conditions with tests: achilles_rupture"),
    ],
)
def test_bad_input_gets_a_plain_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_a_certain_pretest_stays_certain_and_nobody_positive_leaves_a_gap():
    assert (odds.post_test(0, 5), odds.post_test(1, 0.2)) == (0, 1)
    table = odds.two_by_two(0, 0, 5, 20)
    assert math.isnan(table.loc["positive_predictive_value", "value"])
    assert table.loc["positive_predictive_value", "note"] == "Nobody tested positive, so it cannot be known."
    assert np.isfinite(table.drop(index="positive_predictive_value")[["value", "low", "high"]].to_numpy()).all()


@given(*[st.integers(1, 2_000)] * 4, st.floats(0.5, 0.999))
def test_intervals_are_those_of_statsmodels(true_positive, false_positive, false_negative, true_negative, confidence):
    table = odds.two_by_two(true_positive, false_positive, false_negative, true_negative, confidence)
    limits = proportion_confint(true_positive, true_positive + false_negative, 1 - confidence, "wilson")
    assert table.loc["sensitivity", ["low", "high"]].tolist() == pytest.approx(limits, rel=1e-9)
    theirs = Table2x2([[true_positive, false_negative], [false_positive, true_negative]])
    assert table.loc["likelihood_ratio_positive", "value"] == pytest.approx(theirs.riskratio, rel=1e-9)
    assert table.loc["likelihood_ratio_positive", ["low", "high"]].tolist() == pytest.approx(theirs.riskratio_confint(1 - confidence), rel=1e-9)
