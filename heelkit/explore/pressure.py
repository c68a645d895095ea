"""The pressure of a run: predict where it stands five minutes after stopping, then see the curve, the cutoffs and the published values."""

import html

import pandas as pd
import traitlets

from heelkit.bodymap import image
from heelkit.citations import citation
from heelkit.compartment import DIASTOLIC, LEGS, LIMITS, MOMENTS, PATTERNS, Reading, checked_leg, cutoffs, pattern_of, readings, run
from heelkit.compartment import pressure as modeled
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.widget import NerveExplorer, check_choice, check_known, html_table
from heelkit.language import ENGLISH, texts, words
from heelkit.progress import record
from heelkit.tables import KnowledgeBase, load

LAST = 32  # minutes after stopping that the picture shows
FIVE = 5
CLOSE = 6  # mmHg; a prediction this near counts as very close
TOP = 125  # mmHg at the top of the picture
SLIDERS = ("rest", "minutes", "half_time", "diastolic")
STEPS = {"rest": 1, "minutes": 1, "half_time": 0.5, "diastolic": 1}


class PressureExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.pressure`.

    `.state` is a dict with `leg` (healthy, chronic_exertional, acute), `rest`, `minutes`, `half_time`, `diastolic` (numbers), `others`
    (True: draw the other legs, too) and `prediction`: None while the student has not committed, else a dict with `pressure` (mmHg, five
    minutes after stopping) and `pattern` (none, chronic, acute). Assign to it to set several at once; a new leg brings its own values.
    `.result` is what `heelkit.compartment.run` gives for that state, with the unit mmHg.
    """

    PARTS = ("leg", *SLIDERS, "others", "prediction")
    _esm = module("pressure")
    words = traitlets.Dict().tag(sync=True)
    limits = traitlets.Dict().tag(sync=True)
    leg = traitlets.Unicode("chronic_exertional").tag(sync=True)
    rest = traitlets.Float(0).tag(sync=True)
    minutes = traitlets.Float(0).tag(sync=True)
    half_time = traitlets.Float(0).tag(sync=True)
    diastolic = traitlets.Float(DIASTOLIC).tag(sync=True)
    others = traitlets.Bool(False).tag(sync=True)
    prediction = traitlets.Dict(None, allow_none=True).tag(sync=True)  # pressure, pattern, and the case they were made for; {}: none wanted
    own = traitlets.Dict().tag(sync=True)  # leg -> its own values of the sliders
    sources = traitlets.List().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what "Start over" returns to
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, language: str, predict: bool, state: dict):
        self._kb, self._language = kb, language
        self._say = words(kb, "pressure", language)
        traits = self._checked(state) | {"prediction": None if predict else {}}
        limits = {name: [*LIMITS[name], STEPS[name]] for name in SLIDERS}
        self._published = self._of_the_table()
        own = {leg: _own(leg) for leg in LEGS}
        super().__init__(words=self._say, limits=limits, own=own, sources=self._sources(), start=traits, **traits)
        self._follow(*self.PARTS)

    def _checked(self, new: dict) -> dict:
        check_known("part of the state", new, self.PARTS)
        check_choice(new, "leg", "leg", LEGS)
        if not isinstance(new.get("others", False), bool):
            raise InputError(f"others must be True or False, not {new['others']!r}.")
        leg = new.get("leg") or self.leg
        kept = _own(leg) if "leg" in new else {name: getattr(self, name) for name in SLIDERS}
        values = kept | {name: new[name] for name in SLIDERS if new.get(name) is not None}
        checked_leg(leg, **values)
        traits = {"leg": leg, **{name: float(value) for name, value in values.items()}}
        if "others" in new:
            traits["others"] = new["others"]
        if "prediction" in new:
            traits["prediction"] = _guess(new["prediction"], _case(traits))
        return traits

    @property
    def state(self) -> dict:
        """What the student has set."""
        said = {k: v for k, v in (self.prediction or {}).items() if k != "case"}
        return self._state() | {"prediction": said or None}

    state = state.setter(NerveExplorer.state.fset)

    @property
    def result(self) -> pd.DataFrame:
        """The run at the moments at which the cutoffs apply, as `heelkit.compartment.run` gives it."""
        return run(self.leg, self.rest, self.minutes, self.half_time, self.diastolic, self._kb)

    def _values(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in SLIDERS}

    def _measured(self) -> dict[str, Reading]:
        """What `result` holds, by moment."""
        return {r.moment: r for r in readings(checked_leg(self.leg, **self._values()), self.diastolic, cutoffs(self._kb))}

    def _keep(self, changed: dict) -> None:
        mine = changed.get("prediction") or {}
        if "pressure" not in mine:
            return
        measured = self._measured()
        five, found = measured["after_5_minutes"].pressure, _pattern(measured)
        right = abs(mine["pressure"] - round(five)) <= CLOSE and mine["pattern"] == found
        more = {"leg": self.leg, **self._values(), "pressure": round(five, 1), "pattern": found}
        record("prediction", "pressure", topic="predictions", given=f"{mine['pressure']:g};{mine['pattern']}", right=right, more=more)

    def _refresh(self):
        gated, limits, seen = self.prediction is None, cutoffs(self._kb), _case(self._state())
        measured, until = self._measured(), 0 if gated else LAST
        shown = {self.leg: self._values()}
        if self.others and not gated:
            shown = {leg: _own(leg) for leg in LEGS if leg != self.leg} | shown
        self.view = {
            "seen": seen,  # what this view answers to
            "gated": gated,
            "story": self._text(f"story_{self.leg}", minutes=f"{self.minutes:g}"),
            "curves": [{"leg": leg, "points": _points(leg, values, until)} for leg, values in shown.items()],
            "lines": self._lines(limits),
            "marks": [m for m in self._marks(shown) if m["minute"] <= until],
            "rows": [] if gated else [self._row(step, limits) for step in measured.values()],
            "told": None if gated else self._told(measured, seen),
            "alt": self._alt(measured, gated),
        }

    def _text(self, word: str, **values) -> str:
        return self._say[word].format(**values)

    def _row(self, step: Reading, limits: dict) -> dict:
        criterion = ""
        if step.met:
            number = limits.get(step.moment, limits["perfusion"])
            criterion = self._text("at_most" if step.moment not in limits else "at_least", n=f"{number:g}")
        row = {"moment": self._say[f"moment_{step.moment}"], "pressure": round(step.pressure), "perfusion": round(step.perfusion)}
        return row | {"criterion": criterion, "met": self._say[f"met_{step.met}"] if step.met else "", "yes": step.met == "yes"}

    def _told(self, measured: dict[str, Reading], seen: list) -> dict:
        """Verdict, what the criteria say, and the doubt that stays."""
        found, five, last = _pattern(measured), round(measured["after_5_minutes"].pressure), round(measured["after_30_minutes"].perfusion)
        met = [self._say[f"moment_{m}"] for m, reading in measured.items() if reading.met == "yes" and m != "after_30_minutes"]
        mine, verdict = self.prediction or {}, ""
        if mine.get("case") == seen:
            near = "close" if abs(mine["pressure"] - five) <= CLOSE else "too_low" if mine["pressure"] < five else "too_high"
            right = "right" if mine["pattern"] == found else "not_right"
            verdict = self._text("you_said", p=f"{mine['pressure']:g}", verdict=self._say[near], pattern=self._say[f"pattern_{mine['pattern']}"])
            verdict = f"{verdict} {self._say[right]}"
        elif mine:
            verdict = self._say["other_case"]
        return {
            "five": self._text("five", p=five),
            "verdict": verdict,
            "pattern": found,
            "says": self._text(f"says_{found}", met=", ".join(met), delta=last, diastolic=f"{self.diastolic:g}"),
            "doubt": self._say[f"doubt_{found}"],
        }

    def _lines(self, limits: dict[str, float]) -> list[dict]:
        """The cutoffs: three short ones at the minute at which each applies, and one across the picture."""
        values = {moment: (minute, limits[moment]) for moment, minute in (("rest", None), ("after_1_minute", 1), ("after_5_minutes", FIVE))}
        values["perfusion"] = (None, max(0.0, self.diastolic - limits["perfusion"]))
        named = {moment: self._text(f"line_{moment}", n=f"{value:g}", cut=f"{limits['perfusion']:g}") for moment, (_, value) in values.items()}
        return [{"id": moment, "minute": minute, "value": value, "text": named[moment]} for moment, (minute, value) in values.items()]

    def _marks(self, shown: dict[str, dict]) -> list[dict]:
        """The published values of the legs on show, each with the minute at which it is drawn."""
        found = []
        for mark in self._published:
            if mark["leg"] in shown:
                before = -shown[mark["leg"]]["minutes"] - 2
                minute = {"rest": before, "during_exercise": 0, "injured": 30}.get(mark["moment"], MOMENTS.get(mark["moment"]))
                found.append(mark | {"minute": minute})
        return found

    def _of_the_table(self) -> list[dict]:
        """The published values that can be drawn."""
        told = {field: texts(self._kb, "pressures", field, self._language) for field in ("compartment", "note")}
        marks = []
        table = self._kb.pressures[self._kb.pressures["group_id"].isin(LEGS)]
        front = ~table["compartment"].str.contains("posterior")  # what the model is about
        drawn = front & (table["mean"].notna() | table["low"].notna() & table["high"].notna())
        for i, row in table[drawn].iterrows():
            low, value, high = (None if pd.isna(row[c]) else float(row[c]) for c in ("low", "mean", "high"))
            numbers = "" if value is None else f"{value:g}"
            between = "" if low is None or high is None else self._text("between", low=f"{low:g}", high=f"{high:g}")
            numbers = f"{numbers} ({between})" if numbers and between else numbers or between
            n = "" if pd.isna(row["n"]) else f", n = {row['n']}"
            who, when = self._say["leg_" + row["group_id"]], self._say["moment_" + row["moment"]]
            what = f"{who}, {when}, {told['compartment'][i]}: {numbers} mmHg{n}. {told['note'][i] or ''}"
            marks.append({"id": i, "leg": row["group_id"], "moment": row["moment"], "low": low, "mean": value, "high": high, "text": what})
        return marks

    def _sources(self) -> list[dict]:
        rows = ["compartment_pressure_rest", "compartment_pressure_1_min", "delta_pressure"]
        cells = [*self._kb.pressures["source_ids"], *self._kb.reference_values.loc[rows, "source_ids"]]
        return [citation(i, self._kb) for i in sorted({i for cell in cells for i in cell.split(";")})]

    def _alt(self, measured: dict[str, Reading], gated: bool) -> str:
        at = {moment: round(reading.pressure) for moment, reading in measured.items()}
        values = {"rest": at["rest"], "stop": at["stop"], "minutes": f"{self.minutes:g}"}
        return self._text("alt_gated" if gated else "alt", **values, one=at["after_1_minute"], five=at["after_5_minutes"], later=at["after_30_minutes"])

    def _picture(self) -> str:
        """The story and the question; the readings are folded away until the reader has predicted."""
        say, view, measured, limits = self._say, self.view, self._measured(), cutoffs(self._kb)
        told = self._told(measured, _case(self._state()))
        rows = [[html.escape(str(r[k])) for k in ("moment", "pressure", "criterion", "met")] for r in (self._row(s, limits) for s in measured.values())]
        table = html_table([html.escape(say[k]) for k in ("moment", "pressure", "criterion", "met")], rows)
        answer = f"{table}<p>{html.escape(told['five'])} {html.escape(told['says'])}</p><p>{html.escape(told['doubt'])}</p>"
        if view["gated"]:
            answer = f"<details><summary>{html.escape(say['predict_then_open'])}</summary>{answer}</details>"
        drawing = image(_svg(view["curves"], view["lines"]), alt=view["alt"], width=420)
        return f"<p><b>{html.escape(view['story'])}</b> {html.escape(say['question'])}</p>{drawing}{answer}<p><i>{html.escape(say['model'])}</i></p>"

    def __repr__(self):
        said = self.state["prediction"]
        return f"PressureExplorer(leg='{self.leg}', rest={self.rest:g}, minutes={self.minutes:g}, half_time={self.half_time:g}, " + (
            f"diastolic={self.diastolic:g}, prediction={said})"
        )


def _pattern(measured: dict[str, Reading]) -> str:
    return pattern_of([moment for moment, reading in measured.items() if reading.met == "yes"])


def _own(leg: str) -> dict[str, float]:
    """The values with which the sliders of a leg begin."""
    start = LEGS[leg]
    return {"rest": float(start.rest), "minutes": float(start.minutes), "half_time": float(start.half_time), "diastolic": DIASTOLIC}


def _case(values: dict) -> list:
    return [values["leg"], *(values[name] for name in SLIDERS)]


def _guess(said: dict | None, case: list) -> dict | None:
    """A prediction with the case it was made for. Raises ValueError when a part of it is missing or not valid."""
    if said is None:
        return None
    if not isinstance(said, dict) or set(said) != {"pressure", "pattern"}:
        raise InputError(f"prediction is {said!r}; it must be None or a dict with 'pressure' (mmHg) and 'pattern'.")
    check_known("pattern", [said["pattern"]], PATTERNS)
    value = said["pressure"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= TOP:
        raise InputError(f"pressure is {value!r}; it must be a number of mmHg from 0 to {TOP}.")
    return said | {"case": case}


def _points(leg: str, values: dict[str, float], until: float) -> list[list[float]]:
    """The curve from four minutes before the run until this minute, as pairs of minute and pressure."""
    own = checked_leg(leg, **values)
    steps = [-own.minutes - 4, *(own.minutes * (i / 12 - 1) for i in range(13)), *(i / 4 for i in range(1, 13)), *range(4, LAST + 1)]
    minutes = [minute for minute in steps if minute <= until]
    return [[round(minute, 2), round(value, 1)] for minute, value in zip(minutes, modeled(minutes, own).tolist(), strict=True)]


def _svg(curves: list[dict], lines: list[dict]) -> str:
    """A small still picture of the curves, for pages on which no widget can live."""
    left = min(c["points"][0][0] for c in curves)

    def place(minute: float, value: float) -> str:
        return f"{30 + (minute - left) / (LAST - left) * 380:.0f},{205 - min(value, TOP) / TOP * 195:.0f}"

    drawn = ['<path d="M30,10V205H410" fill="none" stroke="#333"/><text x="34" y="20">mmHg</text><text x="330" y="220">min</text>']
    for line in lines:
        start, end = (left, LAST) if line["id"] == "perfusion" else (left, left + 4) if line["minute"] is None else (line["minute"] - 1, line["minute"] + 2)
        dash = ' stroke-dasharray="6 4"' if line["id"] == "perfusion" else ""
        drawn.append(f'<path d="M{place(start, line["value"])}L{place(end, line["value"])}" stroke="#b84a00" stroke-width="2"{dash}/>')
    drawn += [f'<path d="M{"L".join(place(*p) for p in c["points"])}" fill="none" stroke="#0072b2" stroke-width="3"/>' for c in curves]
    for minute in range(0, LAST, 10):
        drawn.append(f'<text x="{place(minute, 0).split(",")[0]}" y="220" text-anchor="middle">{minute}</text>')
    for value in (0, 50, 100):
        drawn.append(f'<text x="26" y="{place(0, value).split(",")[1]}" text-anchor="end">{value}</text>')
    body = "".join(drawn)
    paper = '<rect width="420" height="225" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 420 225" font-family="sans-serif" font-size="12">{paper}{body}</svg>'


def pressure(leg: str = "chronic_exertional", language: str = ENGLISH, predict: bool = True, kb: KnowledgeBase | None = None) -> PressureExplorer:
    """The pressure in a muscle compartment before, during and after a run: predict, then see the curve and which criteria it meets.

    Parameters: `leg` is healthy, chronic_exertional, or acute; `language` "en" or "es"; unless `predict` is False, the student first
    predicts the pressure five minutes after stopping and the pattern; `kb` is a teacher's own tables.

    Returns a widget; see PressureExplorer for `.state` and `.result` (pressures in mmHg). The curve is a teaching model, an estimate.
    Raises ValueError for an unknown leg or language, and for a part of the state that is not valid.

    >>> explorer = pressure("healthy")
    >>> explorer.state = {"half_time": 10}
    >>> explorer.result.query("met == 'yes'")[["moment", "pressure"]].round().values.tolist()
    [['after_1_minute', 38.0], ['after_5_minutes', 31.0]]
    >>> pressure("chronic")
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown leg 'chronic'; nearest: 'chronic_exertional'.
    """
    return PressureExplorer(kb or load(), language, predict, {"leg": leg})
