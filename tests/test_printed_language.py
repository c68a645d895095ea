"""Tables that a lesson prints have their names in the language asked for, and nothing else changes."""

import pytest

import heelkit
from heelkit.errors import InputError

TABLES = {
    "rank": (lambda **more: heelkit.rank(["calf_twitching"], **more), "name"),
    "localize": (lambda **more: heelkit.localize(numb=["heel_plantar"], **more), "name"),
    "comparison": (lambda **more: heelkit.odds.comparison("lumbar_spinal_stenosis", **more), "label"),
    "conditions": (lambda **more: heelkit.explore.conditions(["calf_twitching"], **more).result, "name"),
    "where": (lambda **more: heelkit.explore.where(numb=["heel_plantar"], **more).result, "name"),
}


@pytest.mark.parametrize("which", TABLES)
def test_only_the_names_change_with_the_language(which):
    table, column = TABLES[which]
    english, spanish = table(), table(language="es")
    assert (english[column] != spanish[column]).mean() > 0.8  # some names are the same in both
    assert english.drop(columns=column).equals(spanish.drop(columns=column))


@pytest.mark.parametrize("which", TABLES)
def test_an_unknown_language_is_refused(which):
    with pytest.raises(InputError, match=r"'sp'.*'es'"):
        TABLES[which][0](language="sp")
