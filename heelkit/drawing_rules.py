"""What `check` says about the drawings: every region is drawn, and the regions of a view tile its outline.

The drawings are a GeoJSON file beside the table of regions. shapely is slow to import, so it waits until it is needed.
"""

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from heelkit.check import Problem, Table, suggest

AREA_TOLERANCE = 1e-6  # square millimeters
KINDS = ("outline", "region", "line")


def _feature_problem(feature: dict, regions: set[str]) -> str | None:
    """What is wrong with one feature of the drawings; None when it can be drawn."""
    from shapely.geometry import shape
    from shapely.validation import explain_validity

    try:
        about, drawn = feature["properties"], shape(feature["geometry"])
        view, kind = about["view"], about["kind"]
    except (AttributeError, KeyError, TypeError):
        return "it lacks a view, a kind, or a geometry that can be read."
    except Exception as error:  # shapely has many ways to refuse a broken geometry
        return f"its geometry cannot be read ({error})."
    if kind not in KINDS:
        return f"'{kind}' is not one of the kinds {', '.join(KINDS)}" + suggest(kind, KINDS)
    if not isinstance(view, str) or drawn.is_empty or drawn.has_z:
        return "its view must be text, and its geometry must have points of two numbers each."
    if kind == "line":
        sound = drawn.geom_type == "LineString" and isinstance(about.get("weight"), int | float)
        return None if sound else "a line must be a LineString with a weight, its width in millimeters."
    region = str(about.get("region_id"))
    if kind == "region" and region not in regions:
        return f"'{region}' is not a skin region" + suggest(region, regions)
    name = f"'{region}' in the view '{view}'" if kind == "region" else f"the outline of the view '{view}'"
    if drawn.geom_type not in ("Polygon", "MultiPolygon"):
        return f"{name} must be a Polygon or MultiPolygon, not a {drawn.geom_type}."
    if drawn.is_valid:
        return None
    reason, _, place = explain_validity(drawn).rstrip("]").partition("[")
    what = "crosses or touches itself" if "elf-intersection" in reason else f"is not a proper polygon ({reason})"
    return f"{name} {what} at x {place.replace(' ', ', y ')}."


def _view(feature) -> str:
    try:
        return str(feature["properties"]["view"])
    except (KeyError, TypeError):
        return ""


def _place(shape) -> str:
    point = shape.representative_point()
    area = f"{shape.area:.0f}" if shape.area >= 100 else f"{shape.area:.3g}"
    return f"{area} mm2 at x {point.x:.1f}, y {point.y:.1f}"


def _tiling(view: str, outline, drawn: list[tuple]):
    """Where the regions of a view overlap, leave a gap, or leave the outline."""
    from shapely import union_all

    for (first, a), (second, b) in combinations(drawn, 2):
        if (shared := a.intersection(b)).area > AREA_TOLERANCE:
            yield f"in the view '{view}', '{first}' and '{second}' overlap: {_place(shared)}."
    bare = outline.difference(union_all([shape for _, shape in drawn]))
    for gap in getattr(bare, "geoms", [bare]):
        if gap.area > AREA_TOLERANCE:
            near = sorted(drawn, key=lambda item: item[1].distance(gap))[:2]
            beside = " and ".join(f"'{name}'" for name, _ in near) or "the outline"
            yield f"in the view '{view}', no region fills the gap beside {beside}: {_place(gap)}."
    for name, shape in drawn:
        if (outside := shape.difference(outline)).area > AREA_TOLERANCE:
            yield f"in the view '{view}', '{name}' leaves the outline: {_place(outside)}."


def drawings_of(regions: Table) -> str:
    """The file with the drawings of the regions, inside the data folder."""
    return Path(regions.path).with_suffix(".geojson").as_posix()


def drawings(regions: Table, folder: Path):
    """The drawings beside the table of regions can be read, show every region, and tile the outline of every view."""
    from shapely import union_all
    from shapely.geometry import shape

    path = drawings_of(regions)
    try:
        features = list(json.loads((folder / path).read_text(encoding="utf-8-sig"))["features"])
    except FileNotFoundError:
        yield Problem(path, 0, "", "the file is missing.")
        return
    except (KeyError, TypeError):
        yield Problem(path, 0, "", "not a GeoJSON FeatureCollection: it must be a JSON object with a list of features.")
        return
    except ValueError as error:
        yield Problem(path, 0, "", f"not valid JSON ({error}).")
        return
    known = set(regions.values("region_id"))
    outlines, drawn, broken = defaultdict(list), defaultdict(list), set()
    for place, feature in enumerate(features, start=1):
        if sentence := _feature_problem(feature, known):
            yield Problem(path, 0, "", f"feature {place}: {sentence}")
            broken.add(_view(feature))
        elif feature["properties"]["kind"] == "outline":
            outlines[_view(feature)].append(shape(feature["geometry"]))
        elif feature["properties"]["kind"] == "region":
            drawn[_view(feature)].append((feature["properties"]["region_id"], shape(feature["geometry"])))
    for view in sorted({*outlines, *drawn} - broken):
        if view not in outlines:
            yield Problem(path, 0, "", f"the view '{view}' has no outline.")
        else:
            yield from (Problem(path, 0, "", sentence) for sentence in _tiling(view, union_all(outlines[view]), drawn[view]))
    seen = {region for regions_of_view in drawn.values() for region, _ in regions_of_view}
    for row, cells in regions.rows:
        if cells["region_id"] not in seen and not broken:
            yield regions.problem(row, "region_id", f"'{cells['region_id']}' is drawn in no view of {path}.")
