"""The wiring diagram and the two explorers of the graph, without a browser."""

import itertools
import math
import re

import networkx as nx
import pandas as pd
import pytest

import heelkit
from heelkit.anatomy import graph, lesion, node_losses
from heelkit.explore.where import where
from heelkit.explore.wiring import supplies, wiring
from heelkit.explore.wiring_layout import FAMILIES, families, layout
from heelkit.explore.wiring_svg import LOOK, diagram
from heelkit.localization import localize

KB = heelkit.load()
PLAN = layout(KB)
HOSTING_LIMIT = 70_000  # characters of stored output that a code-hosting page still shows well


def test_no_two_labels_overlap():
    for (a, one), (b, other) in itertools.combinations(PLAN.boxes.items(), 2):
        left, top, right, bottom = one.frame
        apart = other.frame[0] >= right + 4 or other.frame[2] <= left - 4 or other.frame[1] >= bottom + 4 or other.frame[3] <= top - 4
        assert apart, f"{a} and {b} overlap"


def points(path):
    """Points along an SVG path of M, L and C commands."""
    found, here = [], None
    for command, numbers in re.findall(r"([MLC])([^MLC]*)", path):
        x, y = (lambda n: (n[::2], n[1::2]))([float(n) for n in re.findall(r"-?\d+", numbers)])
        if command == "C":
            for t in (i / 20 for i in range(21)):
                weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
                found.append(tuple(sum(w * v for w, v in zip(weights, (start, *along), strict=True)) for start, along in zip(here, (x, y), strict=True)))
        here = x[-1], y[-1]
        found.append(here)
    return found


def test_no_line_runs_through_a_label_that_is_not_its_own():
    for line in PLAN.lines:
        others = {n: box.frame for n, box in PLAN.boxes.items() if n not in (line.parent, line.child)}
        for x, y in points(line.path):
            through = [n for n, (left, top, right, bottom) in others.items() if left - 1 < x < right + 1 and top - 1 < y < bottom + 1]
            assert not through, f"{line.parent} -> {line.child} runs through {through}"


def test_every_nerve_and_every_connection_is_drawn_once():
    assert set(PLAN.boxes) == set(KB.nodes.index)
    assert sorted((line.parent, line.child) for line in PLAN.lines) == sorted(zip(KB.edges["parent_id"], KB.edges["child_id"], strict=True))


def test_children_stand_below_their_parents():
    assert all(PLAN.boxes[line.parent].frame[3] < PLAN.boxes[line.child].frame[1] for line in PLAN.lines)


def test_everything_lies_inside_the_drawing():
    assert all(b.frame[0] >= 0 and b.frame[2] <= PLAN.width and b.frame[3] <= PLAN.height for b in PLAN.boxes.values())


def test_few_lines_cross():
    assert PLAN.crossings <= 16


def test_every_nerve_belongs_to_a_family_with_color_and_pattern_of_its_own():
    assert set(families(KB).values()) == set(FAMILIES) == set(LOOK)
    assert len({look for look, _ in LOOK.values()}) == len({inner for _, inner in LOOK.values()}) == len(LOOK)


def test_labels_that_leave_out_the_name_follow_the_nerve_that_has_it():
    net = graph(KB)
    for node, box in PLAN.boxes.items():
        if not any(bold for _, bold in box.lines):
            assert KB.nodes.loc[node, "nerve"] in {KB.nodes.loc[p, "nerve"] for p in net.predecessors(node)}


def test_words_in_the_diagram_are_escaped():
    kb = KB.__class__(KB.folder)
    kb.tables["nodes"] = kb.nodes.assign(name=[f"<b>&{i}" for i in range(len(kb.nodes))])
    assert "<b>" not in diagram(kb, "root_s1") and "<b>" not in diagram(kb, live=True)


