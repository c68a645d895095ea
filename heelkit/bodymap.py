"""The skin map: drawings of the foot and leg as SVG, made from `data/anatomy/regions.geojson`.

The geometry is a right limb in millimeters with y growing downward; left limbs are mirrored here. Every region is drawn
as a button (role, label, keyboard focus), so the same picture serves a widget, a printed page and a screen reader.
"""

import functools
import html
import json
from collections.abc import Mapping, Sequence

from heelkit.tables import KnowledgeBase, load, unknown

VIEWS = {
    "plantar": "Sole of the foot",
    "dorsal": "Top of the foot",
    "medial": "Inner side of the foot",
    "lateral": "Outer side of the foot",
    "posterior": "Heel from behind",
    "leg_front": "Leg from the front",
    "leg_back": "Leg from behind",
    "saddle": "Buttocks and saddle, from behind",
}
FOOT = ("plantar", "medial", "lateral", "posterior", "dorsal")

# Okabe-Ito colors, safe for color-blind readers, each with a pattern of its own: never color alone.
STYLES = (
    ("#0072b2", "M0,6 L6,0"),
    ("#e69f00", "M0,0 L6,6"),
    ("#009e73", "M0,3 L6,3"),
    ("#cc79a7", "M3,0 L3,6"),
    ("#56b4e9", "M0,6 L6,0 M0,0 L6,6"),
    ("#d55e00", "M1.5,3 a1.5,1.5 0 1,0 3,0 a1.5,1.5 0 1,0 -3,0"),
    ("#f0e442", "M0,3 L6,3 M3,0 L3,6"),
    ("#999999", "M0,1.5 L6,1.5 M0,4.5 L6,4.5"),
)
_SKIN, _LINE = "#f6dcc8", "#4a3428"


def _ring(ring: Sequence) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in ring)


def _path(geometry: dict) -> str:
    """An SVG path for a GeoJSON line or (multi)polygon."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "LineString":
        return _ring(coordinates)
    polygons = [coordinates] if kind == "Polygon" else coordinates
    return "".join(_ring(ring) + "Z" for polygon in polygons for ring in polygon)


def _points(geometry: dict):
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "LineString":
        yield from coordinates
    for polygon in {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, []):
        for ring in polygon:
            yield from ring


@functools.lru_cache(maxsize=4)
def drawings(kb: KnowledgeBase) -> dict[str, dict]:
    """The drawing of each view: `width` and `height` in millimeters, the `outline` path, `regions` (id -> path) and
    `lines` (path and weight), read from the folder's `anatomy/regions.geojson`.
    """
    collection = json.loads((kb.folder / "anatomy" / "regions.geojson").read_text(encoding="utf-8-sig"))
    views = {}
    for feature in collection["features"]:
        about, geometry = feature["properties"], feature["geometry"]
        view = views.setdefault(about["view"], {"width": 0.0, "height": 0.0, "outline": "", "regions": {}, "lines": []})
        if about["kind"] == "outline":
            view["outline"] += _path(geometry)
            view["width"] = max(view["width"], *(x for x, _ in _points(geometry))) + 6
            view["height"] = max(view["height"], *(y for _, y in _points(geometry))) + 6
        elif about["kind"] == "region":
            view["regions"][about["region_id"]] = view["regions"].get(about["region_id"], "") + _path(geometry)
        else:
            view["lines"].append((_path(geometry), about["weight"]))
    return views


def _patterns() -> str:
    parts = []
    for number, (_, mark) in enumerate(STYLES):
        stroke = f'<path d="{mark}" fill="none" stroke="#1a1a1a" stroke-width="0.5" stroke-opacity="0.75"/>'
        parts.append(f'<pattern id="hk-pattern-{number}" width="6" height="6" patternUnits="userSpaceOnUse">{stroke}</pattern>')
    return "<defs>" + "".join(parts) + "</defs>"


def _region(region_id: str, path: str, label: str, style: int | None, pressed: bool, live: bool) -> str:
    color = STYLES[style][0] if style is not None else _SKIN
    button = f'role="button" tabindex="0" aria-pressed="{str(pressed).lower()}"' if live else 'role="img"'
    overlay = f"url(#hk-pattern-{style})" if style is not None else "none"
    return (
        f'<g class="hk-region" data-region="{html.escape(region_id)}" {button} aria-label="{html.escape(label)}"><title>{html.escape(label)}</title>'
        f'<path class="hk-base" d="{path}" fill="{color}" stroke="{_LINE}" stroke-width="0.35" stroke-dasharray="1.6 1.2"/>'
        f'<path class="hk-overlay" d="{path}" fill="{overlay}" pointer-events="none"/></g>'
    )


def svg(
    view: str,
    paint: Mapping[str, int] | None = None,
    labels: Mapping[str, str] | None = None,
    pressed: Sequence[str] = (),
    side: str = "right",
    live: bool = False,
    kb: KnowledgeBase | None = None,
) -> str:
    """One view as SVG text.

    Parameters: `paint` maps region ids to the number of a style (`STYLES`: a color with a pattern); `labels` replaces
    the names that screen readers and tooltips say; `pressed` lists chosen regions; `side` is "right" or "left"
    (mirrored); `live` makes every region a button. Text is escaped, so the result is safe to insert into a page.

    Raises ValueError for an unknown view or region.

    >>> picture = svg("plantar", paint={"heel_medial": 0})
    >>> picture.startswith("<svg") and 'data-region="heel_medial"' in picture
    True
    """
    kb = kb or load()
    views = drawings(kb)
    if view not in views:
        raise unknown("view", [view], views)
    paint, drawing = dict(paint or {}), views[view]
    strangers = [r for r in [*paint, *pressed] if r not in kb.regions.index]
    if strangers:
        raise unknown("skin region", strangers, kb.regions.index)
    names = {**kb.regions["label"].to_dict(), **(labels or {})}
    mirrored = f' transform="translate({drawing["width"]:g} 0) scale(-1 1)"' if side == "left" else ""
    title = VIEWS.get(view, view) + (f", {side}" if view != "saddle" else "")
    regions = "".join(_region(r, path, names[r], paint.get(r), r in pressed, live) for r, path in drawing["regions"].items())
    lines = "".join(f'<path d="{path}" stroke-width="{weight:g}"/>' for path, weight in drawing["lines"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="hk-view" data-view="{view}" viewBox="0 0 {drawing["width"]:g} {drawing["height"]:g}" '
        f'role="group" aria-label="{html.escape(title)}">{_patterns()}<g{mirrored}>{regions}'
        f'<g fill="none" stroke="{_LINE}" stroke-opacity="0.55" stroke-linecap="round" stroke-linejoin="round" pointer-events="none" aria-hidden="true">{lines}</g>'
        f'<path d="{drawing["outline"]}" fill="none" stroke="{_LINE}" stroke-width="0.9" stroke-linejoin="round" pointer-events="none"/></g></svg>'
    )


def legend(entries: Mapping[str, int]) -> str:
    """A legend as HTML: the name of each style with its color and pattern, in the order given."""
    swatch = '<svg width="26" height="16" aria-hidden="true"><rect width="26" height="16" fill="{0}"/><rect width="26" height="16" fill="url(#hk-pattern-{1})"/></svg>'
    items = "".join(f"<li>{swatch.format(STYLES[style][0], style)} {html.escape(name)}</li>" for name, style in entries.items())
    return f'<ul class="hk-legend">{items}</ul>'
