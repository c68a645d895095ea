"""The cases can be played, the answers are marked with reasons, and nothing is invented."""

import math

import pandas as pd
import pytest

import heelkit
from heelkit.cases import NOT_DESCRIBED, URGENCIES, Encounter, cases
from heelkit.errors import InputError
from heelkit.explore.clinic import VERBS, clinic
from heelkit.marking import POINTS, best_path, chance, marks, turning_finding
from heelkit.red_flags import red_flags

KB = heelkit.load()
CASES = sorted(KB.cases.index)


def played(case_id: str, only=None) -> Encounter:
    """The patient after everything the case describes was asked."""
    patient = Encounter(case_id)
    for finding in only if only is not None else patient.script.index:
        getattr(patient, VERBS[KB.findings.loc[finding, "kind"]])(finding)
    return patient


def answered(patient: Encounter, **change) -> pd.DataFrame:
    main_first = patient.answers.sort_values().index.tolist()  # "main" before "second"
    site = patient.case["site_id"] if isinstance(patient.case["site_id"], str) else None
    patient.commit(**{"conditions": main_first, "site": site, "urgency": patient.case["urgency"], "confidence": 1.0} | change)
    return marks(patient)


# --- the collection -----------------------------------------------------------------------------


def test_there_are_enough_cases_of_enough_kinds():
    assert len(CASES) >= 40
    assert KB.case_conditions["condition_id"].nunique() >= 35
    assert (KB.case_conditions["role"] == "second").sum() >= 4
    assert KB.conditions.loc[KB.case_conditions.query("role == 'main'")["condition_id"], "red_flag"].sum() >= 10
    assert set(KB.cases["level"]) == {1, 2, 3}


@pytest.mark.parametrize("case_id", CASES)
def test_a_case_describes_what_a_good_clinician_asks(case_id):
    mine = KB.case_findings[KB.case_findings["case_id"] == case_id]
    kinds = KB.findings.loc[mine["finding_id"], "kind"].value_counts()
    assert len(mine) >= 15
    assert all(kinds.get(kind, 0) >= 2 for kind in VERBS)
    assert (mine["state"] == "absent").sum() >= 4
    assert 1 <= mine["opening"].sum() <= 5


@pytest.mark.parametrize("case_id", CASES)
def test_a_case_does_not_contradict_itself(case_id):
    state = played(case_id).known
    if state.get("numbness") == "absent":
        assert [f for f, s in state.items() if f.startswith("numb_") and s == "present"] == []
    names = KB.conditions.loc[Encounter(case_id).answers.index, "name"]
    told = (KB.cases.loc[case_id, "title"] + KB.cases.loc[case_id, "opening"]).lower()
    assert [name for name in names if name.lower() in told] == [], "the opening gives the answer away"


@pytest.mark.parametrize("case_id", CASES)
def test_alarms_of_a_case_fire_and_agree_with_its_urgency(case_id):
    patient = played(case_id)
    fired = patient.red_flags().set_index("red_flag_id")["level"]
    wanted = [i for i in (patient.case["red_flag_ids"] or "").split(";") if i]
    assert set(wanted) <= set(fired.index)
    if patient.case["urgency"] in ("this_week", "no_hurry"):
        assert "act_now" not in set(fired), "an alarm that says act now needs a case that is acted on today or now"


@pytest.mark.parametrize("case_id", CASES)
def test_the_right_answer_gets_every_point_for_it(case_id):
    table = answered(played(case_id))
    for line in ("condition", "site", "urgency", "confidence"):
        assert table.loc[line, "points"] == POINTS[line], table.loc[line, "why"]
    if "alarm" in table.index:
        assert table.loc["alarm", "points"] == POINTS["alarm"]
    assert "change_of_mind" not in table.index


# --- the encounter ------------------------------------------------------------------------------

ONE = CASES[0]