@pytest.mark.parametrize("node", [n for n in KB.nodes.index if KB.nodes.loc[n, "kind"] != "root"])
def test_what_a_nerve_supplies_is_what_the_graph_loses(node):
    lost, found = node_losses({node: 1.0}, KB), supplies(node)
    for kind, table in (("muscle", KB.muscles), ("reflex", KB.reflexes)):
        expected = {i: lost[n] for i, n in table["node_id"].items() if n in lost}
        rows = found[found["kind"] == kind]
        assert dict(zip(rows["structure"], rows["share"], strict=True)) == pytest.approx(expected)
    assert set(found.loc[found["kind"] == "region", "structure"]) == set(KB.skin.loc[KB.skin["node_id"].isin(lost), "region_id"])


@pytest.mark.parametrize("root", ["root_l4", "root_l5", "root_s1", "root_s2"])
def test_what_a_root_supplies_is_what_the_library_says_of_its_lesion(root):
    found = supplies(root).set_index(["kind", "structure"])["share"]
    deficits = lesion(f"site_{root}").set_index(["kind", "structure"])
    roots = deficits[deficits["row"].str.startswith(("muscle_roots", "reflex_roots", "dermatomes"))]["probability"]
    assert len(roots) and found.reindex(roots.index).tolist() == pytest.approx(roots.tolist())


def test_skin_of_two_nerves_adds_up_as_independent_supplies():
    lost, found = node_losses({"tibial_nerve_popliteal": 1.0}, KB), supplies("tibial_nerve_popliteal").set_index("structure")["share"]
    for region, rows in KB.skin[KB.skin["node_id"].isin(lost)].groupby("region_id"):
        spared = [1 - lost[node] * p for node, p in zip(rows["node_id"], rows["probability"], strict=True)]
        assert found[region] == pytest.approx(1 - math.prod(spared))


@pytest.mark.parametrize(("site", "node"), [("sural_lateral_ankle", "sural_nerve_ankle"), ("medial_calcaneal_fascial_exit", "medial_calcaneal_branches")])
def test_a_complete_cut_takes_at_least_what_the_lesion_of_the_site_takes(site, node):
    found, deficits = supplies(node).set_index("structure")["share"], lesion(site)
    skin = deficits[deficits["row"].str.startswith("skin:")]
    assert len(skin) and all(found[r.structure] >= r.probability for r in skin.itertuples())


def test_cutting_shows_the_same_table_and_keeps_its_rows_and_sources():
    explorer = wiring("tibial_nerve_tarsal_tunnel")
    before = explorer.result
    explorer.state = {"cut": "tibial_nerve_tarsal_tunnel", "numb": ["sole_medial"]}
    pd.testing.assert_frame_equal(explorer.result, before)
    assert list(before.columns) == ["structure", "kind", "label", "share", "row", "basis", "source_ids"]
    assert before["row"].str.contains("->").all() and before["source_ids"].str.len().gt(0).all()


def test_another_node_starts_a_new_prediction():
    explorer = wiring(cut="root_s1")
    explorer.state = {"node_id": "root_l5"}
    assert explorer.state == {"node_id": "root_l5", "cut": None, "numb": [], "weak": [], "shown": False}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"node_id": "root_s9"}, "Unknown node 'root_s9'; nearest"),
        ({"cut": "sciatic"}, "Unknown node 'sciatic'"),
        ({"numb": ["heel_medail"]}, "Unknown skin region 'heel_medail'; nearest: 'heel_medial'"),
        ({"weak": ["tibialis"]}, "Unknown muscle 'tibialis'"),
        ({"shown": "yes"}, "'shown' is 'yes'"),
        ({"node_id": "root_l5", "cut": "root_s1"}, "choose the node that is cut"),
        ({"nod_id": "root_l5"}, "Unknown part of the state 'nod_id'; nearest: 'node_id'"),
    ],
)
def test_a_wrong_state_changes_nothing_and_names_the_nearest(state, words):
    explorer = wiring("root_s1")
    before = explorer.state
    with pytest.raises(ValueError, match=re.escape(words)):
        explorer.state = {"weak": ["soleus"]} | state
    assert explorer.state == before


def test_without_a_node_the_result_is_an_empty_table():
    assert wiring().result.empty and wiring().result.columns[0] == "structure"


