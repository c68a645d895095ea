"""Where every nerve stands in the wiring diagram: spine at the top, toes at the bottom.

The classic recipe for layered graphs (Sugiyama, Tagawa & Toda 1981): layers by the longest way from a root, the order
inside a layer by barycenters so that few lines cross, then x coordinates as near to the neighbors as the labels allow.
"""

import functools
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from heelkit.anatomy import graph
from heelkit.language import ENGLISH, Speech, speech
from heelkit.tables import KnowledgeBase

if TYPE_CHECKING:
    import networkx as nx

FAMILIES = ("trunk", "femoral", "gluteal", "fibular", "sural", "tibial")  # in the order of the legend
_MEMBERS = {  # names of nerves (column `nerve`) or of single nodes
    "trunk": "sciatic_nerve lumbar_plexus lumbosacral_trunk sacral_plexus",
    "femoral": "femoral_nerve saphenous_nerve obturator_nerve",
    "gluteal": "superior_gluteal_nerve inferior_gluteal_nerve posterior_femoral_cutaneous_nerve pudendal_nerve superior_cluneal_nerves "
    "middle_cluneal_nerves paraspinal_dorsal_rami",
    "fibular": "common_fibular_nerve deep_fibular_nerve superficial_fibular_nerve lateral_sural_cutaneous_nerve sciatic_nerve_fibular_division",
    "sural": "sural_nerve medial_sural_cutaneous_nerve sural_communicating_branch",
    "tibial": "tibial_nerve sciatic_nerve_tibial_division",
}
_FAMILY = {name: family for family, names in _MEMBERS.items() for name in names.split()}

FONT, LINE, PAD_X, PAD_Y = 15, 16, 7, 4  # sizes in the units of the drawing
GAP_X, GAP_Y, TOP, MARGIN, PULL = 10, 26, 46, 8, 0.8
LONGEST, ROOMY = 25, 640
WRAP, WIDEST = 14, 560  # characters per line; how wide a layer may be before end branches move down
NARROW, WIDE, CAPITAL = set("fijlrtI .,;:'()-"), set("mwMW"), set("ABCDEFGHJKLNOPQRSTUVXYZ")


def text_width(text: str, bold: bool = False) -> float:
    """How wide a line of text is, in units of the drawing, in Arial and fonts of its width."""
    ems = sum(0.3 if c in NARROW else 0.84 if c in WIDE else 0.7 if c in CAPITAL else 0.55 for c in text)
    return ems * FONT * (1.08 if bold else 1.0)


@dataclass(frozen=True)
class Box:
    """A nerve segment in the diagram: center, size and the lines of its label."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[tuple[str, bool], ...]  #: text and whether it is bold
    family: str
    layer: int

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.x - self.width / 2, self.y - self.height / 2, self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Line:
    """A connection from a parent to its child: the path, its share of the child's fibers, whether it varies."""

    parent: str
    child: str
    path: str
    share: float
    variable: bool
    family: str


@dataclass(frozen=True)
class Layout:
    """The whole diagram."""

    boxes: dict[str, Box]
    lines: tuple[Line, ...]
    width: float
    height: float
    crossings: int


def families(kb: KnowledgeBase) -> dict[str, str]:
    """The family of every node; a nerve that is not named here belongs to the family of its strongest parent."""
    import networkx as nx  # slow to import, and the other explorers do without it

    net, found = graph(kb), {}
    for node in nx.topological_sort(net):
        parents = sorted(net.in_edges(node, data="share"), key=lambda edge: -edge[2])
        inherited = found[parents[0][0]] if parents else "trunk"
        found[node] = _FAMILY.get(node) or _FAMILY.get(kb.nodes.loc[node, "nerve"]) or inherited
    return found


