"""The wiring diagram as SVG text: nerve families by color, line pattern and label; every text escaped."""

import functools
import html
from collections.abc import Mapping

from heelkit.anatomy import graph
from heelkit.explore.wiring_layout import FAMILIES, FONT, LINE, PAD_Y, Layout, layout
from heelkit.language import ENGLISH, Speech, speech
from heelkit.tables import KnowledgeBase

# color of the line; what is drawn inside it: color, width, dashes
LOOK = {
    "trunk": ("#4d4d4d", ("#d9d9d9", 2.6, "")),
    "femoral": ("#96417f", ("#fff", 1.8, "9 5")),
    "gluteal": ("#7d6200", ("#fff", 2.8, "0 7")),
    "fibular": ("#c24e00", ("#fff", 1.6, "")),
    "sural": ("#00704f", ("#fff", 3.4, "2 8")),
    "tibial": ("#0067a3", None),
}
INK, PAPER = "#1a1a1a", "#fffdf8"
LEGEND_HEIGHT = 130
ROLES = {"chosen": (INK, "#fff", 3), "above": ("#e4e4e4", INK, 2.6), "below": ("#fff0b3", INK, 2.6)}  # fill, ink, width of the frame


def stroke_width(share: float) -> float:
    """Lines are as wide as the share of the child's fibers that they carry.

    >>> stroke_width(1.0) > stroke_width(0.2)
    True
    """
    return round(1.6 + 5.4 * share, 1)


@functools.lru_cache(maxsize=128)
def path_of(node: str | None, kb: KnowledgeBase) -> Mapping[str, str]:
    """The part every node plays for the chosen one: "chosen", "above" (it feeds it), "below" (it is fed by it)."""
    if node is None:
        return {}
    import networkx as nx  # slow to import, and the other explorers do without it

    net = graph(kb)
    return {node: "chosen"} | dict.fromkeys(nx.ancestors(net, node), "above") | dict.fromkeys(nx.descendants(net, node), "below")


def _connection(line, inner: bool, role: str) -> str:
    width = stroke_width(line.share)
    if not inner:
        dash = ' stroke-dasharray="6 5"' if line.variable else ""
        return f'<path d="{line.path}" stroke-width="{width}"{dash} data-edge="{line.parent}&gt;{line.child}"{role}/>'
    return "" if line.variable or width < 4 else f'<path d="{line.path}"{role}/>'


def _box(node: str, box, name: str, live: bool, role: str | None) -> str:
    left, top, *_ = box.frame
    color = LOOK[box.family][0]
    fill, ink, thick = ROLES.get(role, ("#fff", INK, 1.8))
    first = top + PAD_Y + LINE * 0.78
    lines = "".join(
        f'<text x="{box.x:g}" y="{first + i * LINE:.1f}" font-weight="{700 if bold else 400}">{html.escape(text)}</text>'
        for i, (text, bold) in enumerate(box.lines)
    )
    button = (
        f' class="hk-node" data-node="{html.escape(node)}" data-layer="{box.layer}" data-family="{box.family}" role="button" tabindex="-1" '
        f'aria-pressed="false" aria-label="{html.escape(name)}"'
    )
    frame = f'<rect x="{left:g}" y="{top:g}" width="{box.width:g}" height="{box.height:g}" rx="7" fill="{fill}" stroke="{color}" stroke-width="{thick}"/>'
    return f'<g{button if live else ""} fill="{ink}">{frame}{lines}</g>'


def _spine(plan: Layout, say: Speech) -> str:
    """The cord above its roots, with a stub to each."""
    roots = [box for box in plan.boxes.values() if box.layer == 0]
    left, right = min(b.frame[0] for b in roots), max(b.frame[2] for b in roots)
    stubs = "".join(f"M{b.x:g},22V{b.frame[1]:g}" for b in roots)
    return (
        f'<path d="{stubs}" stroke="{LOOK["trunk"][0]}" stroke-width="3" fill="none"/>'
        f'<rect x="{left:g}" y="3" width="{right - left:g}" height="22" rx="11" fill="#efe3c8" stroke="#8a7a55" stroke-width="1.5"/>'
        f'<text x="{(left + right) / 2:g}" y="19" fill="{INK}">{html.escape(say("spine"))}</text>'
    )


def _legend(plan: Layout, say: Speech) -> str:
    """Families in two columns, then what width and dashes mean."""
    parts, column = [], (plan.width - 20) / 2
    for i, family in enumerate(FAMILIES):
        x, y = 12 + column * (i % 2), plan.height + 20 + 24 * (i // 2)
        sample = f'<path d="M{x:.0f},{y:.0f}h50"/>'
        parts.append(f'<g stroke="{LOOK[family][0]}" stroke-width="7">{sample}</g>{_inner(family, sample)}')
        parts.append(f'<text x="{x + 60:.0f}" y="{y + 5:.0f}" text-anchor="start" font-weight="700">{html.escape(say(f"family_{family}"))}</text>')
    y = plan.height + 94
    parts.append(f'<path d="M12,{y:.0f}h24" stroke="{INK}" stroke-width="7"/><path d="M38,{y:.0f}h24" stroke="{INK}" stroke-width="2"/>')
    parts.append(f'<text x="72" y="{y + 5:.0f}" text-anchor="start">{html.escape(say("thicker"))}</text>')
    y += 22
    parts.append(f'<path d="M12,{y:.0f}h50" stroke="{INK}" stroke-width="3" stroke-dasharray="6 5"/>')
    parts.append(f'<text x="72" y="{y + 5:.0f}" text-anchor="start">{html.escape(say("dashed"))}</text>')
    return f'<g fill="{INK}" aria-hidden="true">{"".join(parts)}</g>'


def _inner(family: str, paths: str) -> str:
    if not LOOK[family][1] or not paths:
        return ""
    color, width, dashes = LOOK[family][1]
    dash = f' stroke-dasharray="{dashes}" stroke-linecap="round"' if dashes else ""
    return f'<g class="hk-inner" fill="none" stroke="{color}" stroke-width="{width}"{dash}>{paths}</g>'


@functools.lru_cache(maxsize=16)
def diagram(kb: KnowledgeBase, node: str | None = None, live: bool = False, language: str = ENGLISH) -> str:
    """The diagram as SVG. `node` is shown with its way up and down; with `live` every node is a button for the browser."""
    plan, roles, say = layout(kb, language), {} if live else path_of(node, kb), speech(kb, "wiring", language)
    parts = [_spine(plan, say)]
    for family, (color, _) in LOOK.items():
        lines = [line for line in plan.lines if line.family == family]
        faint = ' opacity=".22"'
        role = {line: faint if roles and not (line.parent in roles and line.child in roles) else "" for line in lines}
        parts.append(f'<g fill="none" stroke="{color}" data-family="{family}">{"".join(_connection(line, False, role[line]) for line in lines)}</g>')
        parts.append(_inner(family, "".join(_connection(line, True, role[line]) for line in lines)))
    names = say.column("nodes", "name")
    for n, box in plan.boxes.items():
        parts.append(_box(n, box, names[n], live, roles.get(n)))
    height = plan.height + LEGEND_HEIGHT
    title = say("title") + (f"; {say('chosen')}: {names[node]}" if node else "")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="hk-diagram" viewBox="0 0 {plan.width:g} {height:g}" role="group" aria-label="{html.escape(title)}" '
        f'font-family="Arial,Liberation Sans,Helvetica,sans-serif" font-size="{FONT}" text-anchor="middle"><rect width="100%" height="100%" fill="{PAPER}"/>'
        f"{''.join(parts)}{_legend(plan, say)}</svg>"
    )
