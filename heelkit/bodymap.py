"""The skin map: drawings of the foot and leg as SVG, made from `data/anatomy/regions.geojson`.

The geometry is a right limb in millimeters with y growing downward; left limbs are mirrored here. Every region is drawn
as a button (role, label, keyboard focus), so the same picture serves a widget, a printed page and a screen reader.
"""

import base64
import functools
import html
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from heelkit.errors import InputError
from heelkit.language import ENGLISH, Speech, speech
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
_DOT = "M1.5,3 a1.5,1.5 0 1,0 3,0 a1.5,1.5 0 1,0 -3,0"
STYLES = (
    ("#0072b2", "M0,6 L6,0"),
    ("#e69f00", "M0,0 L6,6"),
    ("#009e73", "M0,3 L6,3"),
    ("#cc79a7", "M3,0 L3,6"),
    ("#56b4e9", "M0,6 L6,0 M0,0 L6,6"),
    ("#d55e00", _DOT),
    ("#f0e442", "M0,3 L6,3 M3,0 L3,6"),
    ("#999999", "M0,1.5 L6,1.5 M0,4.5 L6,4.5"),
    # a scale of one color, strongest first: the darker, the denser
    ("#3f7fc4", "M0,6 L6,0 M0,0 L6,6"),
    ("#93c0ea", "M0,6 L6,0"),
    ("#dcecf8", "M2.4,3 a0.6,0.6 0 1,0 1.2,0 a0.6,0.6 0 1,0 -1.2,0"),
    ("#dedede", "M1,5 L2,4 M4,2 L5,1"),
    # more names, for pictures that show many nerves at once
    ("#aa4499", "M0,0 L6,6"),
    ("#44aa99", "M3,0 L3,6"),
    ("#ddcc77", _DOT),
    ("#8f7ab8", "M0,3 L6,3"),
    ("#b5651d", "M0,6 L6,0"),
    ("#a3c76d", "M0,1.5 L6,1.5 M0,4.5 L6,4.5"),
    ("#c0506a", "M0,3 L6,3 M3,0 L3,6"),
    ("#7f9aa8", _DOT),
    ("#4f7d4f", "M0,6 L6,0"),
    ("#e8b4b8", "M0,1.5 L6,1.5 M0,4.5 L6,4.5"),
)
SCALE = (8, 9, 10)  # strong, middle, weak
SILENT = 11  # the source does not say
SEVERAL = (0, 1, 2, 3, 4, 5, 6, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21)  # styles for things with no order
_SKIN, _LINE = "#f6dcc8", "#4a3428"


def _numbers(values: Iterable[float]) -> str:
    """Numbers as short as an SVG path allows: .5 for 0.5, and no comma where a sign or a second point already parts them."""
    text = last = ""
    for value in values:
        word = f"{value:.1f}".removesuffix(".0")
        word = "0" if word == "-0" else word.replace("0.", ".", 1) if word.startswith(("0.", "-0.")) else word
        parted = not last or word[0] == "-" or (word[0] == "." and "." in last)
        text, last = text + (word if parted else "," + word), word
    return text


