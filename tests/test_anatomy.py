"""The graph of nerves against what every neurology text agrees on."""

import networkx as nx
import pytest

import heelkit
from heelkit.anatomy import graph, lesion, node_losses, root_of_region
from heelkit.inherit import inherited

KB = heelkit.load()


def lost(site, kind="region", at_least=0.3, **options):
    table = lesion(site, **options)
    return set(table[(table["kind"] == kind) & (table["direction"] == "lost") & (table["probability"] >= at_least)]["structure"])


def test_graph_is_acyclic_and_every_node_has_a_root():
    net = graph(KB)
    assert nx.is_directed_acyclic_graph(net)
    roots = {node for node, kind in KB.nodes["kind"].items() if kind == "root"}
    assert all(node in roots or roots & nx.ancestors(net, node) for node in net)


def test_every_region_has_a_nerve_and_a_root_in_each_map_that_speaks_of_it():
    assert set(KB.skin["region_id"]) == set(KB.regions.index)
    for (_, region), rows in KB.dermatomes.groupby(["map_id", "region_id"]):
        assert (rows["share"] != "none").any(), region


def test_every_muscle_has_a_root_and_a_node():
    assert set(KB.muscle_roots["muscle_id"]) == set(KB.muscles.index)
    assert KB.muscles["node_id"].isin(KB.nodes.index).all()


def test_every_vocabulary_weakness_comes_from_a_muscle():
    weak = {f for f in KB.findings.index if f.startswith("weak_")}
    assert weak <= set(KB.muscles["finding_id"].dropna())


def test_tarsal_tunnel_takes_the_sole_and_spares_reflex_calf_and_lateral_heel():
    assert lost("tarsal_tunnel_proximal") >= {"sole_medial", "sole_lateral", "toes_plantar_1_3", "toes_plantar_4_5"}
    everything = lost("tarsal_tunnel_proximal", at_least=0.01) | lost("tarsal_tunnel_proximal", "muscle", 0.01)
    assert not everything & {"heel_lateral", "foot_lateral_border", "foot_dorsum_central", "gastrocnemius", "tibialis_posterior"}
    assert lost("tarsal_tunnel_proximal", "reflex", 0.01) == set()
    heel = lesion("tarsal_tunnel_proximal").set_index("structure").loc["heel_plantar", "probability"]
    assert heel < 0.5  # the calcaneal branch often leaves above the tunnel


def test_baxter_nerve_takes_a_muscle_and_no_skin():
    assert lost("baxter_calcaneal_spur", at_least=0.05) == set()
    assert lost("baxter_calcaneal_spur", "muscle") == {"abductor_digiti_minimi"}


def test_absent_ankle_reflex_raises_s1_root_and_not_l5():
    assert "ankle" in lost("site_root_s1", "reflex")
    assert "ankle" not in lost("site_root_l5", "reflex")


def test_inversion_separates_the_l5_root_from_the_fibular_nerve():
    assert "tibialis_posterior" in lost("site_root_l5", "muscle")
    assert "tibialis_posterior" not in lost("fibular_neck", "muscle", 0.01)
    assert {"tibialis_anterior", "extensor_hallucis_longus"} <= lost("fibular_neck", "muscle") & lost("site_root_l5", "muscle")


def test_purely_sensory_sites_weaken_nothing():
    for site in ("sural_lateral_ankle", "saphenous_medial_ankle", "medial_calcaneal_fascial_exit"):
        assert lost(site, "muscle", 0.05) == set()
        assert lost(site)


def test_cauda_equina_takes_the_saddle_and_polyneuropathy_starts_at_the_toes():
    assert "perineum_saddle" in lost("site_cauda_equina")
    table = lesion("length_dependent_polyneuropathy").query("kind == 'region'").set_index("structure")["probability"]
    assert table["toes_plantar_1_3"] > table["heel_plantar"] > table["leg_medial"]


def test_cord_lesion_brings_brisk_reflexes_and_a_babinski_sign():
    table = lesion("cord").set_index(["structure", "direction"])["probability"]
    assert table["ankle", "brisk"] > 0.5 > table["ankle", "lost"]
    assert table["babinski_sign", "present"] > 0.5


def test_loss_runs_down_the_edges_and_never_up():
    losses = node_losses({"tibial_nerve_popliteal": 1.0}, KB)
    net = graph(KB)
    assert set(losses) <= {"tibial_nerve_popliteal"} | nx.descendants(net, "tibial_nerve_popliteal")
    assert losses["medial_plantar_nerve_sole"] == pytest.approx(1)
    assert all(0 < loss <= 1 for loss in losses.values())


def test_maps_are_kept_apart_and_disagree_about_the_heel():
    filled = set(KB.dermatome_maps.query("status != 'not verified'").index)
    assert len(filled) >= 4
    speaking = KB.dermatomes.query("region_id == 'heel_medial' and share == 'main'").groupby("map_id")["root_id"].agg(set)
    sole = KB.dermatomes.query("region_id == 'sole_medial' and share == 'main'").groupby("map_id")["root_id"].agg(set)
    assert len({frozenset(roots) for roots in [*speaking, *sole]}) > 1
    both = root_of_region(KB, None).query("region_id == 'sole_medial'")
    assert both["row"].str.contains(r"of \d+ maps give").all()


def test_chosen_map_changes_what_a_root_takes():
    by_map = {m: frozenset(lost("site_root_l5", dermatome_map=m)) for m in sorted(KB.dermatomes["map_id"].unique())}
    assert len(set(by_map.values())) > 1


def test_unknown_site_and_map_are_named():
    with pytest.raises(ValueError, match=r"nearest: .*'tarsal_tunnel_proximal'"):
        lesion("tarsal_tunnel_proximl")
    with pytest.raises(ValueError, match="Unknown dermatome map 'faleiros'; nearest: 'faleiros_2009'"):
        lesion("site_root_s1", dermatome_map="faleiros")


def test_every_deficit_comes_from_a_row_with_a_source():
    for site in KB.sites.index:
        table = lesion(site)
        assert not table.empty, site
        assert table["probability"].between(0, 1).all()
        assert table["source_ids"].str.split(";").explode().isin(KB.sources.index).all()


def test_nerve_conditions_inherit_from_the_graph_and_say_so():
    reasons = heelkit.explain("sural_neuropathy", present=["numb_foot_lateral_border"]).set_index("finding_id")
    row = reasons.loc["numb_foot_lateral_border"]
    assert row["basis"] == "anatomy"
    assert row["log10_lr"] > 0.5
    assert "From anatomy" in row["why"]
    assert "Sural nerve" in row["why"]
    typed = KB.presentations[KB.presentations["finding_id"].str.startswith("numb_") & (KB.presentations["basis"] == "anatomy")]
    assert not set(zip(typed["condition_id"], typed["finding_id"], strict=True)) & inherited(KB).keys()  # a territory is typed once