def test_the_browser_gets_the_lost_shares_and_ancestors_of_the_library():
    nodes, net = wiring().catalog["nodes"], graph(KB)
    for node, sent in nodes.items():
        assert sent["lost"] == pytest.approx(node_losses({node: 1.0}, KB), abs=0.001)
        assert set(sent["roots"]) == {n for n in nx.ancestors(net, node) if KB.nodes.loc[n, "kind"] == "root"}


def test_known_variations_are_sent_with_percent_n_and_source():
    sent = wiring().catalog["nodes"]["sural_nerve_calf"]["variations"]
    assert len(sent) == (KB.variations["node_id"] == "sural_nerve_calf").sum()
    assert any(v["percent"] == 51.5 and v["n"] == 3974 and v["sources"][0]["text"] for v in sent)


EXAMINED = {
    "weak": ["tibialis_anterior", "extensor_hallucis_longus"],
    "strong": ["tibialis_posterior"],
    "numb": ["foot_dorsum_central"],
    "normal": ["heel_plantar"],
    "reflexes": {"ankle": "normal"},
}


def test_where_ranks_as_the_library_does():
    pd.testing.assert_frame_equal(where(**EXAMINED).result, localize(**EXAMINED))
    assert where(**EXAMINED).view["bars"][0]["site_id"] == localize(**EXAMINED).index[0]


def test_where_says_in_words_that_nothing_was_examined():
    view = where().view
    assert "Nothing has been examined" in view["note"] and view["test"] is None


def test_where_keeps_the_predicted_site_on_screen():
    explorer = where(**EXAMINED)
    explorer.state = {"prediction": "pudendal_canal"}
    assert explorer.view["bars"][-1]["site_id"] == "pudendal_canal" and explorer.view["bars"][-1]["place"] > 8


def test_where_offers_pairs_only_when_no_single_site_explains_everything():
    assert where(**EXAMINED).pairs["sets"] == []
    apart = where(
        weak=["tibialis_anterior", "hip_adductors"], numb=["foot_lateral_border", "perineum_saddle"], normal=["sole_medial"], strong=["gastrocnemius"]
    )
    assert apart.pairs["sets"] and len(apart.pairs["sets"][0]["names"]) == 2


def test_where_state_goes_round():
    explorer = where()
    explorer.state = EXAMINED | {"dermatome_map": "bromley_frcem", "prediction": "site_root_l5"}
    assert explorer.state == EXAMINED | {"dermatome_map": "bromley_frcem", "prediction": "site_root_l5"}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"weak": ["soleus"], "strong": ["soleus"]}, "'soleus' cannot be both weak and strong."),
        ({"numb": ["heel"]}, "Unknown skin region 'heel'; nearest"),
        ({"reflexes": {"ankle": "brisc"}}, "must be reduced, normal or brisk (nearest: 'brisk')"),
        ({"dermatome_map": "foerster"}, "Unknown dermatome map 'foerster'"),
        ({"prediction": "tarsal_tunnel"}, "Unknown lesion site 'tarsal_tunnel'; nearest: 'tarsal_tunnel_"),
        ({"week": ["soleus"]}, "Unknown part of the state 'week'; nearest: 'weak'"),
    ],
)
def test_a_wrong_examination_changes_nothing_and_says_why(state, words):
    explorer = where(**EXAMINED)
    before = explorer.state
    with pytest.raises(ValueError, match=re.escape(words)):
        explorer.state = {"numb": ["heel_medial"]} | state
    assert explorer.state == before


@pytest.mark.parametrize("explorer", [wiring(), wiring(cut="root_s1"), wiring("sciatic_nerve_thigh"), where(), where(**EXAMINED)], ids=repr)
def test_stored_output_is_small_stable_and_hides_the_answer_until_predicted(explorer):
    bundle = explorer._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert len(data["text/html"]) < HOSTING_LIMIT and "<svg" not in data["text/html"] and "<script" not in data["text/html"]
    assert data["text/plain"] == repr(explorer) and " at 0x" not in repr(explorer)
    if not getattr(explorer, "cut", None) and "<table" in data["text/html"]:
        assert data["text/html"].index("<details>") < data["text/html"].index("<table")
