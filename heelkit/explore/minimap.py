"""A small map of the skin: where it hurts and where it is numb, each with its own pattern."""

import html
from collections.abc import Iterable

from heelkit.bodymap import STYLES, drawings, view_name
from heelkit.language import ENGLISH, speech
from heelkit.tables import KnowledgeBase, load, unknown

PAIN, NUMB = "#e69f00", "#56b4e9"  # of the Okabe-Ito colors, safe for color-blind readers
DOTS, LINES = STYLES[5][1], STYLES[0][1]
_SKIN, _LINE, _MARK = "#f6dcc8", "#4a3428", "#1a1a1a"


def _pattern(name: str, color: str, mark: str, scale: float) -> str:
    fill = _MARK if mark == DOTS else "none"
    stroke = "none" if mark == DOTS else _MARK
    inside = f'<rect width="6" height="6" fill="{color}"/><path d="{mark}" fill="{fill}" stroke="{stroke}" stroke-width="0.9"/>'
    return f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="scale({scale:.2g})">{inside}</pattern>'


def _both(scale: float) -> str:
    halves = f'<rect width="6" height="12" fill="{PAIN}"/><rect x="6" width="6" height="12" fill="{NUMB}"/>'
    marks = f'<path d="{DOTS}M1.5,9 a1.5,1.5 0 1,0 3,0 a1.5,1.5 0 1,0 -3,0" fill="{_MARK}"/><path d="M6,6L12,0M6,12L12,6" stroke="{_MARK}" stroke-width="0.9"/>'
    return f'<pattern id="both" width="12" height="12" patternUnits="userSpaceOnUse" patternTransform="scale({scale:.2g})">{halves}{marks}</pattern>'


def swatch(kind: str) -> str:
    """The sign of "pain", "numb" or "both" for the legend, as SVG text."""
    pattern = _both(1) if kind == "both" else _pattern(kind, PAIN if kind == "pain" else NUMB, DOTS if kind == "pain" else LINES, 1)
    size = 'xmlns="http://www.w3.org/2000/svg" width="30" height="18" viewBox="0 0 30 18"'
    return f'<svg {size}><defs>{pattern}</defs><rect width="30" height="18" fill="url(#{kind})" stroke="{_LINE}"/></svg>'


def minimap(view: str, pain: Iterable[str] = (), numb: Iterable[str] = (), fine: bool = True, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> str:
    """One view of the right side as SVG text, with painful skin dotted, numb skin hatched, and skin that is both in halves.

    Parameters: `view` is a drawing of `bodymap`; `pain` and `numb` are region ids (those that the view does not show are left out); `fine`
    adds the decoration, which makes the picture about 4 KB larger.

    Raises ValueError for an unknown view or region.

    >>> picture = minimap("plantar", pain=["heel_plantar"], numb=["heel_plantar", "sole_medial"], fine=False)
    >>> "url(#both)" in picture, "url(#numb)" in picture, len(picture) < 9000
    (True, True, True)
    """
    kb = kb or load()
    if view not in drawings(kb):
        raise unknown("view", [view], drawings(kb))
    pain, numb = set(pain), set(numb)
    if strangers := sorted((pain | numb) - set(kb.regions.index)):
        raise unknown("skin region", strangers, kb.regions.index)
    drawing, say = drawings(kb)[view], speech(kb, "bodymap", language)
    scale = max(1.0, drawing["height"] / 280)
    painted = []
    for region, path in drawing["regions"].items():
        kind = "both" if region in pain & numb else "pain" if region in pain else "numb" if region in numb else ""
        if kind:
            title = html.escape(say.of("regions", "label", region))
            painted.append(f'<path data-region="{region}" d="{path}" fill="url(#{kind})" stroke="{_LINE}" stroke-width="0.5"><title>{title}</title></path>')
    lines = "".join(f'<path d="{path}" stroke-width="{weight:g}"/>' for weight, path in drawing["lines"].items()) if fine else ""
    outline = f"outline_{view}"  # drawn twice, under the skin and over it, but written once; several maps may share a page
    patterns = _pattern("pain", PAIN, DOTS, scale) + _pattern("numb", NUMB, LINES, scale) + _both(scale)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing["width"]:g} {drawing["height"]:g}"><title>{html.escape(view_name(view, say))}</title>'
        f'<defs>{patterns}<path id="{outline}" d="{drawing["outline"]}"/></defs><use href="#{outline}" fill="{_SKIN}"/>{"".join(painted)}'
        f'<g fill="none" stroke="{_LINE}" stroke-opacity="0.5" stroke-linecap="round">{lines}</g>'
        f'<use href="#{outline}" fill="none" stroke="{_LINE}" stroke-width="1.1"/></svg>'
    )
