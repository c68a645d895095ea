"""The localizing explorer: enter what is weak, numb and brisk; predict the place of the lesion; see the sites ranked and why."""

import functools
import html

import pandas as pd
import traitlets

from heelkit.anatomy import deficits
from heelkit.bodymap import best_views, image, live_drawings, sheet
from heelkit.citations import percent
from heelkit.differential import as_ids
from heelkit.explore.assets import module
from heelkit.explore.widget import NerveExplorer, check_choice, check_known, html_table
from heelkit.language import ENGLISH, Speech, speech
from heelkit.localization import REFLEX_VALUES, as_split, localize, smallest_explanations
from heelkit.progress import record
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
    _esm = module("where", "bodymap.js", "bodymap.css")
    words = traitlets.Dict().tag(sync=True)
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

    def __init__(self, kb: KnowledgeBase, question: str | None, predict: bool, language: str, state: dict):
        self._kb, self._say = kb, speech(kb, "where", language)
        checked = self._checked({"prediction": None if predict else "", **state})
        asked = self._say("question") if question is None else question
        super().__init__(words=self._say.words, catalog=_catalog(self._say), question=asked, start=checked, **checked)
        self._follow("muscles", "skin", "reflexes", "dermatome_map", "prediction")

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
        return localize(**self._examined, kb=self._kb, language=self._say.language)

    def _believe(self, changed: dict) -> None:
        """The ranking has looked at all of it."""

    def _keep(self, changed: dict) -> None:
        if not changed.get("prediction"):
            return
        examined, leader = self._examined, self.result.index[0]
        right = self.prediction == leader if self._said() else None
        record("prediction", "where", topic="predictions", given=self.prediction, right=right, more=examined | {"question": self.question, "leader": leader})

    def _refresh(self):
        ranking, said, say = self.result, self._said(), self._say
        places = {site: place for place, site in enumerate(ranking.index)}
        shown = dict.fromkeys([*ranking.index[:SHOWN], *filter(None, [self.prediction])])
        columns = {name: ranking[name].tolist() for name in ("kind", "probability", "explained", "unexplained")}
        bars = [
            {
                "site_id": site,
                "name": say.of("sites", "name", site),
                "kind": _kind(columns["kind"][place], say),
                "probability": columns["probability"][place],
                "place": place + 1,
                "place_of_it": say.of("sites", "place", site),
                "spares": say.of("sites", "spares", site),
                "explained": [said[i] for i in as_split(columns["explained"][place])],
                "unexplained": [said[i] for i in as_split(columns["unexplained"][place])],
            }
            for site, place in ((site, places[site]) for site in shown)
        ]
        self.view = {
            "seen": [dict(self.muscles), dict(self.skin), dict(self.reflexes), self.dermatome_map],  # what this view answers to
            "bars": bars,
            "note": say("nothing_examined_note") if "note" in ranking.attrs else "",
            "test": self._best_test(ranking) if said else None,
        }
        self.pairs = {"sets": self._pairs(said) if said and bars[0]["unexplained"] else []}

    def _said(self) -> dict[str, str]:
        """Every finding in words, by the id of its structure."""
        found = (("muscles", "name", self.muscles), ("regions", "label", self.skin), ("reflexes", "label", self.reflexes))
        return {i: f"{self._say.of(table, field, i)} {self._say(state)}" for table, field, answers in found for i, state in answers.items()}

    def _best_test(self, ranking: pd.DataFrame) -> dict:
        """The test that separates the leader from the runner-up, and what each of them lets us expect."""
        say, structure = self._say, ranking["best_test"].iloc[0]
        tables = {"muscle": ("muscles", "name", "bedside_test"), "region": ("regions", "label", "test_point"), "reflex": ("reflexes", "label", "bedside_test")}
        kind, (table, label, test) = next((kind, about) for kind, about in tables.items() if structure in self._kb.tables[about[0]].index)
        expected = []
        for site in ranking.index[:2]:
            chance = {(d.kind, d.structure): d.probability for d in deficits(site, self.dermatome_map, self._kb) if d.direction == "lost"}
            expected.append({"name": say.of("sites", "name", site), "lost": chance.get((kind, structure), 0.0)})
        how = say("touch_at", place=say.of(table, test, structure)) if kind == "region" else say.of(table, test, structure)
        bits = float(ranking["best_test_bits"].iloc[0])
        return {"kind": kind, "id": structure, "label": say.of(table, label, structure), "how": how, "expected": expected, "bits": bits}

    def _pairs(self, said: dict) -> list[dict]:
        """The smallest sets, when one site leaves something unexplained and two are needed."""
        sets = smallest_explanations(**self._examined, kb=self._kb)
        names = self._say.column("sites", "name")
        return [
            {"names": names[as_split(r.sites)].tolist(), "probability": r.probability, "unexplained": [said[i] for i in as_split(r.unexplained)]}
            for r in sets[sets["size"] > 1].head(PAIRS).itertuples()
        ]

    def __repr__(self):
        parts = [f"{name}={value!r}" for name, value in self._examined.items() if value]
        return f"WhereExplorer({', '.join(parts)})"

    def _picture(self) -> str:
        """The examination in words and as a skin drawing, and the ranking as a table, hidden until the reader predicts."""
        say, said = self._say, html.escape("; ".join(self._said().values()) or self._say("nothing_examined"))
        picture = ""
        if self.skin:
            paint = {region: NUMB if state == "numb" else NORMAL for region, state in self.skin.items()}
            entries = [(NUMB, say("numb")), (NORMAL, say("normal"))]
            drawn = sheet(best_views(self.skin, most=2, kb=self._kb), paint, entries, kb=self._kb, language=say.language)
            picture = image(drawn, f"{say('skin')}: {said}")
        rows = [
            (b["place"], html.escape(b["name"]), percent(b["probability"]), html.escape("; ".join(b["unexplained"]) or say("nothing")))
            for b in self.view["bars"]
        ]
        table = html_table(("", *(html.escape(say(head)) for head in ("site", "chance", "has_to_explain"))), rows)
        if self.view["note"]:
            table = f"<p>{html.escape(self.view['note'])}</p>{table}"
        if self.prediction is None:
            table = f"<details><summary>{html.escape(self.question)} {html.escape(say('predict_then_open'))}</summary>{table}</details>"
        return f"<p><b>{html.escape(say('the_examination'))}</b> &middot; {said}</p>{picture}{table}"


