"""The skin map and the two explorers that draw it: geometry, pictures, states."""

import base64
import json
import re
import xml.etree.ElementTree as ET

import pytest
from shapely import unary_union
from shapely.geometry import shape

import heelkit
from heelkit.anatomy import lesion as lesion_frame
from heelkit.bodymap import STYLES, VIEWS, best_views, drawings, image, sheet, svg
from heelkit.explore.lesion import LesionExplorer, lesion
from heelkit.explore.skin import skin
from heelkit.explore.territories import display, marks, nerves

KB = heelkit.load()
FEATURES = json.loads((KB.folder / "anatomy" / "regions.geojson").read_text(encoding="utf-8"))["features"]
SVG = "{http://www.w3.org/2000/svg}"


def shapes(view: str, kind: str):
    return [shape(f["geometry"]) for f in FEATURES if f["properties"]["view"] == view and f["properties"]["kind"] == kind]


@pytest.mark.parametrize("view", VIEWS)
def test_regions_of_a_view_tile_its_outline(view):
    regions, outline = shapes(view, "region"), unary_union(shapes(view, "outline"))
    assert all(r.is_valid for r in regions)
    assert unary_union(regions).symmetric_difference(outline).area < 1e-6  # no gap, nothing outside
    assert sum(r.area for r in regions) == pytest.approx(outline.area, abs=1e-6)  # no overlap


def test_every_region_is_drawn_somewhere():
    assert {r for view in drawings(KB).values() for r in view["regions"]} == set(KB.regions.index)


def path_area(path: str) -> float:
    """The area of an SVG path of relative steps, by the shoelace formula."""
    total = 0.0
    for start, steps in re.findall(r"M([^l]+)l([^ZM]*)Z", path):
        numbers = [[float(n) for n in re.findall(r"-?(?:\d+\.\d+|\.\d+|\d+)", text)] for text in (start, steps)]
        (x, y), points = numbers[0], []
        points.append((x, y))
        for dx, dy in zip(numbers[1][::2], numbers[1][1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        total += abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True))) / 2
    return total


def test_the_short_form_of_paths_keeps_every_region_whole():
    for feature in FEATURES:
        about = feature["properties"]
        if about["kind"] == "region" and feature["geometry"]["type"] == "Polygon" and len(feature["geometry"]["coordinates"]) == 1:
            twins = [f for f in FEATURES if f["properties"].get("region_id") == about["region_id"] and f["properties"]["view"] == about["view"]]
            drawn = path_area(drawings(KB)[about["view"]]["regions"][about["region_id"]])
            assert drawn == pytest.approx(sum(shape(f["geometry"]).area for f in twins), rel=1e-3), about


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("live", [True, False])
def test_a_drawing_is_well_formed_and_names_every_region(view, live):
    tree = ET.fromstring(svg(view, paint={"heel_posterior": [0, 2]}, live=live))
    groups = [g for g in tree.iter(f"{SVG}g") if g.get("data-region")]
    assert {g.get("data-region") for g in groups} == set(drawings(KB)[view]["regions"])
    assert all(g.find(f"{SVG}title").text == KB.regions.loc[g.get("data-region"), "label"] for g in groups)
    assert all((g.get("role") == "button") is live for g in groups)


def test_labels_are_escaped():
    picture = svg("plantar", labels={"heel_plantar": "<script>alert('x')</script>\"&"}, live=True)
    assert "<script" not in picture
    assert ET.fromstring(picture).find(f".//{SVG}g[@data-region='heel_plantar']/{SVG}title").text == "<script>alert('x')</script>\"&"


def test_a_left_limb_is_the_mirror_image_and_says_so():
    right, left = svg("plantar"), svg("plantar", side="left")
    width = drawings(KB)["plantar"]["width"]
    assert f"translate({width:g} 0) scale(-1 1)" in left and "scale(-1 1)" not in right
    assert 'aria-label="Sole of the foot, left"' in left


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("planter",), "'plantar'"),
        (("plantar", {"heel_plantr": 0}), "'heel_plantar'"),
        (("plantar", None, None, ["sole_medal"]), "'sole_medial'"),
        (("plantar", None, None, (), "rigth"), "'right'"),
        (("plantar", {"heel_plantar": 99}), f"0 to {len(STYLES) - 1}"),
    ],
)
def test_an_unknown_view_region_side_or_style_is_refused_by_name(arguments, named):
    with pytest.raises(ValueError, match=re.escape(named)):
        svg(*arguments)


