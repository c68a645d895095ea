"""The lesion explorer: choose where a nerve is caught, predict what is lost, then see it with the row behind every number."""

import functools
import html

import pandas as pd
import traitlets

from heelkit.anatomy import lesion as lesion_frame
from heelkit.anatomy import structure_labels
from heelkit.bodymap import FOOT, SCALE, VIEWS, best_views, drawings, image, live_drawings, sheet
from heelkit.citations import citation, percent
from heelkit.explore.assets import script, style
from heelkit.explore.territories import spoken
from heelkit.explore.widget import NerveExplorer, check_choice, check_chosen, check_known, check_revealed, html_table
from heelkit.localization import as_split
from heelkit.tables import KnowledgeBase, load

BANDS = ((0.60, "likely"), (0.30, "possible"), (0.10, "sometimes"))
LEGEND = ((SCALE[0], "likely: 60% or more"), (SCALE[1], "possible: 30 to 59%"), (SCALE[2], "sometimes: 10 to 29%"), (None, "under 10%, or not at all"))
TESTABLE = 0.10  # muscles that the bedside can hardly find weak are not asked for
KINDS = {
    "nerve": "A nerve",
    "root": "A root",
    "plexus": "A plexus",
    "cauda_equina": "Cauda equina and cord",
    "cord": "Cauda equina and cord",
}
FADED, BRISK = "reduced", "brisk"
_DIRECTION = {FADED: "lost", BRISK: "brisk"}


def band(probability: float) -> int | None:
    """The place of a probability in `BANDS`: 0 likely, 1 possible, 2 sometimes, None below.

    >>> band(0.8), band(0.3), band(0.05)
    (0, 1, None)
    """
    return next((i for i, (least, _) in enumerate(BANDS) if probability >= least), None)


def _testable(kb: KnowledgeBase) -> list[str]:
    return kb.muscles.index[kb.muscles["bedside_sensitivity"] >= TESTABLE].tolist()


def _maps(kb: KnowledgeBase) -> list[str]:
    return sorted(kb.dermatomes["map_id"].unique())


def _uses_maps(kb: KnowledgeBase, site_id: str) -> bool:
    """Whether the skin of this site comes from a dermatome map: it does where roots are cut."""
    cut = kb.site_nodes.loc[kb.site_nodes["site_id"] == site_id, "node_id"]
    return bool((kb.nodes.loc[cut, "kind"] == "root").any())


@functools.lru_cache(maxsize=4)
def _catalog(kb: KnowledgeBase) -> dict:
    """What the browser needs to know once: sites in their groups, muscles by nerve, reflexes, maps."""
    groups = {}
    for site in kb.sites.sort_values("name").itertuples():
        groups.setdefault(KINDS.get(site.kind, "The whole of both legs"), []).append({"id": site.Index, "label": site.name})
    order = [*dict.fromkeys(KINDS.values()), "The whole of both legs"]
    muscles = {}
    nerve_of = kb.muscles["node_id"].map(kb.nodes["nerve"])
    place = kb.muscles["node_id"].map(kb.nodes["display_order"])
    for muscle in place.loc[_testable(kb)].sort_values(kind="stable").index:
        about = kb.muscles.loc[muscle]
        muscles.setdefault(spoken(nerve_of[muscle]), []).append({"id": muscle, "label": about["name"], "action": about["action"]})
    return live_drawings(kb) | {
        "sites": [{"label": name, "sites": groups[name]} for name in order if name in groups],
        "muscles": [{"label": name, "muscles": members} for name, members in muscles.items()],
        "reflexes": [{"id": r.Index, "label": r.label, "test": r.bedside_test} for r in kb.reflexes.itertuples()],
        "maps": [{"id": m, "title": kb.dermatome_maps.loc[m, "title"]} for m in _maps(kb)],
        "legend": [list(entry) for entry in LEGEND],
        "bands": [list(b) for b in BANDS],
    }


class LesionExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.lesion`.

    `.state` is a dict with `site_id` (None before a site is chosen), `dermatome_map` (for roots; None for all maps
    together), the prediction `skin`, `muscles` (lists of ids) and `reflexes` (id -> "reduced" or "brisk"), and `revealed`.
    `.result` is what `heelkit.lesion` gives, with a column `predicted`.
    """

    PARTS = ("site_id", "dermatome_map", "skin", "muscles", "reflexes", "revealed")
    _esm = script("bodymap.js", "explore/lesion.js")
    _css = style("lesion", "bodymap.css")
    catalog = traitlets.Dict().tag(sync=True)
    site_id = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    dermatome_map = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    skin = traitlets.List(traitlets.Unicode()).tag(sync=True)
    muscles = traitlets.List(traitlets.Unicode()).tag(sync=True)
    reflexes = traitlets.Dict().tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, predict: bool, state: dict):
        self._kb = kb
        checked = self._checked(state)
        super().__init__(catalog=_catalog(kb), revealed=not predict, **checked)
        self._refresh()
        self.observe(lambda _: self._refresh(), ["site_id", "dermatome_map"])

    def _checked(self, new: dict) -> dict:
        kb = self._kb
        check_known("part of the state", new, self.PARTS)
        check_choice(new, "site_id", "lesion site", kb.sites.index)
        check_choice(new, "dermatome_map", "dermatome map", _maps(kb))
        check_chosen(new, "skin", "skin region", kb.regions.index)
        check_chosen(new, "muscles", "muscle", kb.muscles.index)
        if "reflexes" in new:
            new["reflexes"] = dict(new["reflexes"])
            check_known("reflex", new["reflexes"], kb.reflexes.index)
            check_known("reflex finding", new["reflexes"].values(), (FADED, BRISK))
        check_revealed(new)
        return new

    @property
    def result(self) -> pd.DataFrame:
        """What `heelkit.lesion` gives for this site and map, with a column `predicted`; empty before a site is chosen."""
        if self.site_id is None:
            frame = pd.DataFrame(columns=["structure", "kind", "label", "direction", "probability", "row", "basis", "source_ids"])
        else:
            frame = lesion_frame(self.site_id, self.dermatome_map, kb=self._kb)
        return frame.assign(predicted=[self._predicted(r.kind, r.structure, r.direction) for r in frame.itertuples()])

    def _predicted(self, kind: str, structure: str, direction: str) -> bool:
        if kind == "reflex":
            return _DIRECTION.get(self.reflexes.get(structure)) == direction
        return direction == "lost" and structure in {"region": self.skin, "muscle": self.muscles}.get(kind, ())

    def _refresh(self):
        kb, site_id = self._kb, self.site_id
        if site_id is None:
            self.view = {"site_id": None, "dermatome_map": self.dermatome_map, "rows": [], "paint": {}}
            return
        about = kb.sites.loc[site_id]
        frame = lesion_frame(site_id, self.dermatome_map, kb=kb)
        rows = [
            {
                "id": r.structure,
                "kind": r.kind,
                "label": r.label,
                "direction": r.direction,
                "probability": float(r.probability),
                "row": r.row,
                "basis": r.basis,
                "sources": as_split(r.source_ids),
                "test": self._test(r.kind, r.structure),
            }
            for r in frame.itertuples()
        ]
        labels, spared = structure_labels(kb), kb.site_spares[kb.site_spares["site_id"] == site_id]
        ids = sorted(
            {s for row in rows for s in row["sources"]} | set(as_split(about["source_ids"])) | {s for text in spared["source_ids"] for s in as_split(text)}
        )
        self.view = {
            "site_id": site_id,
            "dermatome_map": self.dermatome_map,
            "name": about["name"],
            "place": about["place"] or "",
            "structures": about["structures"] or "",
            "spares": about["spares"] or "",
            "note": about["note"] or "",
            "both_sides": about["laterality"] == "both",
            "uses_maps": _uses_maps(kb, site_id),
            "rows": rows,
            "paint": {r["id"]: SCALE[band(r["probability"])] for r in rows if r["kind"] == "region" and band(r["probability"]) is not None},
            "spared": [
                {"label": labels[s.kind, s.structure], "probability": float(s.probability), "note": s.note or "", "basis": s.basis} for s in spared.itertuples()
            ],
            "sources": [citation(s, kb) | {"id": s} for s in ids],
        }

    def _test(self, kind: str, structure: str) -> str:
        kb = self._kb
        if kind == "region":
            return kb.regions.loc[structure, "test_point"] or ""
        if kind in ("muscle", "reflex"):
            return (kb.muscles if kind == "muscle" else kb.reflexes).loc[structure, "bedside_test"] or ""
        return ""

    def _picture(self) -> str:
        """The drawings and the deficits that are at least possible."""
        name = "Choose a site." if self.site_id is None else self.view["name"]
        paint = self.view["paint"]
        on_foot = set(paint) & {r for v in FOOT for r in drawings(self._kb)[v]["regions"]}
        views = best_views(paint, FOOT if on_foot else tuple(VIEWS), kb=self._kb)
        if not self.revealed or self.site_id is None:
            plain = sheet(views, pressed=self.skin, kb=self._kb)
            words = "Predict first: which skin goes numb, which muscles go weak, which reflexes fade?"
            return f"<p><b>{html.escape(name)}</b> {words}</p>{image(plain, 'Drawings: ' + ', '.join(VIEWS.get(v, v) for v in views))}"
        entries = [(style, text) for style, text in LEGEND if style is None or style in paint.values()]
        likely = [r for r in self.view["rows"] if r["probability"] >= BANDS[1][0]]
        rows = [(html.escape(r["label"]), r["direction"], percent(r["probability"])) for r in likely]
        table = html_table(("found at the bedside", "", "chance"), rows)
        return f"<p><b>{html.escape(name)}</b></p>{image(sheet(views, paint, entries, self.skin, kb=self._kb), name)}{table}"


def lesion(site_id=None, dermatome_map=None, predict=True, kb: KnowledgeBase | None = None) -> LesionExplorer:
    """A live explorer of lesions: predict what a lesion takes away, then compare.

    Parameters: a site of the `sites` table (None lets the student choose); the `dermatome_map` for lesions of roots (None
    for all maps together); `predict` False opens the answer at once.

    Returns a widget with `.state` (dict) and `.result` (DataFrame: `heelkit.lesion` and a column `predicted`). Raises
    ValueError for an unknown site or map.

    >>> explorer = lesion("tarsal_tunnel_proximal")
    >>> explorer.state = {"skin": ["sole_medial"], "muscles": ["abductor_hallucis"], "revealed": True}
    >>> explorer.result.loc[explorer.result["predicted"], "structure"].tolist()
    ['sole_medial', 'abductor_hallucis']
    """
    return LesionExplorer(kb or load(), predict, {"site_id": site_id, "dermatome_map": dermatome_map})