def test_what_the_case_does_not_describe_is_said_and_costs_nothing():
    patient = Encounter(ONE)
    silent = next(f for f in KB.findings.index[KB.findings["kind"] == "history"] if f not in patient.script.index)
    reply = patient.ask(silent)
    assert (reply.state, reply.text, reply.effort) == (NOT_DESCRIBED, "", 0.0)
    assert silent not in patient.known
    assert patient.effort == 0


def test_asking_twice_costs_once_and_the_opening_costs_nothing():
    patient = Encounter(ONE)
    hidden = patient.script.index[~patient.script["opening"]][0]
    ask = getattr(patient, VERBS[KB.findings.loc[hidden, "kind"]])
    assert ask(hidden) == ask(hidden)
    assert patient.effort == KB.findings.loc[hidden, "effort"]
    told = next(iter(patient.told))
    getattr(patient, VERBS[KB.findings.loc[told, "kind"]])(told)
    assert patient.effort == KB.findings.loc[hidden, "effort"]


def test_what_is_known_is_the_opening_and_the_answers():
    patient = Encounter(ONE)
    assert patient.known == patient.told
    assert played(ONE).known == patient.script["state"].to_dict()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda p: p.ask("tingeling"), "Unknown finding 'tingeling'; nearest: 'tingling'"),
        (lambda p: p.ask("reduced_ankle_reflex"), r"use examine\('reduced_ankle_reflex'\)"),
        (lambda p: p.commit("heel_spurr", urgency="today", confidence=0.5), "Unknown condition 'heel_spurr'; nearest: 'heel_spur'"),
        (lambda p: p.commit("heel_spur", urgency="todday", confidence=0.5), "Unknown urgency 'todday'; nearest: 'today'"),
        (lambda p: p.commit("heel_spur", site="tarsal_tunel", urgency="today", confidence=0.5), "Unknown lesion site 'tarsal_tunel'"),
        (lambda p: p.commit("heel_spur", urgency="today", confidence=80), "between 0 and 1"),
        (lambda p: p.commit(["heel_spur", "heel_spur"], urgency="today", confidence=0.5), "Name one condition"),
        (lambda p: p.commit([], urgency="today", confidence=0.5), "Name one condition"),
        (lambda p: marks(p), "Commit to an answer first"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(wrong, says):
    patient = Encounter(ONE)
    with pytest.raises(InputError, match=says):
        wrong(patient)
    assert patient.replies == []
    assert patient.commitment is None


def test_after_the_commitment_nothing_more_can_be_asked_or_committed():
    patient = Encounter(ONE)
    answered(patient)
    for late in (lambda: patient.ask("numbness"), lambda: patient.commit("heel_spur", urgency="today", confidence=0.5)):
        with pytest.raises(InputError, match="given"):
            late()


# --- the marking --------------------------------------------------------------------------------


def test_urgency_too_slow_gets_nothing_and_one_step_too_fast_gets_half():
    urgent = next(c for c in CASES if KB.cases.loc[c, "urgency"] == "today")
    points = {given: answered(played(urgent), urgency=given).loc["urgency", "points"] for given in URGENCIES}
    assert points == {"act_now": 1.0, "today": 2.0, "this_week": 0.0, "no_hurry": 0.0}


def test_confidence_is_marked_by_the_brier_score():
    right = answered(played(ONE), confidence=0.7).loc["confidence", "points"]
    wrong = next(c for c in KB.conditions.index if c not in Encounter(ONE).answers.index)
    missed = answered(played(ONE), conditions=wrong, confidence=0.7).loc["confidence", "points"]
    assert right == pytest.approx(POINTS["confidence"] * (1 - 0.3**2))
    assert missed == pytest.approx(POINTS["confidence"] * (1 - 0.7**2))


def test_one_of_two_conditions_gets_half():
    two = KB.case_conditions.query("role == 'second'")["case_id"].iloc[0]
    patient = played(two)
    main = patient.answers.index[patient.answers == "main"][0]
    assert answered(patient, conditions=main).loc["condition", "points"] == POINTS["condition"] / 2


def test_an_alarm_that_was_never_uncovered_is_named():
    case_id = next(c for c in CASES if isinstance(KB.cases.loc[c, "red_flag_ids"], str) and not set(Encounter(c).red_flags()["red_flag_id"]))
    line = answered(Encounter(case_id)).loc["alarm"]
    assert line["points"] == 0
    assert KB.red_flags.loc[KB.cases.loc[case_id, "red_flag_ids"].split(";")[0], "name"] in line["why"]


@pytest.mark.parametrize("case_id", CASES[::5])
def test_the_best_path_stays_in_its_budget_and_gains_what_it_says(case_id):
    patient = Encounter(case_id)
    path = best_path(patient, 6)
    assert path["effort"].sum() <= 6
    assert (path["bits"] > 0).all()
    known = patient.told | patient.script.loc[path.index, "state"].to_dict()
    assert path["bits"].sum() == pytest.approx(math.log2(chance(patient, known) / chance(patient, patient.told)))


def test_asking_the_best_path_is_fully_efficient_and_asking_nothing_is_not():
    case_id = next(c for c in CASES if best_path(Encounter(c), 6)["bits"].sum() > 1)
    path = best_path(Encounter(case_id), 6)
    best = answered(played(case_id, path.index))
    assert best.loc["efficiency", "points"] == pytest.approx(POINTS["efficiency"])
    assert answered(Encounter(case_id)).loc["efficiency", "points"] == 0


@pytest.mark.parametrize("case_id", CASES[::4])
def test_the_finding_that_should_change_the_mind_speaks_for_the_answer(case_id):
    patient = played(case_id)
    truth = patient.answers.index[patient.answers == "main"][0]
    rival = heelkit.rank(*patient.split(), setting=patient.case["setting_id"]).index.drop(["none_of_these", *patient.answers.index])[0]
    turn = turning_finding(patient, rival)
    assert turn is not None
    state = patient.script.loc[turn["finding_id"], "state"]
    given = ([turn["finding_id"]], []) if state == "present" else ([], [turn["finding_id"]])
    ratio = {c: heelkit.explain(c, *given, discount=1).set_index("finding_id").loc[turn["finding_id"], "likelihood_ratio"] for c in (truth, rival)}
    assert ratio[truth] > ratio[rival]


def test_the_list_of_cases_hides_the_answers():
    table = cases()
    assert table.columns.tolist() == ["title", "level", "setting_id", "opening"]
    assert table["level"].is_monotonic_increasing


def test_no_red_flag_is_hidden_in_the_clinic():
    for case_id in CASES:
        patient = played(case_id)
        shown = clinic(case_id)
        shown.state = {"asked": patient.script.index.tolist()}
        present = [f for f, s in patient.known.items() if s == "present"]
        assert [flag["name"] for flag in shown.view["flags"]] == red_flags(present)["name"].tolist()


def test_a_second_guess_to_be_safe_costs_half():
    case = next(c for c in CASES if len(Encounter(c).answers) == 1)
    main = Encounter(case).answers.index[0]
    other = next(c for c in KB.conditions.index if c != main)
    assert answered(played(case), conditions=[main, other]).loc["condition", "points"] == POINTS["condition"] / 2


def test_what_speaks_for_the_second_disease_is_no_loss():
    patient = Encounter("c_returning_ache")
    patient.examine("tenderness_medial_calcaneal_tubercle")
    patient.order("us_plantar_fascia_thick")
    both, start = list(patient.answers.index), heelkit.rank(*patient.split())["probability"]
    sure_of_the_first = chance(patient, patient.known)
    patient.examine("weak_fifth_toe_abduction")
    now = heelkit.rank(*patient.split())["probability"]
    assert now["inferior_calcaneal_neuropathy"] > start["inferior_calcaneal_neuropathy"]
    assert now[both].sum() < start[both].sum(), "in the ranking it looks like a loss"
    both_likelier = chance(patient, patient.known)
    assert both_likelier > sure_of_the_first
    patient.order("mri_adm_atrophy")
    assert chance(patient, patient.known) > both_likelier
