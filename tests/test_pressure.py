"""The pressure of a run: the model, its cutoffs, the published values it is shown with, and input that must be refused in a sentence."""

import math
import re

import pytest

import heelkit
from heelkit import compartment
from heelkit.compartment import LEGS, LIMITS, Leg, cutoffs, pattern, run
from heelkit.explore import pressure
from heelkit.tables import KnowledgeBase, bundled_folder

KB = heelkit.load()


def reading(leg: str, moment: str, **values) -> float:
    return run(leg, **values).set_index("moment").loc[moment, "pressure"]


def test_cutoffs_are_those_of_the_reference_table():
    printed = {name: float(re.search(r"\d+", KB.reference_values.loc[row, "cutoff"]).group()) for name, row in compartment._CUTOFFS.items()}
    assert cutoffs() == printed == {"rest": 15, "after_1_minute": 30, "after_5_minutes": 20, "perfusion": 30}


def test_a_cutoff_without_a_number_names_its_row():
    spoiled = KnowledgeBase(bundled_folder())
    spoiled.tables["reference_values"] = spoiled.reference_values.assign(cutoff="high")
    with pytest.raises(ValueError, match=r"'compartment_pressure_rest': the cutoff holds no number"):
        cutoffs(spoiled)


@pytest.mark.parametrize("name", LEGS)
def test_curve_joins_at_the_start_and_at_the_end_of_the_run(name):
    leg = LEGS[name]
    assert compartment.pressure(-leg.minutes, leg) == pytest.approx(leg.rest)
    assert compartment.pressure(-leg.minutes - 10, leg) == pytest.approx(leg.rest)
    assert compartment.pressure(0, leg) == pytest.approx(leg.rest + leg.rise)
    assert compartment.pressure(-1e-9, leg) == pytest.approx(compartment.pressure(0, leg))


def test_half_of_what_is_left_is_gone_after_each_half_time():
    leg = Leg(rest=10, rise=64, later_rise=0, minutes=10, half_time=3)
    assert compartment.pressure([0, 3, 6, 9], leg).tolist() == pytest.approx([74, 42, 26, 18])


def test_curve_climbs_during_the_run_and_only_the_acute_leg_climbs_on():
    for name, leg in LEGS.items():
        during, after = compartment.pressure([-8, -4, 0], leg), compartment.pressure([0, 5, 30], leg)
        assert during[0] < during[1] < during[2]
        assert (after[0] < after[1] < after[2]) == (name == "acute")


@pytest.mark.parametrize(("name", "expected"), [("healthy", "none"), ("chronic_exertional", "chronic"), ("acute", "acute")])
def test_each_leg_starts_with_its_own_pattern(name, expected):
    assert pattern(run(name)) == expected


@pytest.mark.parametrize(
    ("moment", "values", "expected"),
    [
        ("rest", {"rest": 15}, "yes"),
        ("rest", {"rest": 14.9}, "no"),
        ("after_1_minute", {"rest": 0, "half_time": 10}, "no"),
        ("after_1_minute", {"rest": 0, "half_time": 15}, "yes"),
    ],
)
def test_a_criterion_is_met_from_its_cutoff_on(moment, values, expected):
    assert run("healthy", **values).set_index("moment").loc[moment, "met"] == expected


def test_a_slow_healthy_leg_meets_the_criteria_of_the_chronic_pattern():
    assert pattern(run("healthy", half_time=8)) == "chronic"


def test_blood_pressure_alone_can_bring_a_leg_to_the_acute_cutoff():
    assert pattern(run("chronic_exertional", diastolic=75)) == "chronic"
    assert pattern(run("chronic_exertional", diastolic=44)) == "acute"
    assert reading("acute", "after_30_minutes", diastolic=100) == reading("acute", "after_30_minutes", diastolic=50)


def test_the_model_passes_through_the_published_ranges_of_its_legs():
    table = KB.pressures[~KB.pressures["compartment"].str.contains("posterior") & KB.pressures["high"].notna()]
    moments = {"during_exercise": "stop", "injured": "after_30_minutes"}
    checked = set()
    for row in table.itertuples():
        value = reading(row.group_id, moments.get(row.moment, row.moment))
        assert row.low <= value <= row.high, row.Index
        checked.add(row.group_id)
    assert checked == set(LEGS)


