"""The skin explorer: where a nerve or a root reaches the skin, how far the maps agree, and what the student expected."""

import functools
import html

import pandas as pd
import traitlets

from heelkit.bodymap import FOOT, best_views, drawings, image, live_drawings, sheet, view_name
from heelkit.citations import citation
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.root_maps import agreement, filled_maps, mapped_roots, root_name
from heelkit.explore.territories import all_nerves, display, displays, facts, marks, nerves, spoken
from heelkit.explore.widget import NerveExplorer, check_choice, check_chosen, check_known, check_revealed
from heelkit.language import ENGLISH, Speech, speech
from heelkit.progress import record
from heelkit.tables import KnowledgeBase, load


@functools.lru_cache(maxsize=8)
def _catalog(say: Speech) -> dict:
    """What the browser needs to know once."""
    kb = say.kb
    live, maps, groups, shown = live_drawings(kb, say.language), kb.dermatome_maps.loc[list(filled_maps(kb))], nerves(kb), displays(kb, say.language)
    cited = sorted({s for d in shown.values() for row in d["rows"] for s in row["sources"]})
    titles = say.column("dermatome_maps", "title")
    return live | {
        "regions": {region: about | facts(say)[region] for region, about in live["regions"].items()},
        "maps": [{"id": i, "title": titles[i], "year": "" if pd.isna(year) else int(year)} for i, year in maps["year"].items()],
        "roots": [{"id": r, "label": spoken(r, say)} for r in mapped_roots(kb)],
        "nerves": [{"label": say(f"nerves_{key}"), "nerves": [{"id": n, "label": spoken(n, say)} for n in groups[key]]} for key in ("skin", "trunk")],
        "displays": shown,
        "sources": {s: citation(s, kb) for s in cited},
    }


class SkinExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.skin`.

    `.state` is a dict with `target` (a nerve, a root, or None for all nerves), `dermatome_map` and `compare` (for roots),
    `side`, `views`, `selected` (the predicted regions) and `revealed`; assign to it to set several at once. `.result` has a
    row per predicted region (or, without a prediction, per painted one).
    """

    PARTS = ("target", "dermatome_map", "compare", "side", "views", "selected", "revealed")
    _esm = module("skin", "bodymap.js", "bodymap.css")
    words = traitlets.Dict().tag(sync=True)
    catalog = traitlets.Dict().tag(sync=True)
    target = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    dermatome_map = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    compare = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    side = traitlets.Unicode("right").tag(sync=True)
    views = traitlets.List(traitlets.Unicode()).tag(sync=True)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)
    confirmed = traitlets.Dict().tag(sync=True)  # the state Python has answered for

    def __init__(self, kb: KnowledgeBase, language: str, state: dict):
        self._kb, self._say = kb, speech(kb, "skin", language)
        checked = self._checked(state)
        super().__init__(words=self._say.words, catalog=_catalog(self._say), confirmed=checked, **checked)
        self.observe(lambda _: self._confirm(), list(self.PARTS))

    def _checked(self, new: dict) -> dict:
        kb, roots = self._kb, mapped_roots(self._kb)
        check_known("part of the state", new, self.PARTS)
        state = self.state | new
        check_choice(state, "target", "nerve or root", [*roots, *all_nerves(kb)])
        check_choice(state, "dermatome_map", "dermatome map", filled_maps(kb))
        check_choice(state, "compare", "dermatome map", filled_maps(kb))
        if state["dermatome_map"] and state["target"] not in roots:
            shown = "all nerves" if state["target"] is None else f"'{state['target']}'"
            raise InputError(f"A dermatome map speaks of roots, not of {shown}: choose a root as target, such as 'root_s1', or leave dermatome_map out.")
        if state["compare"] and (not state["dermatome_map"] or state["compare"] == state["dermatome_map"]):
            raise InputError("To compare, give two different maps: dermatome_map and compare.")
        check_known("side", [state["side"]], ("right", "left"))
        check_chosen(new, "views", "view", drawings(kb))
        check_chosen(new, "selected", "skin region", kb.regions.index)
        if "views" in new and not new["views"]:
            raise InputError(f"No view to draw; choose from {', '.join(drawings(kb))}.")
        check_revealed(new)
        return new

    def _keep(self, changed: dict) -> None:
        if not (changed.get("revealed") and self.revealed and self.selected):
            return
        marked = marks(self._shown(), self.selected, {r for view in self.views for r in drawings(self._kb)[view]["regions"]})
        more = {part: getattr(self, part) for part in ("target", "dermatome_map", "compare", "views")} | {"marks": marked}
        right = not {"missed", "extra"} & set(marked.values())
        record("prediction", "skin", topic="predictions", given=";".join(self.selected), right=right, more=more)

    def _confirm(self):
        self.confirmed = self.state

    def _shown(self, dermatome_map=None) -> dict:
        return display(self._kb, self.target, dermatome_map or self.dermatome_map, self._say.language)

    @property
    def result(self) -> pd.DataFrame:
        """A row per predicted region, and per missed one once revealed; without a prediction, a row per painted region of the
        chosen drawings.

        Columns: `region_id`, `label`, `nerves`, `roots` ("S1 6/6": six of the six maps that speak of it), `status` (hit,
        missed, extra, "in some people", "not said" where the map is silent, "predicted" before the answer), and `status_compare` for a second map.
        """
        shown, drawn = self._shown(), {r for view in self.views for r in drawings(self._kb)[view]["regions"]}
        marked = marks(shown, self.selected, drawn)
        other = marks(self._shown(self.compare), self.selected, drawn) if self.compare else {}
        if not self.selected:
            painted = {r for d in (shown, self._shown(self.compare)) for r in d["paint"] if r not in d["silent"]}
            regions = [r for r in self._kb.regions.index if r in painted & drawn]
        else:
            regions = list(dict.fromkeys([*self.selected, *(marked if self.revealed else ()), *(other if self.revealed else ())]))
        rows = [
            {
                "region_id": r,
                "label": self._say.of("regions", "label", r),
                "nerves": "; ".join(f"{n['name']} ({n['share']})" for n in facts(self._say)[r]["nerves"]),
                "roots": self._roots(r),
                "status": self._status(r, marked),
                "status_compare": self._status(r, other),
            }
            for r in regions
        ]
        columns = ["region_id", "label", "nerves", "roots", "status"] + (["status_compare"] if self.compare else [])
        return pd.DataFrame(rows, columns=columns)

    def _status(self, region: str, marked: dict) -> str:
        if not self.selected:
            return ""
        return marked.get(region, "") if self.revealed else "predicted"

    def _roots(self, region: str) -> str:
        counts = [(root, *agreement(self._kb, region, root)) for root in mapped_roots(self._kb)]
        return "; ".join(f"{root_name(root)} {n}/{m}" for root, n, m in sorted(counts, key=lambda c: -c[1]) if n)

    def _picture(self) -> str:
        """The drawings as an image."""
        shown, say = self._shown(), self._say
        painted = [r for r in shown["paint"] if r not in shown["silent"]]
        feet = [v for v in self.views if v in FOOT and set(drawings(self._kb)[v]["regions"]) & set(painted)]
        views = best_views(painted, feet or self.views, kb=self._kb)
        question = html.escape(shown["question"])
        if not self.revealed:
            plain = sheet(views, pressed=self.selected, side=self.side, kb=self._kb, language=say.language)
            drawn = f"{say('drawings')}: {', '.join(view_name(v, say) for v in views)}"
            return f"<p><b>{html.escape(say('predict_first'))}</b> {question}</p>{image(plain, drawn)}"
        visible = {str(s) for v in views for r, s in shown["paint"].items() if r in drawings(self._kb)[v]["regions"]}
        visible |= {str(n) for s in shown["paint"].values() if isinstance(s, list) for n in s}
        entries = [(s, text) for s, text in shown["legend"] if s is None or str(s) in visible]
        picture = sheet(views, shown["paint"], entries, self.selected, self.side, self._kb, say.language)
        return f"<p><b>{html.escape(shown['title'])}</b></p>{image(picture, shown['title'])}"


def skin(
    target=None,
    dermatome_map=None,
    compare=None,
    side="right",
    views=FOOT,
    selected=(),
    revealed=False,
    kb: KnowledgeBase | None = None,
    language: str = ENGLISH,
) -> SkinExplorer:
    """A live map of the skin.

    Parameters: `target` is a nerve ("medial_plantar_nerve"), a root ("root_s1"), or None for all nerves at once. For a root,
    `dermatome_map` chooses one published map and `compare` a second one beside it; without a map the picture shows how many
    of the maps that speak of a region give it to the root. `views` are the drawings, `selected` the regions a student
    predicts, `revealed` whether the answer is open; `language` is "en" or "es".

    Returns a widget with `.state` (dict) and `.result` (DataFrame). Raises ValueError for an unknown nerve, root, map, view or
    region, and for a map without a root.

    >>> explorer = skin("root_s1", selected=["heel_plantar", "leg_medial"], revealed=True)
    >>> explorer.result.set_index("region_id").loc[["heel_plantar", "leg_medial", "heel_lateral"], "status"].tolist()
    ['hit', 'extra', 'missed']
    """
    state = {"target": target, "dermatome_map": dermatome_map, "compare": compare, "side": side, "views": views, "selected": selected, "revealed": revealed}
    return SkinExplorer(kb or load(), language, state)
