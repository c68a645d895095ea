"""What a student can get wrong: one clear error that names the value and the nearest valid one."""

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import heelkit

ASKING = [heelkit.rank, heelkit.red_flags, heelkit.next_questions, lambda *a, **k: heelkit.explain("heel_spur", *a, **k)]


@pytest.mark.parametrize("ask", ASKING)
def test_unknown_findings_are_all_named_with_the_nearest(ask):
    with pytest.raises(ValueError, match=r"'tingeling'; nearest: 'tingling'.*'feverr'; nearest: 'fever'"):
        ask(present=["tingeling"], absent=["feverr"])


@pytest.mark.parametrize("ask", ASKING)
def test_present_and_absent_at_once_is_refused(ask):
    with pytest.raises(ValueError, match="Both present and absent: fever"):
        ask(present=["fever", "tingling"], absent=["fever"])


def test_unknown_condition_is_named():
    with pytest.raises(ValueError, match=r"nearest: .*'plantar_fasciitis'"):
        heelkit.explain("plantar_fascitis")


@pytest.mark.parametrize(
    "ask", [heelkit.rank, heelkit.next_questions, lambda **k: heelkit.explain("heel_spur", **k), lambda **k: heelkit.rank_many(pd.DataFrame(), **k)]
)
def test_unknown_setting_is_named(ask):
    with pytest.raises(ValueError, match="Unknown setting 'primary_cares'; nearest: 'primary_care'"):
        ask(setting="primary_cares")


@pytest.mark.parametrize("discount", [-0.1, 1.1, float("nan")])
def test_discount_outside_0_to_1_is_refused(discount):
    with pytest.raises(ValueError, match="discount"):
        heelkit.rank(discount=discount)


def test_unknown_kind_is_named():
    with pytest.raises(ValueError, match="'exam'; nearest: 'examination'"):
        heelkit.next_questions(kinds="exam")


def test_a_single_id_needs_no_list():
    assert heelkit.rank("fever").equals(heelkit.rank(["fever"]))
    assert heelkit.red_flags("reduced_anal_tone").equals(heelkit.red_flags(["reduced_anal_tone"]))


def test_wrong_value_in_rank_many_names_patient_and_finding():
    frame = pd.DataFrame({"fever": [1, 0.5]}, index=["Ann", "Bob"])
    with pytest.raises(ValueError, match=r"Patient 'Bob', finding 'fever': 0.5"):
        heelkit.rank_many(frame)


def test_rank_many_of_nobody_and_of_nothing_asked():
    assert heelkit.rank_many(pd.DataFrame(columns=["fever"], dtype=float)).shape[0] == 0
    nothing = heelkit.rank_many(pd.DataFrame({"fever": [np.nan]}))
    assert np.allclose(nothing.iloc[0], heelkit.rank()["probability"].reindex(nothing.columns))


def test_unknown_table_is_named():
    with pytest.raises(AttributeError, match="no table 'condition'; the tables are: "):
        _ = heelkit.load().condition


def test_a_notebook_shows_the_sentence_and_no_traceback():
    shell = InteractiveShell.instance()
    with pytest.raises(heelkit.InputError) as wrong:
        heelkit.rank("feverr")
    shown = []
    shell._showtraceback = lambda kind, value, lines: shown.extend(lines)
    try:
        raise wrong.value
    except heelkit.InputError:
        shell.showtraceback()
    assert shown == ["InputError: Unknown finding 'feverr'; nearest: 'fever'."]


def test_everything_wrong_raises_the_same_kind_of_error():
    calls = [lambda: heelkit.rank("feverr"), lambda: heelkit.load("nowhere"), lambda: heelkit.localize(weak="bicep"), lambda: heelkit.lesion("ankel")]
    for call in calls:
        with pytest.raises(heelkit.InputError):
            call()