def test_every_style_has_a_color_and_a_pattern_of_its_own():
    assert len(set(STYLES)) == len(STYLES)
    assert len({color for color, _ in STYLES}) == len(STYLES)


def test_views_are_chosen_by_what_they_show():
    assert best_views(["perineum_saddle"]) == ["saddle"]
    assert set(best_views(["heel_medial", "sole_lateral"], most=2)) <= {"plantar", "medial", "lateral", "posterior"}
    assert len(best_views([], most=3)) == 3


def test_a_sheet_is_one_picture_that_pages_show_as_an_image():
    picture = sheet(["plantar", "medial"], {"heel_medial": 0}, [(0, "A & B"), (None, "rest")])
    assert len(list(ET.fromstring(picture).iter(f"{SVG}svg"))) == 3
    tag = image(picture, 'a "foot"')
    assert base64.b64decode(re.search(r"base64,([^\"]+)", tag)[1]).decode() == picture
    assert 'alt="a &quot;foot&quot;"' in tag


# --- the skin explorer ------------------------------------------------------------------------


def test_every_nerve_paints_exactly_the_regions_below_it():
    for nerve in nerves(KB)["skin"]:
        own = set(KB.skin.loc[KB.skin["node_id"].map(KB.nodes["nerve"]) == nerve, "region_id"])
        assert own <= set(display(KB, nerve, None)["paint"]), nerve


def test_the_sural_nerve_includes_the_branches_it_becomes():
    assert {"heel_lateral", "foot_lateral_border"} <= set(display(KB, "sural_nerve", None)["expected"])


def test_what_a_nerve_does_in_some_people_only_is_neither_hit_nor_extra():
    explorer = skin("inferior_calcaneal_nerve", selected=["heel_plantar", "heel_medial"], revealed=True)
    assert explorer.result["status"].tolist() == ["in some people", "extra"]


def test_a_map_paints_what_its_rows_give_and_greys_what_it_does_not_say():
    rows = KB.dermatomes[KB.dermatomes["map_id"] == "harrison_2015"]
    shown = display(KB, "root_s1", "harrison_2015")
    given = rows.loc[(rows["root_id"] == "root_s1") & (rows["share"] != "none"), "region_id"]
    assert set(shown["paint"]) - set(shown["silent"]) == set(given)
    assert set(shown["silent"]) == set(KB.regions.index) - set(rows["region_id"])


def test_agreement_counts_maps_that_speak_and_maps_that_agree():
    rows = KB.dermatomes[KB.dermatomes["region_id"] == "sole_medial"]
    agreeing = rows[(rows["root_id"] == "root_s1") & (rows["share"] != "none")]["map_id"].nunique()
    assert display(KB, "root_s1", None)["badges"]["sole_medial"] == f"{agreeing}/{rows['map_id'].nunique()}"


def test_the_toes_belong_to_the_plantar_nerves_when_all_nerves_are_shown():
    shown = display(KB, None, None)
    assert shown["paint"]["toes_plantar_1_3"] == shown["paint"]["sole_medial"] != shown["paint"]["sole_lateral"] == shown["paint"]["toes_plantar_4_5"]
    assert isinstance(shown["paint"]["heel_posterior"], list)  # shared


def test_only_what_is_drawn_can_be_missed():
    shown = display(KB, "root_s1", None)
    assert marks(shown, [], {"heel_plantar"}) == {"heel_plantar": "missed"}


def test_a_region_on_which_the_map_is_silent_is_not_called_wrong():
    explorer = skin("root_s1", "keegan_garrett_1948", selected=["heel_plantar"], revealed=True)
    assert explorer.result.set_index("region_id").loc["heel_plantar", "status"] == "not said"


