"""The stories of the red-flag lesson against the rules, and the explorer that shows them."""

import pytest

import heelkit
from heelkit.alarm_rules import ALLOWED, URGENCIES
from heelkit.explore.alarms import alarms, verdict

KB = heelkit.load()
TOLD = [pytest.param(story, id=alarm_id) for alarm_id, story in KB.alarms.iterrows()]


def cell(text) -> list[str]:
    return text.split(";") if isinstance(text, str) else []


def fired(story):
    return heelkit.red_flags(cell(story["present"]), cell(story["absent"]))


@pytest.mark.parametrize("story", TOLD)
def test_the_rule_of_a_story_fires_and_no_faster_one_contradicts_its_speed(story):
    flags = fired(story)
    urgent = flags[flags["level"] == "act_now"]
    if not isinstance(story["red_flag_id"], str):
        assert story["urgency"] == "no_hurry"
        assert flags.empty
        return
    assert story["red_flag_id"] in set(flags["red_flag_id"])
    level = KB.red_flags.loc[story["red_flag_id"], "level"]
    assert story["urgency"] in ALLOWED[level]
    if level == "think_of_it":
        assert urgent.empty


def test_every_red_flag_has_a_story_and_there_are_ten_look_alikes():
    assert set(KB.alarms["red_flag_id"].dropna()) == set(KB.red_flags.index)
    assert KB.alarms["red_flag_id"].isna().sum() >= 10


def test_every_story_is_told_in_spanish_with_its_clue():
    assert KB.alarms[["story_es", "clue_es"]].notna().all().all()


def test_an_absent_finding_silences_no_story():
    for _, story in KB.alarms.iterrows():
        with_absent, without = fired(story), heelkit.red_flags(cell(story["present"]))
        assert with_absent["red_flag_id"].tolist() == without["red_flag_id"].tolist()


@pytest.mark.parametrize(
    ("answer", "urgency", "expected"), [("act_now", "act_now", "right"), ("today", "act_now", "too_slow"), ("act_now", "no_hurry", "too_fast")]
)
def test_an_answer_is_marked_against_the_clock(answer, urgency, expected):
    assert verdict(answer, urgency) == expected


def test_a_result_tells_nothing_before_the_answer():
    drill = alarms(["cauda_lifting", "first_steps"])
    drill.state = {"answers": {"first_steps": "today"}}
    assert drill.result.loc["cauda_lifting"].isna().all()
    row = drill.result.loc["first_steps"]
    assert row.tolist() == ["", "today", "no_hurry", "too_fast", ""]


def test_misses_are_explained_with_the_price_of_the_side_they_err_on():
    drill = alarms(["cauda_lifting", "first_steps", "hot_painless_foot"])
    assert drill.misses.table.empty
    drill.state = {"answers": {"cauda_lifting": "this_week", "first_steps": "act_now", "hot_painless_foot": "today"}}
    told = drill.misses.table["statement"].tolist()
    slow, fast = KB.alarms.loc["cauda_lifting"], KB.alarms.loc["first_steps"]
    assert told == [slow["clue"], slow["clock"], slow["too_late"], fast["clue"], fast["clock"], fast["too_early"]]


def test_stories_are_chosen_by_id_by_rule_and_by_speed():
    assert list(alarms("rf_charcot").result.index) == ["hot_painless_foot"]
    assert list(alarms(["first_steps", "rf_charcot", "first_steps"]).result.index) == ["first_steps", "hot_painless_foot"]
    assert set(alarms("act_now").result.index) == set(KB.alarms.index[KB.alarms["urgency"] == "act_now"])
    assert len(alarms().result) == len(KB.alarms)


def test_the_same_seed_mixes_the_same_way():
    first, again, other = (list(alarms("today", shuffle=True, seed=seed).result.index) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert set(first) == set(other)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"storey": "first_steps"}, "Unknown part of the state 'storey'; nearest: 'story'"),
        ({"story": "first_step"}, "Unknown story 'first_step'; nearest: 'first_steps'"),
        ({"answers": {"first_step": "today"}}, "Unknown story 'first_step'; nearest: 'first_steps'"),
        ({"answers": {"first_steps": "tody"}}, "Unknown urgency 'tody'; nearest: 'today'"),
        ({"answers": ["first_steps"]}, "answers must be a dict"),
    ],
)
def test_a_wrong_state_is_refused_as_a_whole(state, says):
    drill = alarms(["first_steps"])
    with pytest.raises(ValueError, match=says):
        drill.state = state
    assert drill.state == {"story": "first_steps", "answers": {}}


@pytest.mark.parametrize("wrong", [{"which": "rf_charcott"}, {"which": []}, {"language": "esp"}])
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError):
        alarms(**wrong)


def test_the_picture_shows_the_story_and_not_the_answer():
    drill = alarms(["hot_painless_foot"])
    picture = drill._picture()
    assert "got a new foot" in picture
    assert "Charcot" not in picture
    assert len(picture) < 1500


def test_spanish_stories_and_words_and_marked_english_where_a_rule_is_not_translated():
    drill = alarms(["hot_painless_foot"], language="es")
    shown = drill.catalog["stories"][0]
    assert shown["story"][1] == KB.alarms.loc["hot_painless_foot", "clue_es"]
    assert [u["label"] for u in drill.catalog["urgencies"]] == ["Actuar ya", "Hoy", "Esta semana", "Sin prisa"]
    assert not [text for text in drill.words.values() if text.startswith("[en]")]


def test_the_words_of_a_speed_are_those_of_the_table():
    assert tuple(u["id"] for u in alarms("first_steps").catalog["urgencies"]) == URGENCIES