def _kind(kind: str, say: Speech) -> str:
    """The kind of a site in words."""
    return say.get(f"kind_{kind}", kind.replace("_", " "))


def movement(muscle, kb: KnowledgeBase, say: Speech | None = None) -> str:
    """The bedside movement that tests a muscle, as a heading.

    >>> movement(load().muscles.loc["tibialis_anterior"], load())
    'Ankle dorsiflexion'
    """
    say = say or speech(kb, "where")
    if muscle["bedside_sensitivity"] < SELDOM or muscle["finding_id"] is None:
        return say("seldom_tested")
    words = say.of("findings", "label", muscle["finding_id"])
    for sign in (say("sign_weak"), say("sign_cannot")):  # "Weak ankle dorsiflexion" is the sign, the rest its movement
        words = words.removeprefix(f"{sign} ")
    return words[0].upper() + words[1:]


@functools.lru_cache(maxsize=8)
def _catalog(say: Speech) -> dict:
    """What the browser needs to know once: muscles by movement and by nerve, reflexes, drawings, sites, maps."""
    kb, names = say.kb, say.column("sites", "name")
    muscles = [
        {
            "id": i,
            "label": say.of("muscles", "name", i),
            "action": say.of("muscles", "action", i),
            "test": say.of("muscles", "bedside_test", i),
            "movement": movement(m, kb, say),
            "nerve": say.of("nodes", "name", m["node_id"]),
            "order": int(kb.nodes.loc[m["node_id"], "display_order"]),
            "power": float(m["bedside_sensitivity"]),
        }
        for i, m in kb.muscles.iterrows()
    ]
    sites = kb.sites.assign(name=names).reset_index().sort_values(["kind", "name"])
    return live_drawings(kb, say.language) | {
        "muscles": sorted(muscles, key=lambda m: (-m["power"], m["label"])),
        "reflexes": [{"id": i, "label": say.of("reflexes", "label", i), "test": say.of("reflexes", "bedside_test", i)} for i in kb.reflexes.index],
        "reflex_values": list(REFLEX_VALUES),
        "paint": {"numb": NUMB, "normal": NORMAL},
        "sites": [{"id": s.site_id, "name": s.name, "kind": _kind(s.kind, say)} for s in sites.itertuples(index=False)],
        "maps": [{"id": i, "title": say.of("dermatome_maps", "title", i)} for i in sorted(kb.dermatomes["map_id"].unique())],
    }


def where(
    weak=(),
    strong=(),
    numb=(),
    normal=(),
    reflexes=None,
    dermatome_map: str | None = None,
    predict: bool = True,
    question: str | None = None,
    kb: KnowledgeBase | None = None,
    language: str = ENGLISH,
) -> WhereExplorer:
    """From the examination to the place of the lesion.

    Parameters: the examination as in `heelkit.localize`; the `question` a student answers before the ranking is shown,
    unless `predict` is False; the `language`, "en" or "es".

    Returns a widget with `.state` (dict) and `.result` (DataFrame). Raises ValueError as `heelkit.localize` does.

    >>> explorer = where(weak=["tibialis_anterior"], strong=["tibialis_posterior"])
    >>> explorer
    WhereExplorer(weak=['tibialis_anterior'], strong=['tibialis_posterior'])
    >>> explorer.state = {"reflexes": {"ankle": "normal"}}
    >>> explorer.state["weak"], explorer.state["reflexes"]
    (['tibialis_anterior'], {'ankle': 'normal'})
    """
    state = {"weak": weak, "strong": strong, "numb": numb, "normal": normal, "reflexes": reflexes, "dermatome_map": dermatome_map}
    return WhereExplorer(kb or load(), question, predict, language, state)
