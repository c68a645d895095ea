"""Condition cards: complete for every condition, the numbers of the tables, and look-alikes that a clinician would name."""

import copy
import html
import re

import numpy as np
import pytest

import heelkit
from heelkit.cards import WHERE, card
from heelkit.citations import cite
from heelkit.explore.minimap import minimap
from heelkit.language import words
from heelkit.lookalikes import CLOSE, TELLING, _likeness, impression, look_alikes, separator, sides
from heelkit.weights import weights

KB = heelkit.load()
CONDITIONS = list(KB.conditions.index)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_has_a_complete_card(condition):
    shown = card(condition)
    for text in (shown.name, shown.one_line, shown.who, shown.why, shown.where, shown.escalation):
        assert text.strip()
    assert len(shown.management) >= 2
    assert len(shown.findings_for) >= 3
    assert len(shown.findings_against) >= 1
    assert 4 <= len(shown.look_alikes) <= 5
    assert shown.red_flags["level"].isin(["act_now", "think_of_it"]).all()
    assert len(shown.red_flags) or not shown.red_flag
    assert (shown.codes.set_index("system")["code"] != "none known").sum() >= 2
    assert shown.tests["lr_positive"].notna().any() if not shown.tests_note else True
    assert len(cite(shown.sources["source_id"])) == len(shown.sources) >= 2


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_finding_on_a_card_has_a_basis_and_sources(condition):
    shown = card(condition)
    for table in (shown.findings_for, shown.findings_against):
        assert table["basis"].isin(["study", "review", "consensus", "estimate", "anatomy"]).all()
        assert table["source_ids"].str.len().gt(0).all()
        assert table["why"].str.endswith(".").all()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_ratios_on_a_card_are_those_of_explain(condition):
    shown = card(condition)
    for state in ("present", "absent"):
        findings = [f for f in (shown.findings_for, shown.findings_against) for f in f[f["state"] == state].itertuples()]
        for row in findings:
            reason = heelkit.explain(condition, **{state: [row.finding_id]}).set_index("finding_id").loc[row.finding_id]
            assert row.likelihood_ratio == pytest.approx(10 ** reason["full_log10_lr"])
            assert (row.basis, row.source_ids, row.why) == (reason["basis"], reason["source"], reason["why"])


def test_findings_for_and_against_point_their_way():
    for condition in CONDITIONS:
        shown = card(condition)
        assert (shown.findings_for["likelihood_ratio"] >= TELLING).all()
        assert (shown.findings_against["likelihood_ratio"] <= 1 / TELLING).all()
        assert not shown.findings_for["finding_id"].map(impression).any()


@pytest.mark.parametrize("condition", sorted(set(KB.test_accuracy["condition_id"].dropna())))
def test_tests_on_a_card_are_all_rows_of_the_table(condition):
    rows = KB.test_accuracy[KB.test_accuracy["condition_id"] == condition]
    shown = card(condition).tests
    assert set(shown.index) == set(rows.index)
    for column in ("sensitivity", "specificity", "lr_positive", "lr_negative", "quality", "use"):
        assert shown[column].equals(rows.loc[shown.index, column])


def test_a_condition_without_a_measured_test_says_so():
    assert "No accuracy study" in card("anticonvulsant_neuropathy").tests_note
    assert card("deep_vein_thrombosis").tests_note == ""


def test_a_dangerous_condition_is_hardly_lowered_by_an_absent_finding_with_a_cap():
    for condition in KB.conditions.index[KB.conditions["red_flag"]]:
        shown = card(condition)
        capped = shown.findings_against[shown.findings_against["capped"]]
        assert all("only a little" in why for why in capped["why"])
    assert not (card("deep_vein_thrombosis").findings_against["state"] == "absent").any()


