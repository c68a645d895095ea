"""What to ask next: red flags first, then information per effort, and a sentence when it is time to stop."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import heelkit
from heelkit.inquiry import ACTION_THRESHOLD, URGENT_FIRST, entropy, expected_information, one_answer_away, stop

KB = heelkit.load()
patients = st.lists(st.sampled_from(sorted(KB.findings.index)), unique=True, max_size=16).flatmap(
    lambda asked: st.integers(0, len(asked)).map(lambda cut: (asked[:cut], asked[cut:]))
)
few = settings(max_examples=40, deadline=None)


def test_hand_check_of_expected_information():
    belief, positive = np.array([0.6, 0.4]), np.array([[0.8, 0.3]])
    assert round(float(entropy(belief)), 3) == 0.971
    assert round(float(expected_information(belief, positive)[0]), 3) == 0.185


def _act_now(present, absent=()):
    table = heelkit.red_flags(present, absent)
    return set(table.loc[table["level"] == "act_now", "red_flag_id"])


@few
@given(patients)
def test_a_yes_to_a_red_flag_question_fires_its_rule_which_did_not_fire_before(patient):
    present, absent = patient
    before = _act_now(present, absent)
    for finding, rules in one_answer_away(present, absent, KB).items():
        assert finding not in {*present, *absent}
        assert not set(rules) & before
        assert set(rules) <= _act_now([*present, finding], absent)


@few
@given(patients, st.sampled_from([None, "history", "examination", "test"]))
def test_few_red_flag_questions_come_first_and_the_rest_is_sorted_by_bits_per_effort(patient, kind):
    table = heelkit.next_questions(*patient, kinds=kind)
    rest = 0
    while rest < min(URGENT_FIRST, len(table)) and table["red_flag"].iloc[rest]:
        rest += 1
    assert table["bits_per_effort"].iloc[rest:].is_monotonic_decreasing
    assert (table["bits"] >= 0).all()
    assert isinstance(table.attrs["stop"], str)


def test_bladder_trouble_asks_for_saddle_numbness_before_anything_else():
    table = heelkit.next_questions(present=["urinary_retention"])
    urgent = table[table["red_flag"] != ""]
    assert {"saddle_anesthesia", "reduced_anal_tone", "back_pain"} <= set(urgent["finding_id"])
    assert "rf_cauda_equina" in urgent["red_flag"].iloc[0].split(";")


def test_nothing_known_asks_no_red_flag_question_first():
    table = heelkit.next_questions()
    assert (table["red_flag"] == "").all()
    assert table.attrs["stop"] == ""


def test_a_numb_foot_does_not_put_a_nerve_biopsy_first():
    assert "nerve_biopsy_vasculitis" not in one_answer_away(["numbness"], [], KB)


def test_a_settled_leader_without_open_danger_stops_the_questions():
    present = ["first_step_pain", "tenderness_medial_calcaneal_tubercle", "windlass_test", "us_plantar_fascia_thick"]
    ranking = heelkit.rank(present, ["numbness"])
    assert ranking["probability"].iloc[0] >= 0.8
    assert ranking.loc[ranking["red_flag"], "probability"].max() < 0.01
    expected = f"Stop: Plantar fasciitis leads with {ranking['probability'].iloc[0]:.0%}, and every dangerous condition is below 1%."
    assert heelkit.next_questions(present, ["numbness"]).attrs["stop"] == expected


def test_a_danger_below_its_threshold_is_not_asked_about_first():
    present = ["first_step_pain", "tenderness_medial_calcaneal_tubercle", "windlass_test", "us_plantar_fascia_thick", "calf_tenderness"]
    table = heelkit.next_questions(present, ["numbness"])
    assert "rf_dvt" in ";".join(table["red_flag"])  # still marked
    assert heelkit.rank(present, ["numbness"]).loc["deep_vein_thrombosis", "probability"] < ACTION_THRESHOLD
    assert not table["red_flag"].iloc[0]


def test_a_dangerous_condition_above_its_threshold_forbids_stopping_for_the_leader():
    dangerous = KB.conditions.index.get_loc("cauda_equina_syndrome")
    belief = np.full(len(KB.conditions) + 1, 0.0001)
    belief[KB.conditions.index.get_loc("plantar_fasciitis")] = 0.9
    questions = heelkit.next_questions()
    assert stop(questions, belief, KB).startswith("Stop: Plantar fasciitis leads with 90%")
    belief[dangerous] = 0.02
    assert stop(questions, belief, KB) == ""
    useless = questions.assign(bits=0.01)
    assert stop(useless, belief, KB).endswith("Not yet below 1%, so decide what to do about it: Cauda equina syndrome.")


def test_no_answer_worth_a_question_stops_and_says_how_little_it_would_tell():
    questions = heelkit.next_questions()
    belief = np.full(len(KB.conditions) + 1, 1 / (len(KB.conditions) + 1))
    sentence = stop(questions.assign(bits=0.0123, red_flag=""), belief, KB)
    assert sentence.startswith("Stop: the best of these questions is expected to tell 0.012 bit, less than 0.05.")
    assert stop(questions.iloc[:0], belief, KB).startswith("Stop: nothing of this kind is left to ask.")
    asked = KB.findings.index[KB.findings["kind"] == "history"].tolist()
    assert len(heelkit.next_questions(absent=asked, kinds="history")) == 0


def test_the_worked_example_folder_has_its_own_stop(worked_example):
    kb = heelkit.load(worked_example)
    table = heelkit.next_questions(kb=kb)
    assert "red_flag" in table.columns
    assert isinstance(table.attrs["stop"], str)
