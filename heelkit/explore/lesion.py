"""The lesion explorer: choose where a nerve is caught, predict what is lost, then see it with the row behind every number."""

import functools
import html

import pandas as pd
import traitlets

from heelkit.anatomy import deficits
from heelkit.anatomy import lesion as lesion_frame
from heelkit.bodymap import FOOT, SCALE, VIEWS, best_views, drawings, image, live_drawings, sheet, view_name
from heelkit.citations import citation, percent
from heelkit.explore.assets import module
from heelkit.explore.territories import spoken
from heelkit.explore.widget import NerveExplorer, check_choice, check_chosen, check_known, check_revealed, html_table
from heelkit.language import ENGLISH, Speech, speech
from heelkit.localization import as_split
from heelkit.progress import record
from heelkit.tables import KnowledgeBase, load

BANDS = ((0.60, "likely"), (0.30, "possible"), (0.10, "sometimes"))
LEGEND = ((SCALE[0], "legend_likely"), (SCALE[1], "legend_possible"), (SCALE[2], "legend_sometimes"), (None, "legend_rare"))  # styles and words
TESTABLE = 0.10  # muscles that the bedside can hardly find weak are not asked for
KINDS = {"nerve": "a_nerve", "root": "a_root", "plexus": "a_plexus", "cauda_equina": "cauda_and_cord", "cord": "cauda_and_cord"}
WHOLE = "whole_legs"  # sites of any other kind
FIELDS = {"region": ("regions", "label"), "muscle": ("muscles", "name"), "reflex": ("reflexes", "label"), "finding": ("findings", "label")}
TESTS = {"region": ("regions", "test_point"), "muscle": ("muscles", "bedside_test"), "reflex": ("reflexes", "bedside_test")}
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


@functools.lru_cache(maxsize=8)
def _maps(kb: KnowledgeBase) -> tuple[str, ...]:
    return tuple(sorted(kb.dermatomes["map_id"].unique()))


def _label(kind: str, structure: str, say: Speech) -> str:
    return say.of(*FIELDS[kind], structure)


@functools.lru_cache(maxsize=256)
def _about(say: Speech, site_id: str) -> dict:
    """What the page says of a site by every dermatome map, and its sources. Its skin `uses_maps` where roots are cut."""
    kb = say.kb
    site, cut = kb.sites.loc[site_id], kb.site_nodes.loc[kb.site_nodes["site_id"] == site_id, "node_id"]
    spared = list(kb.site_spares[kb.site_spares["site_id"] == site_id].itertuples())
    return {
        **{field: say.of("sites", field, site_id) for field in ("name", "place", "structures", "spares", "note")},
        "both_sides": site["laterality"] == "both",
        "uses_maps": bool((kb.nodes.loc[cut, "kind"] == "root").any()),
        "spared": [
            {"label": _label(s.kind, s.structure, say), "probability": float(s.probability), "note": say.of("site_spares", "note", s.Index), "basis": s.basis}
            for s in spared
        ],
        "sources": [i for cell in (site["source_ids"], *(s.source_ids for s in spared)) for i in as_split(cell)],
    }


@functools.lru_cache(maxsize=8)
def _catalog(say: Speech) -> dict:
    """What the browser needs to know once: sites in their groups, muscles by nerve, reflexes, maps."""
    kb, groups = say.kb, {}
    for site, name in say.column("sites", "name").sort_values().items():
        groups.setdefault(KINDS.get(kb.sites.loc[site, "kind"], WHOLE), []).append({"id": site, "label": name})
    order = [*dict.fromkeys(KINDS.values()), WHOLE]
    muscles = {}
    nerve_of = kb.muscles["node_id"].map(kb.nodes["nerve"])
    place = kb.muscles["node_id"].map(kb.nodes["display_order"])
    for muscle in place.loc[_testable(kb)].sort_values(kind="stable").index:
        about = {"id": muscle, "label": say.of("muscles", "name", muscle), "action": say.of("muscles", "action", muscle)}
        muscles.setdefault(spoken(nerve_of[muscle], say), []).append(about)
    return live_drawings(kb, say.language) | {
        "sites": [{"label": say(word), "sites": groups[word]} for word in order if word in groups],
        "muscles": [{"label": name, "muscles": members} for name, members in muscles.items()],
        "reflexes": [{"id": i, "label": say.of("reflexes", "label", i), "test": say.of("reflexes", "bedside_test", i)} for i in kb.reflexes.index],
        "maps": [{"id": m, "title": say.of("dermatome_maps", "title", m)} for m in _maps(kb)],
        "legend": [[style, say(word)] for style, word in LEGEND],
        "bands": [[least, say(f"band_{word}")] for least, word in BANDS],
    }


class LesionExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.lesion`.

    `.state` is a dict with `site_id` (None before a site is chosen), `dermatome_map` (for roots; None for all maps
    together), the prediction `skin`, `muscles` (lists of ids) and `reflexes` (id -> "reduced" or "brisk"), and `revealed`.
    `.result` is what `heelkit.lesion` gives, with a column `predicted`.
    """

    PARTS = ("site_id", "dermatome_map", "skin", "muscles", "reflexes", "revealed")
    _esm = module("lesion", "bodymap.js", "bodymap.css")
    words = traitlets.Dict().tag(sync=True)
    catalog = traitlets.Dict().tag(sync=True)
    site_id = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    dermatome_map = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    skin = traitlets.List(traitlets.Unicode()).tag(sync=True)
    muscles = traitlets.List(traitlets.Unicode()).tag(sync=True)
    reflexes = traitlets.Dict().tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, predict: bool, language: str, state: dict):
        self._kb, self._say = kb, speech(kb, "lesion", language)
        checked = self._checked(state)
        super().__init__(words=self._say.words, catalog=_catalog(self._say), revealed=not predict, **checked)
        self._follow("site_id", "dermatome_map")

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
            frame = self._frame()
        return frame.assign(predicted=[self._predicted(r.kind, r.structure, r.direction) for r in frame.itertuples()])

    def _frame(self) -> pd.DataFrame:
        """What `heelkit.lesion` gives, with labels in the language of the class."""
        frame = lesion_frame(self.site_id, self.dermatome_map, kb=self._kb)
        return frame.assign(label=[_label(r.kind, r.structure, self._say) for r in frame.itertuples()])

    def _keep(self, changed: dict) -> None:
        given = [*self.skin, *self.muscles, *(f"{reflex}:{how}" for reflex, how in self.reflexes.items())]
        if not (changed.get("revealed") and self.revealed and self.site_id and given):
            return
        frame, views = self.result, drawings(self._kb)
        asked = {r for v in FOOT if v in views for r in views[v]["regions"]} | set(_testable(self._kb)) | set(self._kb.reflexes.index)
        likely = frame[(frame["probability"] >= BANDS[0][0]) & frame["structure"].isin(asked) & (frame["kind"] != "finding")]
        missed = likely.loc[~likely["predicted"], "structure"].tolist()
        hits = set(frame.loc[frame["predicted"] & (frame["probability"] >= BANDS[-1][0]), "structure"])
        extra = [i for i in (*self.skin, *self.muscles, *self.reflexes) if i not in hits]
        more = {"site": self.site_id, "dermatome_map": self.dermatome_map, "missed": missed, "extra": extra}
        record("prediction", "lesion", topic="predictions", given=";".join(given), right=not (missed or extra), more=more)

    def _predicted(self, kind: str, structure: str, direction: str) -> bool:
        if kind == "reflex":
            return _DIRECTION.get(self.reflexes.get(structure)) == direction
        return direction == "lost" and structure in {"region": self.skin, "muscle": self.muscles}.get(kind, ())

    def _refresh(self):
        kb, site_id, say = self._kb, self.site_id, self._say
        if site_id is None:
            self.view = {"site_id": None, "dermatome_map": self.dermatome_map, "rows": [], "paint": {}}
            return
        rows = [
            {
                "id": d.structure,
                "kind": d.kind,
                "label": _label(d.kind, d.structure, say),
                "direction": d.direction,
                "probability": float(d.probability),
                "row": d.row,
                "basis": d.basis,
                "sources": as_split(d.source_ids),
                "test": say.of(*TESTS[d.kind], d.structure) if d.kind in TESTS else "",
            }
            for d in deficits(site_id, self.dermatome_map, kb)
        ]
        about = _about(say, site_id)
        self.view = {
            "site_id": site_id,
            "dermatome_map": self.dermatome_map,
            **about,
            "rows": rows,
            "paint": {r["id"]: SCALE[place] for r in rows if r["kind"] == "region" and (place := band(r["probability"])) is not None},
            "sources": [citation(s, kb) | {"id": s} for s in sorted(set(about["sources"]).union(*(r["sources"] for r in rows)))],
        }

    def _picture(self) -> str:
        """The drawings and the deficits that are at least possible."""
        say = self._say
        name = say("choose_site") if self.site_id is None else self.view["name"]
        paint = self.view["paint"]
        on_foot = set(paint) & {r for v in FOOT for r in drawings(self._kb)[v]["regions"]}
        views = best_views(paint, FOOT if on_foot else tuple(VIEWS), kb=self._kb)
        if not self.revealed or self.site_id is None:
            plain = sheet(views, pressed=self.skin, kb=self._kb, language=say.language)
            drawn = f"{say('drawings')}: {', '.join(view_name(v, say) for v in views)}"
            return f"<p><b>{html.escape(name)}</b> {html.escape(say('picture_question'))}</p>{image(plain, drawn)}"
        entries = [(style, say(word)) for style, word in LEGEND if style is None or style in paint.values()]
        likely = [r for r in self.view["rows"] if r["probability"] >= BANDS[1][0]]
        rows = [(html.escape(r["label"]), html.escape(say(f"way_{r['direction']}")), percent(r["probability"])) for r in likely]
        table = html_table((html.escape(say("found_at_bedside")), "", html.escape(say("chance"))), rows)
        return f"<p><b>{html.escape(name)}</b></p>{image(sheet(views, paint, entries, self.skin, kb=self._kb, language=say.language), name)}{table}"


def lesion(site_id=None, dermatome_map=None, predict=True, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> LesionExplorer:
    """A live explorer of lesions: predict what a lesion takes away, then compare.

    Parameters: a site of the `sites` table (None lets the student choose); the `dermatome_map` for lesions of roots (None
    for all maps together); `predict` False opens the answer at once; `language` "en" or "es".

    Returns a widget with `.state` (dict) and `.result` (DataFrame: `heelkit.lesion` and a column `predicted`). Raises
    ValueError for an unknown site or map.

    >>> explorer = lesion("tarsal_tunnel_proximal")
    >>> explorer.state = {"skin": ["sole_medial"], "muscles": ["abductor_hallucis"], "revealed": True}
    >>> explorer.result.loc[explorer.result["predicted"], "structure"].tolist()
    ['sole_medial', 'abductor_hallucis']
    """
    return LesionExplorer(kb or load(), predict, language, {"site_id": site_id, "dermatome_map": dermatome_map})
