"""The wiring explorer: follow a nerve from cord to toe, predict what hangs on it, cut it, see what is lost."""

import functools
import html
import re

import pandas as pd
import traitlets

from heelkit.anatomy import Deficit, graph, node_losses, root_of_region
from heelkit.bodymap import image, live_drawings
from heelkit.citations import citation, percent
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.widget import NerveExplorer, check_choice, check_chosen, check_known, html_table
from heelkit.explore.wiring_svg import diagram
from heelkit.language import ENGLISH, Speech, speech
from heelkit.progress import record
from heelkit.tables import KnowledgeBase, load, unknown

COLUMNS = ["structure", "kind", "label", "share", "row", "basis", "source_ids"]
KINDS = ("region", "muscle", "reflex")
MUCH, SOME, LITTLE = 0.6, 0.25, 0.05  # steps of the shading; what is less than LITTLE is not called lost
LIKELY = 0.5  # what is at least this likely to be lost should have been predicted
TESTABLE = 0.2  # muscles whose bedside test finds less than this are not asked for in a prediction
FIELDS = {"region": ("regions", "label"), "muscle": ("muscles", "name"), "reflex": ("reflexes", "label")}


def _whole(share: float, say: Speech) -> str:
    return say("all") if share > 0.995 else percent(share)


@functools.lru_cache(maxsize=16)
def _rows(kb: KnowledgeBase, table: str) -> list:
    return list(kb.tables[table].itertuples())


def _by_nerve(node: str, say: Speech) -> list[tuple[Deficit, str]]:
    """What a segment of a nerve supplies, each with the words for its share."""
    lost, found = node_losses({node: 1.0}, say.kb), []
    names = {n: say.of("nodes", "name", n) for n in lost}
    skin: dict[str, list] = {}
    for r in _rows(say.kb, "skin"):
        if r.node_id in lost:
            skin.setdefault(r.region_id, []).append((lost[r.node_id] * r.probability, r))
    for region, rows in skin.items():
        rows.sort(key=lambda pair: -pair[0])
        spared, first = 1.0, rows[0][1]
        for share, _ in rows:
            spared *= 1 - share
        parts = []
        for _, r in rows:
            whole = say("all_of_them") if lost[r.node_id] > 0.995 else percent(lost[r.node_id])
            parts.append(say("of_this_skin", name=names[r.node_id], share=percent(r.probability), whole=whole))
        row = f"skin: {first.node_id} -> {region}"
        found.append((Deficit(region, "region", "lost", 1 - spared, row, first.basis, first.source_ids), " ".join(parts)))
    for table, kind in (("muscles", "muscle"), ("reflexes", "reflex")):
        for r in (r for r in _rows(say.kb, table) if r.node_id in lost):
            share, row = lost[r.node_id], f"{table}: {r.node_id} -> {r.Index}"
            hangs = say("hangs_here") if r.node_id == node else say("hangs_on", name=names[r.node_id])
            fibers = say("all_fibers") if share > 0.995 else say("some_fibers", share=percent(share))
            found.append((Deficit(r.Index, kind, "lost", share, row, r.basis, r.source_ids), f"{hangs} {fibers}"))
    return found


def _by_root(node: str, say: Speech) -> list[tuple[Deficit, str]]:
    """What a root supplies: by the tables of roots and by the dermatome maps, because roots mix in the plexus."""
    kb, found, name = say.kb, [], say.of("nodes", "name", node)
    for table, column, kind in ((kb.muscle_roots, "muscle_id", "muscle"), (kb.reflex_roots, "reflex_id", "reflex")):
        for r in table[table["root_id"] == node].itertuples():
            structure, row = getattr(r, column), f"{kind}_roots: {node} -> {getattr(r, column)}"
            words = say(f"{'main' if r.share == 'main' else 'minor'}_root_{kind}", name=name, share=percent(r.probability))
            found.append((Deficit(structure, kind, "lost", r.probability, row, r.basis, r.source_ids), words))
    skin = root_of_region(kb, None)
    for r in skin[skin["root_id"] == node].itertuples():
        n, m = re.search(r"(\d+) of (\d+) maps", r.row).groups()
        found.append((Deficit(r.region_id, "region", "lost", r.probability, r.row, r.basis, r.source_ids), say("maps_give", n=n, m=m, name=name)))
    return found


