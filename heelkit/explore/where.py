"""The localizing explorer: enter what is weak, numb and brisk; predict the place of the lesion; see the sites ranked and why."""

import functools
import html

import pandas as pd
import traitlets

from heelkit.anatomy import deficits, structure_labels
from heelkit.bodymap import best_views, image, live_drawings, sheet
from heelkit.citations import percent
from heelkit.differential import as_ids
from heelkit.explore.assets import script, style
from heelkit.explore.widget import NerveExplorer, check_choice, check_known, html_table
from heelkit.localization import REFLEX_VALUES, as_split, localize, smallest_explanations
from heelkit.tables import KnowledgeBase, load

SHOWN = 8  # bars on screen; the predicted site is added when it is further down
SELDOM = 0.1  # muscles whose bedside test finds less than this stand in a group of their own
NUMB, NORMAL = 5, 2  # styles of the skin map
PAIRS = 3


class WhereExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.where`.

    `.state` is a dict with `weak` and `strong` (muscle ids), `numb` and `normal` (region ids), `reflexes` (id to reduced,
    normal or brisk), `dermatome_map` (None: all maps) and `prediction` (a site id; None while the student has not
    committed); assign to it to set several at once. `.result` is what `heelkit.localize` gives for that state.
    """

    PARTS = ("weak", "strong", "numb", "normal", "reflexes", "dermatome_map", "prediction")
    _esm = script("bodymap.js", "explore/where.js")
    _css = style("where", "bodymap.css")
    catalog = traitlets.Dict().tag(sync=True)
    muscles = traitlets.Dict().tag(sync=True)
    skin = traitlets.Dict().tag(sync=True)
    reflexes = traitlets.Dict().tag(sync=True)
    dermatome_map = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    prediction = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    question = traitlets.Unicode("").tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what "Start over" returns to
    view = traitlets.Dict().tag(sync=True)
    pairs = traitlets.Dict().tag(sync=True)  # sent after the view, because looking through all pairs takes longer

    def __init__(self, kb: KnowledgeBase, question: str, predict: bool, state: dict):
        self._kb = kb
        checked = self._checked({"prediction": None if predict else "", **state})
        super().__init__(catalog=_catalog(kb), question=question, start=checked, **checked)
        self._refresh()
        self.observe(lambda _: self._refresh(), ["muscles", "skin", "reflexes", "dermatome_map", "prediction"])

    def _checked(self, state: dict) -> dict:
        check_known("part of the state", state, self.PARTS)
        given = {k: state.get(k, ()) for k in ("weak", "strong", "numb", "normal")}
        reflexes = dict(state.get("reflexes") or {})
        localize(**given, reflexes=reflexes, dermatome_map=state.get("dermatome_map", self.dermatome_map), kb=self._kb)
        traits = {k: state[k] for k in ("dermatome_map", "prediction") if k in state}
        for name, (one, other) in {"muscles": ("weak", "strong"), "skin": ("numb", "normal")}.items():
            if one in state or other in state:
                traits[name] = dict.fromkeys(as_ids(given[one]), one) | dict.fromkeys(as_ids(given[other]), other)
        if "reflexes" in state:
            traits["reflexes"] = reflexes
        check_choice(traits, "prediction", "lesion site", ["", *self._kb.sites.index])  # "": shown without a prediction
        return traits

    @property
    def _examined(self) -> dict:
        """The arguments of `localize`."""
        given = {"weak": self.muscles, "strong": self.muscles, "numb": self.skin, "normal": self.skin}
        found = {name: [i for i, state in answers.items() if state == name] for name, answers in given.items()}
        return found | {"reflexes": dict(self.reflexes), "dermatome_map": self.dermatome_map}

    def _state(self) -> dict:
        return self._examined | {"prediction": self.prediction or None}

    @property
    def result(self) -> pd.DataFrame:
        """All sites for the present examination, as `heelkit.localize` gives them."""
        return localize(**self._examined, kb=self._kb)

    def _refresh(self):
        ranking, labels = self.result, structure_labels(self._kb)
        by_id = {i: (kind, label) for (kind, i), label in labels.items()}
        said = self._said()
        note = ranking.attrs.get("note", "")
        ranking = ranking.assign(place=range(1, len(ranking) + 1))
        shown = [*ranking.index[:SHOWN], *([self.prediction] if self.prediction and self.prediction not in ranking.index[:SHOWN] else [])]
        bars = [
            {
                "site_id": r.Index,
                "name": r.name,
                "kind": r.kind.replace("_", " "),
                "probability": r.probability,
                "place": r.place,
                "place_of_it": self._kb.sites.loc[r.Index, "place"],
                "spares": self._kb.sites.loc[r.Index, "spares"] or "",
                "explained": [said[i] for i in as_split(r.explained)],
                "unexplained": [said[i] for i in as_split(r.unexplained)],
            }
            for r in ranking.loc[shown].itertuples()
        ]
        self.view = {
            "seen": [dict(self.muscles), dict(self.skin), dict(self.reflexes), self.dermatome_map],  # what this view answers to
            "bars": bars,
            "note": note,
            "test": self._best_test(ranking, by_id) if said else None,
        }
        self.pairs = {"seen": self.view["seen"], "sets": self._pairs(said) if said and bars[0]["unexplained"] else []}

    def _said(self) -> dict[str, str]:
        """Every finding in words, by the id of its structure."""
        labels = structure_labels(self._kb)
        words = {i: f"{labels['muscle', i]} {state}" for i, state in self.muscles.items()}
        words |= {i: f"{labels['region', i]} {state}" for i, state in self.skin.items()}
        return words | {i: f"{labels['reflex', i]} {state}" for i, state in self.reflexes.items()}

    def _best_test(self, ranking: pd.DataFrame, by_id: dict) -> dict:
        """The test that separates the leader from the runner-up, and what each of them lets us expect."""
        structure = ranking["best_test"].iloc[0]
        kind, label = by_id[structure]
        how = {"muscle": lambda: self._kb.muscles.loc[structure, "bedside_test"], "reflex": lambda: self._kb.reflexes.loc[structure, "bedside_test"]}
        expected = []
        for site in ranking.index[:2]:
            chance = {(d.kind, d.structure): d.probability for d in deficits(site, self.dermatome_map, self._kb) if d.direction == "lost"}
            expected.append({"name": self._kb.sites.loc[site, "name"], "lost": chance.get((kind, structure), 0.0)})
        test = how[kind]() if kind in how else f"Touch and pinprick at: {self._kb.regions.loc[structure, 'test_point']}"
        return {"kind": kind, "id": structure, "label": label, "how": test, "expected": expected, "bits": float(ranking["best_test_bits"].iloc[0])}

    def _pairs(self, said: dict) -> list[dict]:
        """The smallest sets, when one site leaves something unexplained and two are needed."""
        sets = smallest_explanations(**self._examined, kb=self._kb)
        names = self._kb.sites["name"]
        return [
            {"names": names[as_split(r.sites)].tolist(), "probability": r.probability, "unexplained": [said[i] for i in as_split(r.unexplained)]}
            for r in sets[sets["size"] > 1].head(PAIRS).itertuples()
        ]

    def __repr__(self):
        parts = [f"{name}={value!r}" for name, value in self._examined.items() if value]
        return f"WhereExplorer({', '.join(parts)})"

    def _picture(self) -> str:
        """The examination in words and as a skin drawing, and the ranking as a table, hidden until the reader predicts."""
        said = html.escape("; ".join(self._said().values())) or "nothing examined yet"
        picture = ""
        if self.skin:
            paint = {region: NUMB if state == "numb" else NORMAL for region, state in self.skin.items()}
            drawn = sheet(best_views(self.skin, most=2, kb=self._kb), paint, [(NUMB, "numb"), (NORMAL, "normal")], kb=self._kb)
            picture = image(drawn, f"Skin: {said}")
        rows = [
            (b["place"], html.escape(b["name"]), percent(b["probability"]), html.escape("; ".join(b["unexplained"])) or "nothing") for b in self.view["bars"]
        ]
        table = html_table(("", "site", "chance", "has to explain away"), rows)
        if self.view["note"]:
            table = f"<p>{html.escape(self.view['note'])}</p>{table}"
        if self.prediction is None:
            table = f"<details><summary>{html.escape(self.question)} Predict first, then open the ranking.</summary>{table}</details>"
        return f"<p><b>The examination</b> &middot; {said}</p>{picture}{table}"


def movement(muscle, kb: KnowledgeBase) -> str:
    """The bedside movement that tests a muscle, as a heading.

    >>> movement(load().muscles.loc["tibialis_anterior"], load())
    'Ankle dorsiflexion'
    """
    if muscle["bedside_sensitivity"] < SELDOM or muscle["finding_id"] is None:
        return "Seldom tested at the bedside"
    words = kb.findings.loc[muscle["finding_id"], "label"].removeprefix("Weak ").removeprefix("Cannot ")
    return words[0].upper() + words[1:]


@functools.lru_cache(maxsize=4)
def _catalog(kb: KnowledgeBase) -> dict:
    """What the browser needs to know once: muscles by movement and by nerve, reflexes, drawings, sites, maps."""
    muscles = [
        {
            "id": i,
            "label": m["name"],
            "action": m["action"],
            "test": m["bedside_test"],
            "movement": movement(m, kb),
            "nerve": kb.nodes.loc[m["node_id"], "name"],
            "order": int(kb.nodes.loc[m["node_id"], "display_order"]),
            "power": float(m["bedside_sensitivity"]),
        }
        for i, m in kb.muscles.iterrows()
    ]
    sites = kb.sites.reset_index().sort_values(["kind", "name"])
    maps = kb.dermatome_maps.loc[sorted(kb.dermatomes["map_id"].unique())]
    return live_drawings(kb) | {
        "muscles": sorted(muscles, key=lambda m: (-m["power"], m["label"])),
        "reflexes": [{"id": i, "label": r["label"], "test": r["bedside_test"]} for i, r in kb.reflexes.iterrows()],
        "reflex_values": list(REFLEX_VALUES),
        "paint": {"numb": NUMB, "normal": NORMAL},
        "sites": [{"id": s.site_id, "name": s.name, "kind": s.kind.replace("_", " ")} for s in sites.itertuples(index=False)],
        "maps": [{"id": i, "title": title} for i, title in maps["title"].items()],
    }


def where(
    weak=(),
    strong=(),
    numb=(),
    normal=(),
    reflexes=None,
    dermatome_map: str | None = None,
    predict: bool = True,
    question: str = "Where is the lesion?",
    kb: KnowledgeBase | None = None,
) -> WhereExplorer:
    """From the examination to the place of the lesion.

    Parameters: the examination as in `heelkit.localize`; the `question` a student answers before the ranking is shown,
    unless `predict` is False.

    Returns a widget with `.state` (dict) and `.result` (DataFrame). Raises ValueError as `heelkit.localize` does.

    >>> explorer = where(weak=["tibialis_anterior"], strong=["tibialis_posterior"])
    >>> explorer
    WhereExplorer(weak=['tibialis_anterior'], strong=['tibialis_posterior'])
    >>> explorer.state = {"reflexes": {"ankle": "normal"}}
    >>> explorer.state["weak"], explorer.state["reflexes"]
    (['tibialis_anterior'], {'ankle': 'normal'})
    """
    state = {"weak": weak, "strong": strong, "numb": numb, "normal": normal, "reflexes": reflexes, "dermatome_map": dermatome_map}
    return WhereExplorer(kb or load(), question, predict, state)
