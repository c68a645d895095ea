"""Where is the lesion? Forty items from textbook facts, and what the function promises."""

import csv
from pathlib import Path

import numpy as np
import pytest

import heelkit
from heelkit.localization import localize, smallest_explanations

KB = heelkit.load()
ITEMS = list(csv.DictReader((Path(__file__).parent / "localization" / "items.csv").read_text(encoding="utf-8").splitlines()))


def ids(cell):
    return [i for i in cell.split(";") if i]


def place_of_the_answer(item):
    reflexes = dict(pair.split("=") for pair in ids(item["reflexes"]))
    ranking = localize(ids(item["weak"]), ids(item["strong"]), ids(item["numb"]), ids(item["normal"]), reflexes)
    return min(ranking.index.get_loc(site) for site in [item["answer_site_id"], *ids(item["also_accepted"])]) + 1


def test_items_are_localized_first_in_85_and_among_three_in_97_percent():
    places = np.array([place_of_the_answer(item) for item in ITEMS])
    first, three = (places == 1).mean(), (places <= 3).mean()
    print(f"{len(ITEMS)} items: first {first:.1%}, among the first three {three:.1%}")
    assert len(ITEMS) == 40
    assert first >= 0.85
    assert three >= 0.97


def test_nothing_examined_gives_the_pretest_weights_and_says_so():
    ranking = localize()
    weight = KB.sites["pretest_weight"]
    assert np.allclose(ranking["probability"], (weight / weight.sum()).reindex(ranking.index))
    assert "pretest weight" in ranking.attrs["note"]


def test_probabilities_sum_to_1_and_come_sorted():
    ranking = localize(weak=["gastrocnemius"], numb=["heel_plantar"], reflexes={"ankle": "reduced"})
    assert np.isclose(ranking["probability"].sum(), 1)
    assert ranking["probability"].is_monotonic_decreasing
    assert set(ranking.index) == set(KB.sites.index)


def test_ankle_inversion_decides_between_l5_root_and_common_fibular_nerve():
    foot_drop = {"weak": ["tibialis_anterior", "extensor_hallucis_longus"], "numb": ["foot_dorsum_central"]}
    strong = localize(**foot_drop, strong=["tibialis_posterior", "gluteus_medius"])
    weak = localize(weak=[*foot_drop["weak"], "tibialis_posterior"], numb=foot_drop["numb"])
    assert strong.index[0] == "fibular_neck"
    assert weak.index[0] == "site_root_l5"
    assert "tibialis_posterior" in strong.loc["site_root_l5", "unexplained"]


def test_best_test_separates_the_leader_from_the_runner_up():
    ranking = localize(weak=["tibialis_anterior", "extensor_hallucis_longus"], numb=["foot_dorsum_central"], reflexes={"ankle": "normal"})
    best = ranking["best_test"].iloc[0]
    kind = "muscle" if best in KB.muscles.index else "region" if best in KB.regions.index else "reflex"
    examined = {"tibialis_anterior", "extensor_hallucis_longus", "foot_dorsum_central", "ankle"}
    assert best not in examined
    assert kind in ("muscle", "region", "reflex")
    assert ranking["best_test_bits"].iloc[0] > 0


def test_a_silent_map_is_not_a_no():
    mute = next(m for m in KB.dermatomes["map_id"].unique() if "heel_plantar" not in set(KB.dermatomes.query("map_id == @m")["region_id"]))
    all_maps, one_map = localize(numb=["heel_plantar"]), localize(numb=["heel_plantar"], dermatome_map=mute)
    assert np.isclose(all_maps.loc["site_root_s1", "probability"], one_map.loc["site_root_s1", "probability"], atol=0.02)
    assert one_map.loc["site_root_s1", "explained"] == "heel_plantar"


def test_best_test_is_one_that_can_be_done_at_the_bedside():
    hidden = set(KB.muscles.index[KB.muscles["bedside_sensitivity"] == 0])
    assert hidden
    for item in ITEMS:
        ranking = localize(ids(item["weak"]), ids(item["strong"]), ids(item["numb"]), ids(item["normal"]))
        assert not hidden & set(ranking["best_test"]), item["item_id"]


def test_two_lesions_are_proposed_only_when_one_does_not_explain():
    one = smallest_explanations(weak=["tibialis_anterior"], strong=["tibialis_posterior"], numb=["foot_dorsum_central"])
    assert set(one["size"]) == {1}
    assert one["unexplained"].iloc[0] == ""
    two = smallest_explanations(
        weak=["abductor_digiti_minimi", "quadriceps_femoris"],
        strong=["gastrocnemius", "tibialis_anterior", "abductor_hallucis"],
        normal=["sole_lateral", "toes_plantar_4_5", "toes_plantar_1_3"],
        reflexes={"patellar": "reduced"},
    )
    assert set(two["size"]) == {2}
    assert (two["unexplained"] == "").all()
    assert "baxter" in two["sites"].iloc[0]


def test_tarsal_tunnel_with_normal_heel_stays_first():
    ranking = localize(numb=["sole_medial", "sole_lateral", "toes_plantar_1_3"], normal=["heel_plantar", "foot_lateral_border"], reflexes={"ankle": "normal"})
    assert ranking.index[0].startswith("tarsal_tunnel")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"weak": ["tibialis_anterier"]}, "Unknown muscle 'tibialis_anterier'; nearest: 'tibialis_anterior'"),
        ({"numb": ["heel_plantr"]}, "Unknown skin region 'heel_plantr'; nearest: 'heel_plantar'"),
        ({"reflexes": {"ankel": "normal"}}, "Unknown reflex 'ankel'; nearest: 'ankle'"),
        ({"reflexes": {"ankle": "reduce"}}, "nearest: 'reduced'"),
        ({"dermatome_map": "keegan"}, "Unknown dermatome map 'keegan'"),
        ({"weak": ["soleus"], "strong": ["soleus"]}, "'soleus' cannot be both weak and strong"),
        ({"numb": ["heel_plantar"], "normal": ["heel_plantar"]}, "'heel_plantar' cannot be both numb and normal"),
    ],
)
def test_bad_input_is_named(asked, message):
    with pytest.raises(ValueError, match=message):
        localize(**asked)
    with pytest.raises(ValueError, match=message):
        smallest_explanations(**asked)
