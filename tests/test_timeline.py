"""Drug against onset: the verdicts by hand, the table behind them, its rules, and input that must be refused in a sentence."""

import math

import pandas as pd
import pytest

import heelkit
from heelkit import timeline
from heelkit.check import Table
from heelkit.drug_rules import drug_conditions, drug_times
from heelkit.errors import InputError
from heelkit.explore.timeline import timeline as explore
from heelkit.tables import KnowledgeBase, bundled_folder

KB = heelkit.load()
DRUGS = KB.drugs


def verdict(started, stopped=None, drug="metronidazole", kb=KB):
    return timeline.fits(started, stopped, drug, kb=kb).loc[drug, "verdict"]


@pytest.fixture
def made_up():
    """One drug whose times are easy to check by hand: 10 to 20 days after the start, up to 5 days after the stop."""
    kb = KnowledgeBase(bundled_folder())
    row = kb.drugs.iloc[0].to_dict() | {"onset_days_low": 10.0, "onset_days_high": 20.0, "can_begin_after_stop": "yes", "after_stop_days": 5.0}
    kb.tables["drugs"] = pd.DataFrame([row], index=pd.Index(["drug"], name="drug_id"))
    return kb


@pytest.mark.parametrize(
    ("started", "stopped", "expected"),
    [
        (9, None, "too_early"),
        (10, None, "inside"),
        (20, None, "inside"),
        (21, None, "too_late"),
        (-1, None, "started_after_onset"),
        (15, -3, "inside"),  # stopped after the onset: still taken at the onset
        (15, 0, "inside"),
        (15, 5, "coasting"),
        (40, 5, "coasting"),
        (40, 6, "too_long_after_stop"),
        (9, 3, "too_early"),
    ],
)
def test_verdicts_of_a_drug_whose_times_are_easy_to_check_by_hand(made_up, started, stopped, expected):
    assert verdict(started, stopped, "drug", made_up) == expected


@pytest.mark.parametrize(
    ("changes", "started", "stopped", "expected"),
    [
        ({"onset_days_high": math.nan}, 4000, None, "inside"),
        ({"onset_days_low": math.nan}, 1, None, "inside"),
        ({"onset_days_low": math.nan, "onset_days_high": math.nan}, 15, None, "not_known"),
        ({"after_stop_days": math.nan}, 40, 3, "not_known"),
        ({"can_begin_after_stop": "not_known", "after_stop_days": math.nan}, 15, 3, "not_known"),
        ({"can_begin_after_stop": "no", "after_stop_days": math.nan}, 15, 3, "too_long_after_stop"),
    ],
)
def test_what_no_source_gives_is_not_known_and_an_open_end_does_not_exclude(made_up, changes, started, stopped, expected):
    for field, value in changes.items():
        made_up.drugs[field] = value
    assert verdict(started, stopped, "drug", made_up) == expected


def test_times_as_dicts_give_each_drug_its_own():
    frame = timeline.fits({"metronidazole": 40, "cisplatin": 200, "statins": 900}, {"cisplatin": 60})
    assert frame.index.tolist() == ["metronidazole", "cisplatin", "statins"]
    assert frame["verdict"].tolist() == ["inside", "coasting", "not_known"]
    assert frame["in_time"].tolist() == ["yes", "yes", "not known"]
    assert frame["days_since_stop"].isna().tolist() == [True, False, True]


def test_all_drugs_of_the_table_are_judged_without_a_list():
    frame = timeline.fits(30)
    assert list(frame.index) == list(DRUGS.index)
    assert set(frame["verdict"]) <= set(timeline.IN_TIME)
    assert not frame["explanation"].str.contains("{", regex=False).any()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("started", "stopped"), [(1, None), (2000, None), (2000, 30), (2000, 1000), (-5, None)])
def test_no_explanation_keeps_an_unfilled_word(language, started, stopped):
    frame = timeline.fits(started, stopped, kb=KB, language=language)
    assert not frame[["explanation", "window"]].stack().str.contains("[{}]|nan", regex=True).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((30, None, "metronidazol"), "nearest: 'metronidazole'"),
        ((30, 31, "metronidazole"), "was stopped 31 days before the onset, but started only 30"),
        (("soon", None, "metronidazole"), "must be a number of days"),
        ((math.inf, None, "metronidazole"), "must be a number of days"),
        (({}, None, "metronidazole"), "No start is given for 'metronidazole'"),
        ((None, None, "metronidazole"), "No start is given for 'metronidazole'"),
    ],
)
def test_wrong_input_is_refused_in_a_sentence(arguments, message):
    with pytest.raises(InputError, match=message):
        timeline.fits(*arguments)