@functools.lru_cache(maxsize=512)
def _supply(node: str, say: Speech) -> tuple[tuple[Deficit, str], ...]:
    found = _by_root(node, say) if say.kb.nodes.loc[node, "kind"] == "root" else _by_nerve(node, say)
    found = [pair for pair in found if pair[0].probability > 0]
    return tuple(sorted(found, key=lambda pair: (KINDS.index(pair[0].kind), -pair[0].probability, pair[0].structure)))


def supplies(node_id: str, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> pd.DataFrame:
    """What a node of the graph supplies, and so what is lost when it is cut there.

    Returns a DataFrame with columns `structure` (id), `kind` (region, muscle, reflex), `label`, `share` (0..1: for muscles
    and reflexes the share of their fibers, for skin how likely it is numb, for roots how likely the loss is found), `row`
    (the table row it came from), `basis` and `source_ids`. Labels are in the `language`.

    Raises ValueError for an unknown node or language.

    >>> supplies("inferior_calcaneal_nerve_calcaneus")["structure"].tolist()
    ['abductor_digiti_minimi']
    """
    kb = kb or load()
    if node_id not in kb.nodes.index:
        raise unknown("node", [node_id], kb.nodes.index)
    say = speech(kb, "wiring", language)
    rows = [(d.structure, d.kind, say.of(*FIELDS[d.kind], d.structure), d.probability, d.row, d.basis, d.source_ids) for d, _ in _supply(node_id, say)]
    return pd.DataFrame(rows, columns=COLUMNS)


class WiringExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.wiring`.

    `.state` is a dict with `node_id` (the chosen nerve segment, or None), `cut` (that node when it is cut, or None), `numb`
    and `weak` (the prediction: region and muscle ids) and `shown` (the student asked to see the answer uncut); assign to it to
    set several at once. Another node starts a new prediction. `.result` is what the chosen node supplies, or what is lost.
    """

    PARTS = ("node_id", "cut", "numb", "weak", "shown")
    _esm = module("wiring", "bodymap.js", "bodymap.css")
    words = traitlets.Dict().tag(sync=True)
    catalog = traitlets.Dict().tag(sync=True)
    node_id = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    cut = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    numb = traitlets.List(traitlets.Unicode()).tag(sync=True)
    weak = traitlets.List(traitlets.Unicode()).tag(sync=True)
    shown = traitlets.Bool(False).tag(sync=True)
    predict = traitlets.Bool(True).tag(sync=True)

    def __init__(self, kb: KnowledgeBase, predict: bool, language: str, state: dict):
        self._kb, self._say = kb, speech(kb, "wiring", language)
        super().__init__(words=self._say.words, catalog=_catalog(self._say), predict=bool(predict), **self._checked(state))
        self.confirmed = {"cut": self.cut}
        self.observe(lambda _: self.set_trait("confirmed", {"cut": self.cut}), "cut")

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
        return supplies(self.node_id, self._kb, self._say.language) if self.node_id else pd.DataFrame([], columns=COLUMNS)

    def _keep(self, changed: dict) -> None:
        if not (changed.get("cut") and self.cut and self.numb + self.weak):
            return
        given, ask = {"region": self.numb, "muscle": self.weak}, set(self._kb.muscles.index[self._kb.muscles["bedside_sensitivity"] >= TESTABLE])
        lost = {(r.kind, r.structure): r.share for r in self.result.itertuples()}
        asked = [(kind, i) for kind, i in lost if kind == "region" or i in ask]
        missed = [i for kind, i in asked if lost[kind, i] >= LIKELY and i not in given[kind]]
        extra = [i for kind, ids in given.items() for i in ids if lost.get((kind, i), 0) < LITTLE]
        more = {"node": self.cut, "numb": self.numb, "weak": self.weak, "missed": missed, "extra": extra}
        record("prediction", "wiring", topic="predictions", given=";".join(self.numb + self.weak), right=not (missed or extra), more=more)

    def __repr__(self):
        quoted = "None" if self.node_id is None else f"'{self.node_id}'"
        return f"WiringExplorer(node_id={quoted}, cut={self.cut is not None})"

    def _picture(self) -> str:
        """The diagram as an image, and the strongest rows of the result as a table."""
        say = self._say
        whole = image(diagram(self._kb, self.node_id, language=say.language), say("title"), width=820)
        if not self.node_id:
            return whole
        rows = [(html.escape(say(f"kind_{r.kind}")), html.escape(r.label), _whole(r.share, say)) for r in self.result.head(24).itertuples()]
        heads = ("", html.escape(say("lost_here" if self.cut else "supplied_here")), html.escape(say("share")))
        table = html_table(heads, rows)
        if self.predict and not (self.cut or self.shown):
            table = f"<details><summary>{html.escape(say('question'))} {html.escape(say('predict_then_open'))}</summary>{table}</details>"
        return f"{whole}<p><b>{html.escape(say.of('nodes', 'name', self.node_id))}</b></p>{table}"


@functools.lru_cache(maxsize=8)
def _catalog(say: Speech) -> dict:
    """What the browser needs once: the diagram, the skin drawings, and for every node what hangs on it and why."""
    import networkx as nx  # slow to import, and the other explorers do without it

    kb = say.kb
    net, nodes = graph(kb), {}
    variations = kb.variations.assign(what=say.column("variations", "what"), note=say.column("variations", "note"))
    for n in kb.nodes.index:
        numbers = [
            {
                "what": v.what,
                "percent": None if pd.isna(v.percent) else float(v.percent),
                "n": None if pd.isna(v.n) else int(v.n),
                "value": None if pd.isna(v.value) else f"{v.value:g} {v.unit}",
                "note": v.note or "",
                "sources": [citation(s, kb) for s in v.source_ids.split(";")],
            }
            for v in variations[variations["node_id"] == n].itertuples()
        ]
        nodes[n] = {
            "kind": kb.nodes.loc[n, "kind"],
            **{field: say.of("nodes", field, n) for field in ("name", "place")},
            "synonyms": (say.language == ENGLISH and kb.nodes.loc[n, "synonyms"]) or "",  # names in English
            "roots": [m for m in kb.nodes.index if m in nx.ancestors(net, n) and kb.nodes.loc[m, "kind"] == "root"],
            "lost": {m: round(share, 3) for m, share in node_losses({n: 1.0}, kb).items()},
            "supply": [[d.kind, d.structure, round(d.probability, 3), why, d.basis] for d, why in _supply(n, say)],
            "variations": numbers,
        }
    muscles = kb.muscles.sort_values("bedside_sensitivity", ascending=False)
    about = {"label": "name", "action": "action", "test": "bedside_test"}
    return live_drawings(kb, say.language) | {
        "diagram": diagram(kb, live=True, language=say.language),
        "nodes": nodes,
        "edges": [[r.parent_id, r.child_id, float(r.share_probability)] for r in kb.edges.itertuples()],
        "muscles": {
            i: {key: say.of("muscles", field, i) for key, field in about.items()} | {"ask": bool(power >= TESTABLE)}
            for i, power in muscles["bedside_sensitivity"].items()
        },
        "reflexes": {i: {"label": say.of("reflexes", "label", i), "test": say.of("reflexes", "bedside_test", i)} for i in kb.reflexes.index},
        "steps": [MUCH, SOME, LITTLE],
        "likely": LIKELY,
    }


def wiring(
    node_id: str | None = None, cut: str | None = None, predict: bool = True, kb: KnowledgeBase | None = None, language: str = ENGLISH
) -> WiringExplorer:
    """The graph of nerves from cord to toe, to click, to follow and to cut.

    Parameters: the `node_id` chosen at the start, or the node that is already `cut`; with `predict` a student says what
    is lost before the answer is shown; the `language`, "en" or "es".

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
    return WiringExplorer(kb or load(), predict, language, state)
