"""Published series: every row has its form, counts fit percentages, series that disagree stand side by side, and weights that claim a source have one."""

import doctest
import re

import numpy as np
import pytest

import heelkit
import heelkit.tables
from heelkit.errors import InputError
from heelkit.series import COLUMNS

KB = heelkit.load()
SERIES = KB.tables["series"]
WEIGHTS = KB.pretest_weights
SUMS = {"diabetes_foot_clinic": 880, "emergency_department": 800, "primary_care": 800, "running_clinic": 850}
ENGLISH = re.compile(r"\b(?:the|and|of|with|is|are|in|among|patients|heel|foot|nerve|pain)\b")


def numbers(text):
    return sorted(re.findall(r"\d+(?:\.\d+)?", text))


def test_the_table_is_large_enough_and_names_every_setting():
    assert len(SERIES) >= 60
    assert set(SERIES["setting_id"]) == set(KB.settings.index)


def test_every_row_is_a_count_of_patients_and_no_estimate_of_ours():
    assert set(SERIES["basis"]) <= {"study", "review"}
    assert SERIES["percent"].between(0, 100).all()
    assert not SERIES["note"].dropna().str.contains("estimate", case=False).any()


def test_ids_name_what_was_counted_and_the_source():
    for key, cited in SERIES["source_ids"].items():
        assert key.endswith("__" + cited.split(";")[0].lower()), key


def test_counts_fit_percentages():
    counted = SERIES.dropna(subset=["counted"])
    assert counted["n"].notna().all()
    share = 100 * counted["counted"].astype(float) / counted["n"].astype(float)
    assert (abs(share - counted["percent"]) <= 0.51).all()


def test_no_figure_stands_there_twice():
    assert not SERIES.duplicated(["target", "population", "percent"]).any()


@pytest.mark.parametrize("field", ["target", "population"])
def test_spanish_is_complete_and_says_the_same_numbers(field):
    assert SERIES[f"{field}_es"].notna().all()
    assert not SERIES[f"{field}_es"].str.contains(ENGLISH).any()
    for key, row in SERIES.iterrows():
        assert numbers(row[field]) == numbers(row[f"{field}_es"]), key


def test_one_target_has_one_translation():
    assert (SERIES.groupby("target")["target_es"].nunique() == 1).all()
    assert (SERIES.groupby("target_es")["target"].nunique() == 1).all()


def test_the_two_heel_series_that_disagree_are_both_there():
    found = heelkit.series("medial_calcaneal_neuropathy", setting="primary_care")
    first = found[found["target"] == found["target"].iloc[0]]
    assert {0.8, 62.8} <= set(first["percent"])
    assert first["times"].iloc[0] > 50
    assert first["source_ids"].tolist()[0] == "yi2011causes"
    assert (first.loc[first["percent"] == 62.8, ["counted", "n"]].to_numpy(dtype=int) == [[27, 43]]).all()


def test_important_targets_have_at_least_two_series():
    sources = SERIES.groupby("target")["source_ids"].nunique()
    for words in (
        "A nerve is involved",
        "Diabetes as the cause",
        "Cauda equina syndrome among",
        "Deep vein thrombosis among",
        "Plantar fasciitis among running",
    ):
        assert sources[sources.index.str.startswith(words)].max() >= 2, words
    assert (sources >= 2).sum() >= 10


def test_figures_for_one_target_stand_together_smallest_first_and_the_widest_conflict_on_top():
    found = heelkit.series()
    assert len(found) == len(SERIES)
    assert found.columns.tolist() == COLUMNS
    assert found["target"].ne(found["target"].shift()).sum() == found["target"].nunique()
    for _, group in found.groupby("target"):
        assert group["percent"].is_monotonic_increasing
        spread = group["percent"].max() / group["percent"].min() if group["percent"].min() else np.inf
        assert np.allclose(group["times"], spread)
    assert found["times"].is_monotonic_decreasing


@pytest.mark.parametrize("setting", KB.settings.index)
def test_a_setting_keeps_its_own_rows(setting):
    found = heelkit.series(setting=setting)
    assert len(found) == (SERIES["setting_id"] == setting).sum()
    assert set(found["setting_id"]) == {setting}


def test_a_condition_keeps_the_rows_that_name_it_and_not_those_of_longer_names():
    found = heelkit.series("heel_spur")
    assert found.empty or found["condition_ids"].str.split(";").map(lambda ids: "heel_spur" in ids).all()
    both = heelkit.series("l5_radiculopathy")
    assert both["condition_ids"].str.split(";").map(lambda ids: "l5_radiculopathy" in ids).all()
    assert len(both) >= 3


def test_spanish_words_on_request():
    found = heelkit.series("cauda_equina_syndrome", language="es")
    assert found["target"].str.contains("cola de caballo").all()
    assert found.index.tolist() == heelkit.series("cauda_equina_syndrome").index.tolist()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"condition_id": "plantar_fascitis"}, "Unknown condition 'plantar_fascitis'; nearest: 'plantar_fasciitis'"),
        ({"setting": "running_clinics"}, "Unknown setting 'running_clinics'; nearest: 'running_clinic'"),
        ({"language": "sp"}, "'sp'"),
    ],
)
def test_unknown_ids_are_named_with_the_nearest(asked, says):
    with pytest.raises(InputError, match=says):
        heelkit.series(**asked)


def test_the_example_of_the_docstring_runs():
    from importlib import import_module

    assert doctest.testmod(import_module("heelkit.series")).failed == 0


def test_a_teachers_own_tables_may_hold_no_series(worked_example):
    assert heelkit.series(kb=heelkit.load(worked_example)).empty


def test_a_weight_that_is_no_estimate_cites_a_source_and_says_how_it_relates_to_it():
    rested = WEIGHTS[WEIGHTS["basis"] != "estimate"]
    assert len(rested) >= 40
    assert rested["source_ids"].notna().all()
    assert rested["note"].str.contains(r"\d").all()


def test_a_weight_that_is_no_estimate_rests_on_a_series_of_its_condition():
    for row in WEIGHTS[WEIGHTS["basis"] != "estimate"].itertuples():
        behind = {one for cell in heelkit.series(row.condition_id)["source_ids"] for one in cell.split(";")}
        assert set(row.source_ids.split(";")) & behind, (row.setting_id, row.condition_id)


def test_weights_still_add_up_and_no_condition_is_ruled_out():
    totals = WEIGHTS.groupby("setting_id")["weight"].sum()
    assert totals.to_dict() == SUMS
    assert (WEIGHTS["weight"] >= 1).all()
    for setting, total in SUMS.items():
        assert f"add up to {total} of 1000" in KB.settings.loc[setting, "note"]