def test_a_day_is_said_as_a_reader_would():
    say = timeline.words(KB, "timeline")
    said = {1: "1 day", 13: "13 days", 14: "14 days (2 weeks)", 90: "90 days (3 months)", 731: "2 years", 913: "2.5 years"}
    assert {days: timeline.duration(days, say) for days in said} == said


def test_the_table_holds_what_the_lesson_needs():
    assert len(DRUGS) >= 16
    wanted = {"cisplatin", "oxaliplatin_acute", "oxaliplatin_chronic", "paclitaxel", "vincristine", "bortezomib", "thalidomide"}
    wanted |= {"metronidazole", "fluoroquinolone", "isoniazid", "nitrofurantoin", "phenytoin", "amiodarone", "statins"}
    assert wanted <= set(DRUGS.index)
    assert DRUGS[["name_es", "onset_words_es", "course_es"]].notna().all().all()


def test_a_drug_without_a_fitting_condition_has_none_and_a_disputed_one_says_so():
    assert DRUGS.loc["nitrofurantoin", "condition_id"] is None
    assert "disputed" in DRUGS.loc["statins", "onset_words"]
    assert pd.isna(DRUGS.loc["statins", ["onset_days_low", "onset_days_high"]]).all()


def table(**cells) -> Table:
    row = dict.fromkeys(("drug_id", "onset_days_low", "onset_days_high", "can_begin_after_stop", "after_stop_days", "condition_id", "drug_class"), "")
    row |= {"drug_id": "x", "can_begin_after_stop": "not_known", "drug_class": "antimicrobial"} | cells
    return Table({"name": "drugs", "path": "drugs.csv", "schema": {}}, list(row), [list(row.values())])


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"onset_days_low": "10", "onset_days_high": "9"}, "larger than onset_days_high"),
        ({"after_stop_days": "9"}, "can_begin_after_stop is 'not_known'"),
        ({"onset_days_low": "10", "onset_days_high": "10", "can_begin_after_stop": "yes", "after_stop_days": "9"}, None),
        ({"onset_days_low": "10"}, None),
    ],
)
def test_times_that_contradict_each_other_are_a_problem(cells, wrong):
    problems = [str(p) for p in drug_times(table(**cells))]
    assert len(problems) == (wrong is not None)
    assert wrong is None or wrong in problems[0]


def test_a_drug_filed_under_a_condition_that_no_drug_causes_is_a_problem():
    about = {"name": "presentations", "path": "presentations.csv", "schema": {}}
    seen = Table(about, ["condition_id", "finding_id"], [["metronidazole_neuropathy", "metronidazole_exposure"]])
    assert [str(p) for p in drug_conditions(table(condition_id="metronidazole_neuropathy"), seen)] == []
    assert "not an effect of one" in str(next(iter(drug_conditions(table(condition_id="heel_spur"), seen))))


def test_the_explorer_takes_and_gives_its_state():
    explorer = explore({"metronidazole": {"started": 60, "stopped": 10}, "statins": 900}, onset=20)
    assert explorer.view["rows"] == []  # nothing to peek at before the student commits
    explorer.state = {"prediction": ["metronidazole"]}
    assert explorer.view["right"] == explorer.view["known"] == 1
    assert explorer.result["verdict"].to_dict() == {"metronidazole": "inside", "statins": "not_known"}
    explorer.state = {"drugs": {"metronidazole": 15}, "onset": 20, "prediction": None}
    assert explorer.state == {"drugs": {"metronidazole": {"started": 15, "stopped": None}}, "onset": 20, "prediction": None}
    assert explorer.result["verdict"].tolist() == ["started_after_onset"]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"drugs": {"metronidazol": 3}}, "nearest: 'metronidazole'"),
        ({"drugs": {"statins": {"started": 3, "stopped": 4}}}, "was stopped 4 days before today"),
        ({"drugs": {"statins": {"stopped": 4}}}, "No start is given"),
        ({"drugs": {"statins": {"begun": 4}}}, "Unknown time of 'statins' 'begun'"),
        ({"drugs": ["statins"]}, "drugs must be a dict"),
        ({"onset": -1}, "from 0 to 20000"),
        ({"onset": 2.5}, "whole number of days"),
        ({"prediction": ["statins"]}, "not on the time line"),
        ({"onst": 3}, "nearest: 'onset'"),
    ],
)
def test_a_wrong_state_changes_nothing(state, message):
    explorer = explore({"metronidazole": 60})
    before = explorer.state
    with pytest.raises(InputError, match=message):
        explorer.state = state
    assert explorer.state == before


def test_the_picture_hides_the_answer_and_escapes_the_tables():
    kb = KnowledgeBase(bundled_folder())
    kb.drugs.loc["statins", "name"] = "<script>1</script>"
    picture = explore({"statins": 900}, kb=kb)._picture()
    assert "<script>" not in picture
    assert picture.index("<details>") < picture.index("<table>")
    assert len(picture) < 4000
