"""The wiring explorer: follow a nerve from cord to toe, predict what hangs on it, cut it, see what is lost."""

import functools
import html

import networkx as nx
import pandas as pd
import traitlets

from heelkit.anatomy import Deficit, graph, node_losses, root_of_region, structure_labels
from heelkit.bodymap import image, live_drawings
from heelkit.citations import citation, percent
from heelkit.errors import InputError
from heelkit.explore.assets import script, style
from heelkit.explore.widget import NerveExplorer, check_choice, check_chosen, check_known, html_table
from heelkit.explore.wiring_svg import diagram
from heelkit.tables import KnowledgeBase, load, unknown

COLUMNS = ["structure", "kind", "label", "share", "row", "basis", "source_ids"]
KINDS = ("region", "muscle", "reflex")
MUCH, SOME, LITTLE = 0.6, 0.25, 0.05  # steps of the shading; what is less than LITTLE is not called lost
LIKELY = 0.5  # what is at least this likely to be lost should have been predicted
TESTABLE = 0.2  # muscles whose bedside test finds less than this are not asked for in a prediction
QUESTION = "Which skin goes numb, and which muscles go weak, if it is cut here?"


def _whole(share: float) -> str:
    return "All" if share > 0.995 else percent(share)


def _by_nerve(node: str, kb: KnowledgeBase) -> list[tuple[Deficit, str]]:
    """What a segment of a nerve supplies, each with the words for its share."""
    lost, names, found = node_losses({node: 1.0}, kb), kb.nodes["name"], []
    skin: dict[str, list] = {}
    for r in kb.skin[kb.skin["node_id"].isin(lost)].itertuples():
        skin.setdefault(r.region_id, []).append((lost[r.node_id] * r.probability, r))
    for region, rows in skin.items():
        rows.sort(key=lambda pair: -pair[0])
        spared, first = 1.0, rows[0][1]
        for share, _ in rows:
            spared *= 1 - share
        parts = [
            f"{names[r.node_id]}: {percent(r.probability)} of this skin; {_whole(lost[r.node_id]).lower()} of its fibers come through here" for _, r in rows
        ]
        row = f"skin: {first.node_id} -> {region}"
        found.append((Deficit(region, "region", "lost", 1 - spared, row, first.basis, first.source_ids), ". ".join(parts) + "."))
    for table_name, table, kind in (("muscles", kb.muscles, "muscle"), ("reflexes", kb.reflexes, "reflex")):
        for r in table[table["node_id"].isin(lost)].itertuples():
            share, row = lost[r.node_id], f"{table_name}: {r.node_id} -> {r.Index}"
            hangs = "Hangs on this segment" if r.node_id == node else f"Hangs on: {names[r.node_id]}"
            rest = "." if share > 0.995 else "; the rest of its fibers takes another way."
            found.append((Deficit(r.Index, kind, "lost", share, row, r.basis, r.source_ids), f"{hangs}. {_whole(share)} of the fibers come through here{rest}"))
    return found


def _by_root(node: str, kb: KnowledgeBase) -> list[tuple[Deficit, str]]:
    """What a root supplies: by the tables of roots and by the dermatome maps, because roots mix in the plexus."""
    found, name = [], kb.nodes.loc[node, "name"]
    for table, column, kind in ((kb.muscle_roots, "muscle_id", "muscle"), (kb.reflex_roots, "reflex_id", "reflex")):
        for r in table[table["root_id"] == node].itertuples():
            structure, row = getattr(r, column), f"{kind}_roots: {node} -> {getattr(r, column)}"
            sign = "weak" if kind == "muscle" else "reduced"
            words = f"{name} is {'the main' if r.share == 'main' else 'a minor'} root: {sign} in about {percent(r.probability)} when the whole root is lost."
            found.append((Deficit(structure, kind, "lost", r.probability, row, r.basis, r.source_ids), words))
    skin = root_of_region(kb, None)
    for r in skin[skin["root_id"] == node].itertuples():
        words = r.row.removeprefix("dermatomes: ").split(" give ")[0]
        words = f"{words[0].upper()}{words[1:]} that speak of this skin give it to {name}. Roots overlap, so a lost root numbs less than the maps show."
        found.append((Deficit(r.region_id, "region", "lost", r.probability, r.row, r.basis, r.source_ids), words))
    return found