def test_look_alikes_are_the_same_every_time_and_never_the_condition_itself():
    for condition in CONDITIONS:
        first = look_alikes(condition)
        assert condition not in set(first["condition_id"])
        assert first["condition_id"].is_unique
        assert first.equals(look_alikes(condition))


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ("tarsal_tunnel_syndrome", {"s1_radiculopathy", "diabetic_polyneuropathy", "lateral_plantar_neuropathy", "tarsal_tunnel_mass"}),
        ("plantar_fasciitis", {"heel_spur", "inferior_calcaneal_neuropathy", "plantar_fascia_rupture"}),
        ("calcaneal_apophysitis", {"calcaneal_stress_fracture", "insertional_achilles_tendinopathy"}),
        ("deep_vein_thrombosis", {"calf_strain", "achilles_rupture", "chronic_venous_insufficiency"}),
        ("achilles_rupture", {"calf_strain", "insertional_achilles_tendinopathy", "deep_vein_thrombosis"}),
        ("s1_radiculopathy", {"l5_radiculopathy", "cauda_equina_syndrome", "lumbar_spinal_stenosis", "deep_gluteal_syndrome"}),
        ("diabetic_polyneuropathy", {"idiopathic_polyneuropathy", "alcohol_neuropathy", "b12_deficiency_neuropathy", "small_fiber_neuropathy"}),
        ("guillain_barre", {"cidp", "spinal_cord_lesion"}),
        ("spinal_cord_lesion", {"b12_deficiency_neuropathy", "cauda_equina_syndrome", "cidp"}),
        ("common_fibular_neuropathy", {"sciatic_neuropathy", "l5_radiculopathy", "superficial_fibular_neuropathy"}),
        ("chronic_exertional_compartment_syndrome", {"popliteal_artery_entrapment"}),
        ("cramp_fasciculation_syndrome", {"motor_neuron_disease"}),
        ("calcaneal_stress_fracture", {"calcaneal_fracture", "calcaneal_tumor", "osteoporotic_insufficiency_fracture"}),
        ("retrocalcaneal_bursitis", {"insertional_achilles_tendinopathy", "spondyloarthritis_enthesitis"}),
        ("calcaneal_osteomyelitis", {"charcot_foot", "diabetic_polyneuropathy"}),
        ("charcot_foot", {"diabetic_polyneuropathy"}),
        ("peripheral_artery_disease", {"acute_limb_ischemia"}),
    ],
)
def test_look_alikes_are_those_a_clinician_names(condition, named):
    assert named <= set(look_alikes(condition)["condition_id"])


def test_a_danger_is_among_the_look_alikes_whenever_one_is_close():
    likeness, red = _likeness(KB)[0], KB.conditions["red_flag"].to_numpy()
    for i, condition in enumerate(CONDITIONS):
        close = red & (likeness[i] >= CLOSE) & (np.arange(len(CONDITIONS)) != i)
        assert look_alikes(condition)["red_flag"].any() or not close.any(), condition


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_separator_really_separates_in_the_ranking(condition):
    before = heelkit.rank()["log10_odds"]
    for row in look_alikes(condition).itertuples():
        for prefix in ("", "test_"):
            finding, winner = getattr(row, f"{prefix}finding_id"), getattr(row, f"{prefix}speaks_for")
            if not finding:
                continue
            loser = row.condition_id if winner == condition else condition
            shift = heelkit.rank(present=[finding])["log10_odds"] - before
            assert 10 ** (shift[winner] - shift[loser]) == pytest.approx(getattr(row, f"{prefix}ratio_present"))
            shift = heelkit.rank(absent=[finding])["log10_odds"] - before
            assert 10 ** (shift[loser] - shift[winner]) == pytest.approx(getattr(row, f"{prefix}ratio_absent"))
            assert max(getattr(row, f"{prefix}ratio_present"), getattr(row, f"{prefix}ratio_absent")) >= TELLING


def test_a_separator_is_the_same_from_both_sides():
    for one, other in [("achilles_rupture", "calf_strain"), ("s1_radiculopathy", "cauda_equina_syndrome"), ("plantar_fasciitis", "heel_spur")]:
        assert separator(one, other)[:4] == separator(other, one)[:4]


def test_nothing_separates_a_condition_from_itself():
    assert separator("heel_spur", "heel_spur") is None


def test_sides_come_from_the_finding_or_else_from_the_site():
    assert sides("diabetic_polyneuropathy", KB) == 1
    assert sides("sciatic_neuropathy", KB) == -1
    silent, shown = copy.copy(KB), KB.presentations
    silent.tables = KB.tables | {"presentations": shown[shown["finding_id"] != "bilateral_symptoms"]}
    w = weights(silent)
    assert not w.speaks[w.row["bilateral_symptoms"], w.column["sciatic_neuropathy"]]
    assert sides("sciatic_neuropathy", silent) == -1


