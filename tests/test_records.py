"""What a student commits to on the page goes into their own record, once; what a notebook sets does not."""

import pytest

from heelkit.explore import alarms, claims, conditions, lesion, next_test, odds, pressure, quiz, skin, timeline, where, wiring
from heelkit.progress import read_events

CASE = ["deep_vein_thrombosis", "primary_care", [["wells_dvt_high", "present"]]]
DRUGS = {"metronidazole": {"started": 60, "stopped": 10}}
TIMES = [[["metronidazole", 60, 10]], 18]
LEG = ["chronic_exertional", 24.0, 15.0, 8.0, 75.0]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """What the record holds now: item, given, right of every prediction."""
    monkeypatch.setenv("HEELKIT_PROGRESS", str(tmp_path / "record.jsonl"))

    def kept() -> list[tuple]:
        events = read_events()
        return list(events.loc[events["kind"] == "prediction", ["item", "given", "right"]].itertuples(index=False, name=None))

    return kept


COMMITMENTS = [  # the explorer, what the page sends, and what is kept of it: given, right
    ("conditions", lambda: conditions(["first_step_pain"]), {"prediction": "plantar_fasciitis"}, "plantar_fasciitis", True),
    ("conditions", lambda: conditions(["first_step_pain"]), {"prediction": "heel_spur"}, "heel_spur", False),
    ("next_test", lambda: next_test(["first_step_pain"]), {"choice": "stop"}, "stop", False),
    ("odds", lambda: odds(CASE[0], CASE[1], ["wells_dvt_high"]), {"prediction": {"probability": 0.99, "case": CASE}}, "0.99", False),
    ("odds", lambda: odds(CASE[0]), {"prediction": {"probability": 0.3, "case": [*CASE[:2], []]}}, "0.3", None),  # no test was chosen
    ("lesion", lambda: lesion("sural_lateral_ankle"), {"skin": ["heel_medial"], "revealed": True}, "heel_medial", False),
    ("where", lambda: where(weak=["tibialis_anterior"]), {"prediction": "site_root_s1"}, "site_root_s1", False),
    ("where", lambda: where(), {"prediction": "site_root_s1"}, "site_root_s1", None),  # nothing was examined
    ("skin", lambda: skin("root_s1"), {"selected": ["leg_medial"], "revealed": True}, "leg_medial", False),
    ("claims", lambda: claims("numb_heels_listicle"), {"verdicts": {"claim_071": "supported"}}, "supported", True),
    ("alarms", lambda: alarms("cauda_lifting"), {"answers": {"cauda_lifting": "no_hurry"}}, "no_hurry", False),
    ("timeline", lambda: timeline(DRUGS, onset=18), {"prediction": {"drugs": ["metronidazole"], "case": TIMES}}, "metronidazole", True),
    ("pressure", lambda: pressure(), {"prediction": {"pressure": 1, "pattern": "none", "case": LEG}}, "1;none", False),
]


@pytest.mark.parametrize(("item", "make", "sent", "given", "right"), COMMITMENTS)
def test_a_commitment_on_the_page_is_kept_once(item, make, sent, given, right, kept):
    explorer = make()
    assert kept() == []
    explorer.set_state(sent)
    assert kept() == [(item, given, right)]
    explorer.set_state({"setting": "running_clinic"} if hasattr(explorer, "setting") else {})
    assert kept() == [(item, given, right)]
    assert explorer.notice == ""


def test_cutting_a_nerve_after_a_prediction_is_a_commitment(kept):
    explorer = wiring("inferior_calcaneal_nerve_calcaneus")
    explorer.set_state({"weak": ["abductor_digiti_minimi"]})
    explorer.set_state({"cut": "inferior_calcaneal_nerve_calcaneus"})
    assert kept() == [("wiring", "abductor_digiti_minimi", True)]


def test_looking_without_a_prediction_is_not_kept(kept):
    conditions().set_state({"prediction": ""})
    odds(CASE[0]).set_state({"prediction": {}})
    skin("root_s1").set_state({"selected": [], "revealed": True})
    lesion("soleal_sling").set_state({"revealed": True})
    wiring("sural_nerve_calf").set_state({"cut": "sural_nerve_calf"})
    timeline(DRUGS).set_state({"prediction": {}})
    assert kept() == []


def test_what_a_notebook_sets_is_not_kept_with_the_students_next_answer(kept):
    explorer = claims("numb_heels_listicle")
    explorer.state = {"verdicts": {"claim_071": "supported"}}
    explorer.set_state({"verdicts": {"claim_071": "supported", "claim_084": "wrong"}})
    assert [given for _, given, _ in kept()] == ["wrong"]


def test_a_judgment_taken_back_and_given_again_counts_again(kept):
    explorer = claims("numb_heels_listicle")
    for verdicts in ({"claim_071": "wrong"}, {}, {"claim_071": "supported"}):
        explorer.set_state({"verdicts": verdicts})
    assert [right for *_, right in kept()] == [False, True]


def test_a_record_that_cannot_be_written_is_said_in_the_students_language(tmp_path, monkeypatch):
    monkeypatch.setenv("HEELKIT_PROGRESS", "/dev/null/record.jsonl")
    for language, word in (("en", "could not be kept"), ("es", "no se pudo guardar")):
        explorer = conditions(language=language)
        explorer.set_state({"prediction": "heel_spur"})
        assert word in explorer.notice
        assert explorer.prediction == "heel_spur"


def test_a_quiz_answer_of_a_notebook_is_not_the_students(kept):
    check = quiz("05")
    first, second = check.result.index[:2]
    check.state = {"answers": {first: "A"}}
    check.set_state({"answers": {first: "A", second: "B"}})
    assert read_events()["item"].tolist() == [second]


def test_parts_that_change_together_are_worked_out_once(monkeypatch):
    explorer, views = where(weak=["tibialis_anterior"]), []
    explorer.observe(lambda change: views.append(change["new"]), "view")
    monkeypatch.setattr(explorer, "_refresh", lambda real=explorer._refresh: (views.append("refreshed"), real()))
    explorer.state = {"weak": ["gastrocnemius"], "numb": ["heel_lateral"], "reflexes": {"ankle": "reduced"}}
    assert views.count("refreshed") == 1
    assert len(views) == 2, "and the page is told once"
    assert explorer.view == where(weak=["gastrocnemius"], numb=["heel_lateral"], reflexes={"ankle": "reduced"}).view