@functools.lru_cache(maxsize=256)
def _supply(node: str, kb: KnowledgeBase) -> tuple[tuple[Deficit, str], ...]:
    found = _by_root(node, kb) if kb.nodes.loc[node, "kind"] == "root" else _by_nerve(node, kb)
    found = [pair for pair in found if pair[0].probability > 0]
    return tuple(sorted(found, key=lambda pair: (KINDS.index(pair[0].kind), -pair[0].probability, pair[0].structure)))


def supplies(node_id: str, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """What a node of the graph supplies, and so what is lost when it is cut there.

    Returns a DataFrame with columns `structure` (id), `kind` (region, muscle, reflex), `label`, `share` (0..1: for muscles
    and reflexes the share of their fibers, for skin how likely it is numb, for roots how likely the loss is found), `row`
    (the table row it came from), `basis` and `source_ids`.

    Raises ValueError for an unknown node.

    >>> supplies("inferior_calcaneal_nerve_calcaneus")["structure"].tolist()
    ['abductor_digiti_minimi']
    """
    kb = kb or load()
    if node_id not in kb.nodes.index:
        raise unknown("node", [node_id], kb.nodes.index)
    labels = structure_labels(kb)
    rows = [(d.structure, d.kind, labels[d.kind, d.structure], d.probability, d.row, d.basis, d.source_ids) for d, _ in _supply(node_id, kb)]
    return pd.DataFrame(rows, columns=COLUMNS)


class WiringExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.wiring`.

    `.state` is a dict with `node_id` (the chosen nerve segment, or None), `cut` (that node when it is cut, or None), `numb`
    and `weak` (the prediction: region and muscle ids) and `shown` (the student asked to see the answer uncut); assign to it to
    set several at once. Another node starts a new prediction. `.result` is what the chosen node supplies, or what is lost.
    """

    PARTS = ("node_id", "cut", "numb", "weak", "shown")
    _esm = script("bodymap.js", "explore/wiring.js")
    _css = style("wiring", "bodymap.css")
    catalog = traitlets.Dict().tag(sync=True)
    node_id = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    cut = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    numb = traitlets.List(traitlets.Unicode()).tag(sync=True)
    weak = traitlets.List(traitlets.Unicode()).tag(sync=True)
    shown = traitlets.Bool(False).tag(sync=True)
    predict = traitlets.Bool(True).tag(sync=True)

    def __init__(self, kb: KnowledgeBase, predict: bool, state: dict):
        self._kb = kb
        super().__init__(catalog=_catalog(kb), predict=bool(predict), **self._checked(state))

    def _checked(self, traits: dict) -> dict:
        kb, before = self._kb, self.node_id
        check_known("part of the state", traits, self.PARTS)
        check_choice(traits, "node_id", "node", kb.nodes.index)
        check_choice(traits, "cut", "node", kb.nodes.index)
        check_chosen(traits, "numb", "skin region", kb.regions.index)
        check_chosen(traits, "weak", "muscle", kb.muscles.index)
        if "shown" in traits and not isinstance(traits["shown"], bool):
            raise InputError(f"'shown' is {traits['shown']!r}; it must be True or False.")
        if traits.get("cut") and "node_id" not in traits:
            traits["node_id"] = traits["cut"]
        chosen = traits.get("node_id", before)
        if traits.get("cut") not in (None, chosen):
            raise InputError(f"'{traits['cut']}' is cut but '{chosen}' is chosen: choose the node that is cut.")
        if chosen != before:
            traits = {"cut": None, "numb": [], "weak": [], "shown": False} | traits
        return traits

    @property
    def result(self) -> pd.DataFrame:
        """What the chosen node supplies, or, when it is cut, what is lost; no row while no node is chosen."""
        return supplies(self.node_id, self._kb) if self.node_id else pd.DataFrame([], columns=COLUMNS)

    def __repr__(self):
        quoted = "None" if self.node_id is None else f"'{self.node_id}'"
        return f"WiringExplorer(node_id={quoted}, cut={self.cut is not None})"

    def _picture(self) -> str:
        """The diagram as an image, and the strongest rows of the result as a table."""
        whole = image(diagram(self._kb, self.node_id), "Nerves from the spinal cord to the toes", width=820)
        if not self.node_id:
            return whole
        rows = [(r.kind, html.escape(r.label), _whole(r.share).lower()) for r in self.result.head(24).itertuples()]
        name = html.escape(self._kb.nodes.loc[self.node_id, "name"])
        table = html_table(("", "lost when cut here" if self.cut else "supplied from here", "share"), rows)
        if self.predict and not (self.cut or self.shown):
            table = f"<details><summary>{QUESTION} Predict first, then open the answer.</summary>{table}</details>"
        return f"{whole}<p><b>{name}</b></p>{table}"


@functools.lru_cache(maxsize=4)
def _catalog(kb: KnowledgeBase) -> dict:
    """What the browser needs once: the diagram, the skin drawings, and for every node what hangs on it and why."""
    net, nodes = graph(kb), {}
    for n in kb.nodes.itertuples():
        found = _supply(n.Index, kb)
        numbers = [
            {
                "what": v.what,
                "percent": None if pd.isna(v.percent) else float(v.percent),
                "n": None if pd.isna(v.n) else int(v.n),
                "value": None if pd.isna(v.value) else f"{v.value:g} {v.unit}",
                "note": v.note or "",
                "sources": [citation(s, kb) for s in v.source_ids.split(";")],
            }
            for v in kb.variations[kb.variations["node_id"] == n.Index].itertuples()
        ]
        nodes[n.Index] = {
            "name": n.name,
            "kind": n.kind,
            "place": n.place,
            "synonyms": n.synonyms or "",
            "roots": [m for m in kb.nodes.index if m in nx.ancestors(net, n.Index) and kb.nodes.loc[m, "kind"] == "root"],
            "lost": {m: round(share, 3) for m, share in node_losses({n.Index: 1.0}, kb).items()},
            "supply": [[d.kind, d.structure, round(d.probability, 3), why, d.basis] for d, why in found],
            "variations": numbers,
        }
    muscles = kb.muscles.sort_values("bedside_sensitivity", ascending=False)
    return live_drawings(kb) | {
        "diagram": diagram(kb, live=True),
        "nodes": nodes,
        "edges": [[r.parent_id, r.child_id, float(r.share_probability)] for r in kb.edges.itertuples()],
        "muscles": {
            m.Index: {"label": m.name, "action": m.action, "test": m.bedside_test, "ask": bool(m.bedside_sensitivity >= TESTABLE)} for m in muscles.itertuples()
        },
        "reflexes": {r.Index: {"label": r.label, "test": r.bedside_test} for r in kb.reflexes.itertuples()},
        "steps": [MUCH, SOME, LITTLE],
        "likely": LIKELY,
        "question": QUESTION,
    }


def wiring(node_id: str | None = None, cut: str | None = None, predict: bool = True, kb: KnowledgeBase | None = None) -> WiringExplorer:
    """The graph of nerves from cord to toe, to click, to follow and to cut.

    Parameters: the `node_id` chosen at the start, or the node that is already `cut`; with `predict` a student says what
    is lost before the answer is shown.

    Returns a widget with `.state` (dict) and `.result` (DataFrame). Raises ValueError for an unknown node, naming the nearest.

    >>> import heelkit
    >>> explorer = wiring("medial_calcaneal_branches")
    >>> explorer
    WiringExplorer(node_id='medial_calcaneal_branches', cut=False)
    >>> explorer.result["structure"].tolist()[:2]
    ['heel_medial', 'heel_plantar']
    >>> wiring("tibial_nerv_popliteal")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown node 'tibial_nerv_popliteal'; nearest: 'tibial_nerve_popliteal', ...
    """
    state = {"node_id": node_id} if cut is None else {"cut": cut} if node_id is None else {"node_id": node_id, "cut": cut}
    return WiringExplorer(kb or load(), predict, state)