def test_usually_is_said_of_two_in_three():
    w = weights(KB)
    for condition in CONDITIONS:
        both = w.probability[w.row["bilateral_symptoms"], w.column[condition]]
        assert {1: both >= 2 / 3, -1: both <= 1 / 3, 0: True}[sides(condition, KB)], condition
    assert sides("lumbar_spinal_stenosis", KB) == 0  # "often" on both sides is not usually


def test_an_unknown_condition_names_the_nearest():
    for ask in (card, look_alikes, heelkit.explore.card):
        with pytest.raises(ValueError, match="nearest: 'plantar_fasciitis'"):
            ask("plantar_fascitis")
    with pytest.raises(ValueError, match="nearest: 'heel_spur'"):
        separator("heel_spurr", "plantar_fasciitis")


def test_a_region_is_dotted_where_it_hurts_hatched_where_it_is_numb_and_in_halves_where_both():
    picture = minimap("plantar", pain=["heel_plantar", "sole_medial"], numb=["sole_medial", "toes_plantar_1_3"])
    fills = dict(re.findall(r'data-region="(\w+)"[^>]*fill="url\(#(\w+)\)"', picture))
    assert fills == {"heel_plantar": "pain", "sole_medial": "both", "toes_plantar_1_3": "numb"}
    with pytest.raises(ValueError, match="nearest: 'heel_plantar'"):
        minimap("plantar", pain=["heel_planter"])


def test_the_where_sentence_names_the_regions_of_the_map():
    shown = card("plantar_fasciitis")
    for label in shown.regions["label"]:
        assert label in shown.where
    assert card("motor_neuron_disease").where.startswith("No place on the skin is typical.")
    assert "stocking" in card("diabetic_polyneuropathy").where


def test_the_widget_says_the_same_as_the_library_in_english():
    say = words(KB, "card")
    assert {key: say[key] for key in WHERE} == WHERE
    explorer = heelkit.explore.card("deep_vein_thrombosis", predict=False)
    assert explorer.view["where"] == card("deep_vein_thrombosis").where


def test_result_holds_every_part_of_the_card():
    result = heelkit.explore.card("tarsal_tunnel_syndrome").result
    parts = ["what", "who", "where", "why", "finding_for", "finding_against", "test", "management", "escalation", "look_alike", "code", "source"]
    assert list(dict.fromkeys(result["part"])) == parts
    assert list(result.columns) == ["part", "label", "value", "basis", "source_ids"]
    assert result.notna().all(axis=None)
    cited = {i for cell in result["source_ids"] for i in cell.split(";") if i}
    assert cited == set(result.loc[result["part"] == "source", "label"])


def test_nothing_of_the_answer_is_sent_before_the_card_is_shown():
    explorer = heelkit.explore.card("calf_strain")
    assert explorer.state == {"condition": "calf_strain", "shown": False}
    assert set(explorer.view) == {"condition", "name"}
    explorer.state = {"shown": True}
    assert explorer.view["look_alikes"][0]["id"] == "deep_vein_thrombosis"
    explorer.state = {"condition": "heel_spur", "shown": False}
    assert set(explorer.view) == {"condition", "name"}


def test_a_wrong_state_is_refused_as_a_whole():
    explorer = heelkit.explore.card("calf_strain")
    for wrong in ({"condition": "calf_strian"}, {"shown": "yes"}, {"conditions": "heel_spur"}):
        with pytest.raises(ValueError, match=r"calf_strain|True or False|condition"):
            explorer.state = {"shown": True} | wrong
        assert explorer.state == {"condition": "calf_strain", "shown": False}


def test_cards_speak_spanish_and_mark_what_is_not_translated():
    explorer = heelkit.explore.card("tarsal_tunnel_syndrome", predict=False, language="es")
    assert explorer.words["show"] == "Mostrar la ficha"
    assert "por lo general en un lado" in explorer.view["where"].lower()
    assert not any(text.startswith("[en] ") for text in explorer.words.values())
    with pytest.raises(ValueError, match="Unknown language"):
        heelkit.explore.card(language="xx")


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_stored_picture_is_small_and_readable(condition):
    picture = heelkit.explore.card(condition, predict=False)._picture()
    assert len(picture) < 25_000
    assert html.escape(KB.conditions.loc[condition, "one_line"]) in picture
    assert "<script" not in picture
    assert "style=" not in picture


def test_the_stored_picture_hides_the_answer_while_the_student_predicts():
    assert "<details><summary>Calf strain: name two look-alikes" in heelkit.explore.card("calf_strain")._picture()