def test_published_rows_hold_a_value_with_limits_around_it_and_name_their_interval():
    for row in KB.pressures.itertuples():
        if not math.isnan(row.mean) and not math.isnan(row.high):
            assert row.low < row.mean < row.high, row.Index
        assert math.isnan(row.high) or row.interval_kind, row.Index
        assert row.group_id in LEGS


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"leg": "chronic"}, "Unknown leg 'chronic'; nearest: 'chronic_exertional'."),
        ({"rest": 31}, "rest is 31; it must be a number from 0 to 30."),
        ({"minutes": "ten"}, "minutes is 'ten'; it must be a number from 3 to 40."),
        ({"half_time": 0}, "half_time is 0; it must be a number from 0.5 to 15."),
        ({"diastolic": True}, "diastolic is True; it must be a number from 40 to 110."),
        ({"diastolic": float("nan")}, "diastolic is nan; it must be a number from 40 to 110."),
    ],
)
def test_run_refuses_what_is_not_possible(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        run(**arguments)


# --- the explorer -----------------------------------------------------------------------------


def test_nothing_after_the_run_is_sent_before_the_student_commits():
    explorer = pressure("acute")
    assert max(minute for curve in explorer.view["curves"] for minute, _ in curve["points"]) == 0
    assert explorer.view["rows"] == [] and explorer.view["told"] is None
    assert all(mark["minute"] <= 0 for mark in explorer.view["marks"])
    explorer.state = {"prediction": {"pressure": 60, "pattern": "acute"}}
    assert max(minute for curve in explorer.view["curves"] for minute, _ in curve["points"]) == 32
    assert "very close" in explorer.view["told"]["verdict"]
    assert "Red flag" in explorer.view["told"]["says"]


def test_curve_on_screen_and_result_are_the_same_numbers():
    explorer = pressure("chronic_exertional", predict=False)
    explorer.state = {"half_time": 4, "rest": 18}
    drawn = dict(map(tuple, explorer.view["curves"][0]["points"]))
    for row in explorer.result[explorer.result["minute"] >= 0].itertuples():
        assert drawn[row.minute] == pytest.approx(row.pressure, abs=0.051)
    assert [r["pressure"] for r in explorer.view["rows"]] == [round(p) for p in explorer.result["pressure"]]


def test_a_new_leg_brings_its_own_values_and_a_slider_changes_only_itself():
    explorer = pressure("healthy", predict=False)
    explorer.state = {"leg": "acute"}
    assert (explorer.state["rest"], explorer.state["minutes"]) == (LEGS["acute"].rest, LEGS["acute"].minutes)
    explorer.state = {"diastolic": 60}
    assert explorer.state["leg"] == "acute" and explorer.state["rest"] == LEGS["acute"].rest


def test_a_prediction_for_other_values_is_not_compared():
    explorer = pressure()
    explorer.state = {"prediction": {"pressure": 30, "pattern": "chronic"}}
    explorer.state = {"half_time": 10}
    assert explorer.view["told"]["verdict"] == "Your prediction was made for other values."


def test_all_three_legs_are_drawn_on_demand():
    explorer = pressure(predict=False)
    explorer.state = {"others": True}
    assert {curve["leg"] for curve in explorer.view["curves"]} == set(LEGS)
    assert {mark["leg"] for mark in explorer.view["marks"]} == set(LEGS)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"legs": "acute"}, "Unknown part of the state 'legs'; nearest: 'leg', 'rest'."),
        ({"leg": "acut"}, "Unknown leg 'acut'; nearest: 'acute'."),
        ({"rest": 99}, "rest is 99; it must be a number from 0 to 30."),
        ({"others": 1}, "others must be True or False, not 1."),
        ({"prediction": 30}, "prediction is 30; it must be None or a dict with 'pressure' (mmHg) and 'pattern'."),
        ({"prediction": {"pressure": 30, "pattern": "chronical"}}, "Unknown pattern 'chronical'; nearest: 'chronic'."),
        ({"prediction": {"pressure": -1, "pattern": "none"}}, "pressure is -1; it must be a number of mmHg from 0 to 125."),
    ],
)
def test_a_wrong_state_is_refused_as_a_whole(state, sentence):
    explorer = pressure()
    before = explorer.state
    with pytest.raises(ValueError, match=re.escape(sentence)):
        explorer.state = {"diastolic": 80, **state}
    assert explorer.state == before


def test_state_can_be_saved_and_set_again():
    explorer = pressure()
    explorer.state = {"leg": "healthy", "half_time": 3, "others": True, "prediction": {"pressure": 12, "pattern": "none"}}
    twin = pressure()
    twin.state = explorer.state
    assert twin.state == explorer.state
    assert repr(twin) == repr(explorer)
    assert twin.result.equals(explorer.result)


def test_picture_hides_the_answer_until_the_reader_predicts_and_is_small():
    picture = pressure()._picture()
    assert picture.count("<details>") == 1 and "Five minutes after stopping" in picture.split("<details>")[1]
    assert len(picture) < 8000
    assert "<script" not in picture and "<svg" not in picture
    assert "<details>" not in pressure(predict=False)._picture()


def test_every_word_has_a_spanish_twin_with_the_same_blanks():
    mine = KB.words[KB.words["explorer"] == "pressure"]
    assert mine["text_es"].notna().all()
    for row in mine.itertuples():
        assert sorted(re.findall(r"\{\w+\}", row.text)) == sorted(re.findall(r"\{\w+\}", row.text_es)), row.word_id


def test_spanish_explorer_speaks_spanish():
    explorer = pressure("acute", language="es", predict=False)
    assert explorer.view["told"]["says"].startswith("Señal de alarma")
    assert "[en]" not in " ".join(mark["text"] for mark in explorer.view["marks"])
    with pytest.raises(ValueError, match="Unknown language 'sp'"):
        pressure(language="sp")


def test_limits_of_the_sliders_are_accepted_by_the_model():
    for name, limits in LIMITS.items():
        for value in limits:
            assert run("healthy", **{name: value})["pressure"].notna().all()