def _ring(ring: Sequence) -> str:
    """Steps from point to point, because they are shorter to write than places."""
    steps = [b - a for one, two in itertools.pairwise(ring) for a, b in zip(one, two, strict=True)]
    return f"M{_numbers(ring[0])}l{_numbers(steps)}"


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
    `lines` (weight -> path), read from the folder's `anatomy/regions.geojson`.
    """
    collection = json.loads((kb.folder / "anatomy" / "regions.geojson").read_text(encoding="utf-8-sig"))
    views = {}
    for feature in collection["features"]:
        about, geometry = feature["properties"], feature["geometry"]
        view = views.setdefault(about["view"], {"width": 0.0, "height": 0.0, "outline": "", "regions": {}, "lines": defaultdict(str)})
        if about["kind"] == "outline":
            view["outline"] += _path(geometry)
            view["width"] = max(view["width"], *(x for x, _ in _points(geometry))) + 6
            view["height"] = max(view["height"], *(y for _, y in _points(geometry))) + 6
        elif about["kind"] == "region":
            view["regions"][about["region_id"]] = view["regions"].get(about["region_id"], "") + _path(geometry)
        else:
            view["lines"][about["weight"]] += _path(geometry)
    return views


def _patterns(styles: Iterable[int | tuple[int, int]], scale: float, backed: bool) -> str:
    """The patterns of these styles. `scale` keeps them readable on a drawing of a whole leg; `backed` patterns bring
    their color along, so that a picture that never changes draws each region once.
    """
    parts = []
    for style in styles:
        below, above = _pair(style)
        color, mark = STYLES[below]
        size, turn = (6, "") if above is None else (12, "rotate(45) ")
        rect = f'<rect width="{size}" height="{size}" fill="{color}"/>' if backed else ""
        if above is None:
            rect += f'<path d="{mark}" fill="none" stroke="#1a1a1a" stroke-width="0.5" stroke-opacity="0.75"/>'
        else:
            rect += f'<rect width="6" height="12" fill="{STYLES[above][0]}"/>'
        frame = f'width="{size}" height="{size}" patternUnits="userSpaceOnUse" patternTransform="{turn}scale({scale:.2g})"'
        parts.append(f'<pattern id="{_pattern_id(style)}" {frame}>{rect}</pattern>')
    known = "" if backed else f' data-scale="{scale:.2g}"'
    return f"<defs{known}>{''.join(parts)}</defs>"


def _pair(style: int | Sequence[int] | None) -> tuple[int | None, int | None]:
    """The style below and the one in stripes above it, if two share the region."""
    if style is None or isinstance(style, int):
        return style, None
    return style[0], style[1]


def _pattern_id(style: int | Sequence[int]) -> str:
    below, above = _pair(style)
    return f"hk-pattern-{below}" if above is None else f"hk-pattern-{below}-{above}"


def _region(region_id: str, path: str, label: str, style: int | Sequence[int] | None, pressed: bool, live: bool) -> str:
    name, mark = html.escape(label), "none" if style is None else f"url(#{_pattern_id(style)})"
    ring = ' stroke="#1a1a1a" stroke-width="1.8" stroke-dasharray="none"' if pressed and not live else ""
    if not live:
        fill = _SKIN if style is None else mark
        return f'<g data-region="{html.escape(region_id)}"><title>{name}</title><path d="{path}" fill="{fill}"{ring}/></g>'
    color = _SKIN if style is None else STYLES[_pair(style)[0]][0]
    button = f'role="button" tabindex="0" aria-pressed="{str(pressed).lower()}" aria-label="{name}"'
    return (
        f'<g class="hk-region" data-region="{html.escape(region_id)}" {button}><title>{name}</title><path class="hk-base" d="{path}" fill="{color}"/>'
        f'<path class="hk-overlay" d="{path}" fill="{mark}" stroke="none" pointer-events="none"/></g>'
    )


def _checked(view: str, paint: Mapping | None, pressed: Sequence[str], side: str, kb: KnowledgeBase) -> tuple[dict, dict]:
    """The drawing and the paint. Raises ValueError for an unknown view, region, style or side."""
    views = drawings(kb)
    if view not in views:
        raise unknown("view", [view], views)
    if side not in ("right", "left"):
        raise unknown("side", [side], ("right", "left"))
    paint = dict(paint or {})
    strangers = [r for r in [*paint, *pressed] if r not in kb.regions.index]
    if strangers:
        raise unknown("skin region", strangers, kb.regions.index)
    numbers = {number for style in paint.values() for number in _pair(style) if number is not None}
    if not numbers <= set(range(len(STYLES))):
        raise InputError(f"Unknown style {sorted(numbers - set(range(len(STYLES))))}; there are styles 0 to {len(STYLES) - 1}.")
    return views[view], paint


def _inside(drawing: dict, paint: dict, names: dict, pressed: Sequence[str], side: str, live: bool) -> str:
    """Everything inside one drawing: patterns, regions, decoration, outline."""
    scale = max(1.0, drawing["height"] / 280)
    used = {style if isinstance(style, int) else tuple(style) for r, style in paint.items() if style is not None and r in drawing["regions"]}
    patterns = _patterns(sorted(used, key=str), scale, not live)  # bodymap.js makes further ones when it needs them
    mirrored = f' transform="translate({drawing["width"]:g} 0) scale(-1 1)"' if side == "left" else ""
    regions = "".join(_region(r, path, names[r], paint.get(r), r in pressed, live) for r, path in drawing["regions"].items())
    lines = "".join(f'<path d="{path}" stroke-width="{weight:g}"/>' for weight, path in drawing["lines"].items())
    decoration = f'fill="none" stroke="{_LINE}" stroke-opacity="0.55" stroke-linecap="round" stroke-linejoin="round"'
    return (
        f'{patterns}<g{mirrored}><g stroke="{_LINE}" stroke-width="0.35" stroke-dasharray="1.6 1.2">{regions}</g>'
        f'<g {decoration} pointer-events="none" aria-hidden="true">{lines}</g>'
        f'<path d="{drawing["outline"]}" fill="none" stroke="{_LINE}" stroke-width="0.9" stroke-linejoin="round" pointer-events="none"/></g>'
    )


def view_name(view: str, say: Speech) -> str:
    """A view in words: "Sole of the foot"."""
    return say.get(f"view_{view}", VIEWS.get(view, view))


def _title(view: str, side: str, say: Speech) -> str:
    return view_name(view, say) + (f", {say(f'side_{side}')}" if view != "saddle" else "")


def svg(
    view: str,
    paint: Mapping[str, int | Sequence[int]] | None = None,
    labels: Mapping[str, str] | None = None,
    pressed: Sequence[str] = (),
    side: str = "right",
    live: bool = False,
    kb: KnowledgeBase | None = None,
    language: str = ENGLISH,
) -> str:
    """One view as SVG text.

    Parameters: `paint` maps region ids to the number of a style (`STYLES`: a color with a pattern), or to two numbers
    where two share the region (stripes); `labels` replaces the names that screen readers and tooltips say; `pressed`
    lists chosen regions; `side` is "right" or "left" (mirrored); `live` makes every region a button. Text is escaped, so
    the result is safe to insert into a page.

    Raises ValueError for an unknown view, region, style or side.

    >>> picture = svg("plantar", paint={"heel_medial": 0})
    >>> picture.startswith("<svg") and 'data-region="heel_medial"' in picture
    True
    """
    kb = kb or load()
    drawing, paint = _checked(view, paint, pressed, side, kb)
    say = speech(kb, "bodymap", language)
    names = {**say.column("regions", "label").to_dict(), **(labels or {})}
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="hk-view" data-view="{html.escape(view)}" '
        f'viewBox="0 0 {drawing["width"]:g} {drawing["height"]:g}" role="group" aria-label="{html.escape(_title(view, side, say))}">'
        f"{_inside(drawing, paint, names, pressed, side, live)}</svg>"
    )


def best_views(regions: Iterable[str], views: Sequence[str] = tuple(VIEWS), most: int = 3, kb: KnowledgeBase | None = None) -> list[str]:
    """The few views that together show these regions, in the order of `views`; the first views when there is no region.

    >>> best_views(["perineum_saddle"], most=1)
    ['saddle']
    """
    kb = kb or load()
    shown = {view: set(drawings(kb)[view]["regions"]) for view in views}
    left, chosen = set(regions), []
    while left and len(chosen) < most:
        best = max((v for v in views if v not in chosen), key=lambda v: len(shown[v] & left), default=None)
        if best is None or not shown[best] & left:
            break
        chosen.append(best)
        left -= shown[best]
    chosen += [v for v in views if v not in chosen][: max(0, min(most, len(views)) - len(chosen))] if not chosen else []
    return [v for v in views if v in chosen]


def sheet(
    views: Sequence[str],
    paint: Mapping[str, int | Sequence[int]] | None = None,
    entries: Sequence[tuple[int | None, str]] = (),
    pressed: Sequence[str] = (),
    side: str = "right",
    kb: KnowledgeBase | None = None,
    language: str = ENGLISH,
) -> str:
    """Several views and their legend as one SVG picture, for pages on which no widget can live.

    Parameters: as for `svg`; `entries` are pairs of a style (None for plain skin) and its name.

    >>> sheet(["plantar", "medial"], {"heel_medial": 0}, [(0, "Medial calcaneal branches")]).count("<svg")
    3
    """
    kb = kb or load()
    say = speech(kb, "bodymap", language)
    names = say.column("regions", "label").to_dict()
    x, parts = 10.0, []
    for view in views:
        drawing, checked = _checked(view, paint, pressed, side, kb)
        scale = min(1.0, 270 / drawing["height"])
        width, height = drawing["width"] * scale, drawing["height"] * scale
        inside = _inside(drawing, checked, names, pressed, side, False)
        place = f'x="{x:.0f}" y="{280 - height:.0f}" width="{width:.0f}" height="{height:.0f}"'
        parts.append(
            f'<svg {place} viewBox="0 0 {drawing["width"]:g} {drawing["height"]:g}">{inside}</svg>'
            f'<text x="{x + width / 2:.0f}" y="298" text-anchor="middle">{html.escape(_title(view, side, say))}</text>'
        )
        x += max(width, 130) + 14
    used = {style if isinstance(style, int) else tuple(style) for style, _ in entries if style is not None}
    rows = []
    for number, (style, text) in enumerate(entries):
        fill, y = _SKIN if style is None else f"url(#{_pattern_id(style)})", 312 + 22 * number
        rows.append(f'<rect x="12" y="{y}" width="28" height="16" fill="{fill}" stroke="{_LINE}" stroke-width="0.5"/>')
        rows.append(f'<text x="48" y="{y + 13}">{html.escape(text)}</text>')
    width, height = max(x, 640), 318 + 22 * len(entries)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}" '
        f'font-family="sans-serif" font-size="13" fill="#1a1a1a">{_patterns(sorted(used, key=str), 1, True)}'
        f'<rect width="100%" height="100%" fill="#fffdf8"/>{"".join(parts)}{"".join(rows)}</svg>'
    )


def image(picture: str, alt: str, width: int | None = None) -> str:
    """An SVG text as an HTML image, as wide as the picture itself or `width` pixels. Code-hosting pages remove SVG from stored output, but show it as an image.

    >>> image("<svg/>", "A foot")
    '<img alt="A foot" src="data:image/svg+xml;base64,PHN2Zy8+">'
    """
    wide = "" if width is None else f' width="{width}"'
    return f'<img alt="{html.escape(alt)}"{wide} src="data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}">'


@functools.lru_cache(maxsize=8)
def live_drawings(kb: KnowledgeBase, language: str = ENGLISH) -> dict:
    """What bodymap.js needs to know: `svgs`, `styles`, `views` with their regions, and for every region its names and where to test it."""
    views, say = drawings(kb), speech(kb, "bodymap", language)
    return {
        "svgs": [svg(view, live=True, kb=kb, language=language) for view in views],
        "styles": [list(style) for style in STYLES],
        "views": [{"id": v, "label": view_name(v, say), "regions": list(views[v]["regions"])} for v in views],
        "regions": {
            region: {key: say.of("regions", field, region) for key, field in (("label", "label"), ("plain", "plain_label"), ("test", "test_point"))}
            for region in kb.regions.index
        },
    }