def test_two_maps_mark_one_prediction_separately():
    explorer = skin("root_s1", "harrison_2015", "keegan_garrett_1948", selected=["heel_plantar"], revealed=True)
    assert explorer.result.set_index("region_id").loc["heel_plantar", ["status", "status_compare"]].tolist() == ["hit", "not said"]


def test_the_result_keeps_the_answer_until_it_is_revealed():
    explorer = skin("root_s1", selected=["heel_plantar", "leg_medial"])
    assert explorer.result["status"].tolist() == ["predicted", "predicted"]


def test_a_wrong_state_changes_nothing_in_the_skin_explorer():
    explorer = skin("root_s1")
    before = explorer.state
    for wrong in (
        {"side": "left", "target": "root_s9"},
        {"dermatome_map": "keegan"},
        {"compare": "harrison_2015"},
        {"views": []},
        {"selected": ["heel"]},
        {"sight": 1},
    ):
        with pytest.raises(ValueError, match=r".+"):
            explorer.state = wrong
        assert explorer.state == before
    with pytest.raises(ValueError, match="speaks of roots"):
        skin("tibial_nerve", "harrison_2015")


@pytest.mark.parametrize("revealed", [True, False])
def test_the_stored_picture_is_small_and_needs_no_script_or_style(revealed):
    for target, dermatome_map in (
        (None, None),
        ("root_s1", None),
        ("root_s1", "harrison_2015"),
        ("tibial_nerve", None),
        ("sciatic_nerve", None),
        ("pudendal_nerve", None),
    ):
        explorer = skin(target, dermatome_map, revealed=revealed, views=tuple(VIEWS))
        html = explorer._repr_mimebundle_()
        html = (html[0] if isinstance(html, tuple) else html)["text/html"]
        assert len(html) < 70_000 and "<svg" not in html and "<script" not in html and "<style" not in html
        assert ("Predict first" in html) is not revealed
    assert repr(skin()) == "SkinExplorer(side='right', views=['plantar', 'medial', 'lateral', 'posterior', 'dorsal'])"


# --- the lesion explorer ----------------------------------------------------------------------


@pytest.mark.parametrize("site", KB.sites.index)
def test_the_result_is_the_lesion_and_what_was_predicted(site):
    explorer = lesion(site, predict=False)
    assert explorer.result.drop(columns="predicted").equals(lesion_frame(site))
    assert not explorer.result["predicted"].any()
    assert len(explorer._picture()) < 70_000


def test_a_predicted_reflex_counts_in_its_direction_only():
    explorer = lesion("cord")
    explorer.state = {"reflexes": {"ankle": "brisk"}}
    predicted = explorer.result[explorer.result["predicted"]]
    assert predicted[["structure", "direction"]].to_numpy().tolist() == [["ankle", "brisk"]]


def test_only_lesions_of_roots_ask_for_a_dermatome_map():
    asks = {site: lesion(site).view["uses_maps"] for site in ("site_root_s1", "tarsal_tunnel_proximal")}
    assert asks == {"site_root_s1": True, "tarsal_tunnel_proximal": False}


def test_a_map_changes_the_skin_of_a_root():
    one, two = (set(lesion("site_root_s1", m).view["paint"]) for m in ("harrison_2015", "keegan_garrett_1948"))
    assert "heel_plantar" in one - two


def test_a_wrong_state_changes_nothing_in_the_lesion_explorer():
    explorer = lesion("fibular_neck")
    before = explorer.state
    wrong = (
        {"site_id": "fibular_nek"},
        {"muscles": ["tibialis"]},
        {"skin": ["heel"]},
        {"reflexes": {"ankle": "lost"}},
        {"reflexes": {"elbow": "brisk"}},
        {"revealed": 1},
        {"x": 0},
    )
    for state in wrong:
        with pytest.raises(ValueError, match=r".+"):
            explorer.state = {"dermatome_map": "harrison_2015"} | state
        assert explorer.state == before
    with pytest.raises(ValueError, match="'fibular_neck'"):
        lesion("fibular_nek")


def test_no_site_is_an_empty_result_in_words():
    explorer = lesion()
    assert isinstance(explorer, LesionExplorer) and explorer.result.empty
    assert "Choose a site" in explorer._picture()
    assert repr(explorer) == "LesionExplorer()"