def _wrapped(text: str, bold: bool, wrap: int) -> list[tuple[str, bool]]:
    """Text in lines of about the same length."""
    words, count = text.split(), -(-len(text) // wrap)
    lines, target = [], len(text) / count
    for word in words:
        if lines and (len(lines[-1]) + len(word) / 2 <= target or len(lines[-1]) + len(word) < wrap * 0.75):
            lines[-1] += " " + word
        else:
            lines.append(word)
    return [(line, bold) for line in lines]


def label(node: str, say: Speech, wrap: int = WRAP) -> tuple[tuple[str, bool], ...]:
    """The lines of a label. A nerve is named where it begins; its further segments say only where they are."""
    kb, name = say.kb, say.of("nodes", "name", node)
    row, net, names = kb.nodes.loc[node], graph(kb), say.column("nodes", "name")
    if row["kind"] == "root":
        return ((name.removesuffix(" root").removeprefix("Raíz "), True),)
    head, tail = name, ""
    found = re.fullmatch(rf"(.+?)(?:,| (?=(?:{say('place_words')}) ))\s*(.+)", name)
    if found and row["nerve"]:
        head, tail = found.groups()
    goes_on = any(kb.nodes.loc[p, "nerve"] == row["nerve"] and names[p].startswith(head) for p in net.predecessors(node))
    if tail and goes_on:
        return tuple(_wrapped(tail, False, wrap))
    return tuple(_wrapped(head, True, wrap) + (_wrapped(tail, False, wrap) if tail else []))


def _box_width(lines) -> float:
    return max(44.0, max(text_width(t, bold) for t, bold in lines) + 2 * PAD_X)


def _layers(net: "nx.DiGraph", width: dict[str, float]) -> dict[str, int]:
    """The longest way from a root; end branches of an overfull layer move down until it fits."""
    import networkx as nx

    layer: dict[str, int] = {}
    for node in nx.topological_sort(net):
        layer[node] = 1 + max((layer[p] for p in net.predecessors(node)), default=-1)
    for depth in range(1, max(layer.values()) + 1):
        row = sorted((n for n in layer if layer[n] == depth), key=lambda n: (net.out_degree(n) == 0, width[n], n))
        while sum(width[n] + GAP_X for n in row) > WIDEST and net.out_degree(row[-1]) == 0:
            layer[row.pop()] += 1
    return layer


def _crossings(orders: list[list], below: dict) -> int:
    total = 0
    for upper, lower in itertools.pairwise(orders):
        place = {n: i for i, n in enumerate(lower)}
        ends = [place[c] for n in upper for c in sorted(below[n], key=place.__getitem__)]
        total += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return total


def _ordered(orders: list[list], above: dict, below: dict) -> tuple[list[list], int]:
    """Barycenter sweeps down and up, then swaps of neighbors while they help."""
    best, fewest = [list(o) for o in orders], _crossings(orders, below)
    for sweep in range(24):
        near, steps = (above, range(1, len(orders))) if sweep % 2 == 0 else (below, range(len(orders) - 2, -1, -1))
        for depth in steps:
            there = {n: i / max(1, len(o) - 1) for o in (orders[depth - 1] if near is above else orders[depth + 1],) for i, n in enumerate(o)}
            here = {n: i / max(1, len(orders[depth]) - 1) for i, n in enumerate(orders[depth])}
            center = {n: sum(there[m] for m in near[n]) / len(near[n]) if near[n] else here[n] for n in orders[depth]}
            orders[depth].sort(key=center.__getitem__)
        for depth in range(len(orders)):
            window = orders[max(0, depth - 1) : depth + 2]
            row = orders[depth]
            for i in range(len(row) - 1):
                before = _crossings(window, below)
                row[i], row[i + 1] = row[i + 1], row[i]
                if _crossings(window, below) >= before:
                    row[i], row[i + 1] = row[i + 1], row[i]
        now = _crossings(orders, below)
        if now < fewest:
            best, fewest = [list(o) for o in orders], now
    return best, fewest


def _spread(wanted: list[float], half: list[float], weight: list[float], gap: float) -> list[float]:
    """The positions nearest to the wanted ones that keep order and distance (pool adjacent violators)."""
    offset, blocks = 0.0, []
    offsets = []
    for i, w in enumerate(wanted):
        if i:
            offset += half[i - 1] + half[i] + gap
        offsets.append(offset)
        blocks.append([w - offset, weight[i], 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, heavy, size = blocks.pop()
            other = blocks[-1]
            blocks[-1] = [(other[0] * other[1] + mean * heavy) / (other[1] + heavy), other[1] + heavy, other[2] + size]
    positions = [mean for mean, _, size in blocks for _ in range(size)]
    return [p + o for p, o in zip(positions, offsets, strict=True)]


@functools.lru_cache(maxsize=4)
def layout(kb: KnowledgeBase, language: str = ENGLISH) -> Layout:
    """The diagram of a knowledge base. Labels never overlap; `crossings` says how many lines cross."""
    net, family, say = graph(kb), families(kb), speech(kb, "wiring", language)
    texts = {n: label(n, say) for n in net}
    width = {n: _box_width(lines) for n, lines in texts.items()}
    layer = _layers(net, width)
    for depth in range(1 + max(layer.values())):  # where there is room, labels get longer lines, so that layers are low
        row = [n for n in net if layer[n] == depth]
        passing = sum(layer[p] < depth < layer[c] for p, c in net.edges)
        for wrap in range(WRAP + 1, LONGEST + 1):
            wider = {n: label(n, say, wrap) for n in row}
            total = sum(_box_width(lines) + GAP_X for lines in wider.values()) + passing * GAP_X * 1.5
            lower = max(map(len, wider.values())) < max(len(texts[n]) for n in row)
            if lower and total <= ROOMY:
                texts |= wider
    width = {n: _box_width(lines) for n, lines in texts.items()}
    depth = max(layer.values()) + 1

    # Long lines get a stop in every layer they pass, so that room is kept for them.
    above, below, chains, strength = {n: [] for n in net}, {n: [] for n in net}, {}, {}
    for parent, child, share in net.edges(data="share"):
        chain = [parent, *((parent, child, d) for d in range(layer[parent] + 1, layer[child])), child]
        chains[parent, child] = chain
        for upper, lower in itertools.pairwise(chain):
            below.setdefault(upper, []).append(lower)
            above.setdefault(lower, []).append(upper)
            strength[upper, lower] = (0.3 + share) * (1 + isinstance(upper, tuple) + isinstance(lower, tuple))
    place = {n: layer.get(n, n[2] if isinstance(n, tuple) else 0) for n in below | above}
    rank = {n: int(i) for n, i in kb.nodes["display_order"].items()}
    order_of = {n: rank[n] if n in rank else rank[n[1]] for n in place}
    starts = [sorted((n for n in place if place[n] == d), key=lambda n: (order_of[n], str(n))) for d in range(depth)]
    candidates = [_ordered([list(o) for o in starts], above, below), _ordered([list(reversed(o)) for o in starts], above, below)]
    orders, crossings = min(candidates, key=lambda found: found[1])
    if orders[0].index(min(orders[0], key=order_of.__getitem__)) > len(orders[0]) / 2:
        orders = [list(reversed(o)) for o in orders]  # the upper roots stand on the left

    half = {n: width.get(n, 6.0) / 2 for n in place}
    x = {}
    for row in orders:
        x.update(zip(row, _spread([0.0] * len(row), [half[n] for n in row], [1.0] * len(row), GAP_X), strict=True))
    for sweep in range(60):
        steps = range(1, depth) if sweep % 2 == 0 else range(depth - 2, -1, -1)
        middle = (min(x.values()) + max(x.values())) / 2
        for d in steps:
            wanted, weight = [], []
            for n in orders[d]:
                near = [(m, strength[m, n]) for m in above.get(n, [])] + [(m, strength[n, m]) for m in below.get(n, [])]
                if sweep < 40:  # first follow one direction, at last balance both
                    near = [(m, s) for m, s in near if (place[m] < d) == (sweep % 2 == 0)] or near
                near.append((None, PULL))  # everything is drawn a little to the middle, so that the picture stays narrow
                total = sum(s for _, s in near)
                wanted.append(sum(x.get(m, middle) * s for m, s in near) / total)
                weight.append(total)
            x.update(zip(orders[d], _spread(wanted, [half[n] for n in orders[d]], weight, GAP_X), strict=True))

    left = min(x[n] - half[n] for n in x) - MARGIN
    boxes, y = {}, TOP
    tops = []
    for d, row in enumerate(orders):
        real = [n for n in row if n in width]
        tall = max(len(texts[n]) for n in real) * LINE + 2 * PAD_Y
        tops.append((y, y + tall))
        for n in real:
            height = len(texts[n]) * LINE + 2 * PAD_Y
            boxes[n] = Box(round(x[n] - left, 1), round(y + tall / 2, 1), round(width[n], 1), height, texts[n], family[n], d)
        y += tall + GAP_Y
    x = {n: value - left for n, value in x.items()}
    lines = _lines(net, boxes, chains, x, tops, kb, family)
    right = max(x[n] + half[n] for n in x) + MARGIN
    return Layout(boxes, lines, round(right, 1), round(y - GAP_Y + MARGIN, 1), crossings)


def _lines(net, boxes, chains, x, tops, kb, family) -> tuple[Line, ...]:
    """Smooth paths; where several lines meet a box they land side by side."""
    kind = {(r.parent_id, r.child_id): r.share for r in kb.edges.itertuples()}

    def port(node, other_ends):
        ends = sorted(other_ends, key=lambda e: x[e[1]])
        room = min(boxes[node].width - 16, 13 * (len(ends) - 1))
        return {e[0]: boxes[node].x + (room * (i / (len(ends) - 1) - 0.5) if len(ends) > 1 else 0) for i, e in enumerate(ends)}

    leave, arrive = {}, {}
    for node in net:
        leave |= port(node, [((node, c), chains[node, c][1]) for c in net.successors(node)])
        arrive |= port(node, [((p, node), chains[p, node][-2]) for p in net.predecessors(node)])
    lines = []
    for (parent, child), chain in chains.items():
        out, into = leave[parent, child], arrive[parent, child]
        points = [(out, boxes[parent].frame[3]), (out, tops[boxes[parent].layer][1])]
        for stop in chain[1:-1]:
            points += [(x[stop], tops[stop[2]][0]), (x[stop], tops[stop[2]][1])]
        points += [(into, tops[boxes[child].layer][0]), (into, boxes[child].frame[1])]
        path = f"M{points[0][0]:.0f},{points[0][1]:.0f}"
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            middle = (y1 + y2) / 2
            path += f"L{x2:.0f},{y2:.0f}" if abs(x1 - x2) < 0.5 else f"C{x1:.0f},{middle:.0f} {x2:.0f},{middle:.0f} {x2:.0f},{y2:.0f}"
        lines.append(Line(parent, child, path, float(net.edges[parent, child]["share"]), kind[parent, child] == "variable", family[child]))
    return tuple(lines)
