"""The timeline: when was each drug taken, when did the numbness begin, and which drug fits in time? Predict, then see the reported windows."""

import html

import pandas as pd
import traitlets

from heelkit.citations import citation
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.widget import Explorer, html_table
from heelkit.language import ENGLISH, check_language, texts, words
from heelkit.progress import record
from heelkit.tables import KnowledgeBase, load, unknown
from heelkit.timeline import NOT_KNOWN, YES, check_drugs, fits, rounded

NAMES = ("drugs", "onset", "prediction")
TIMES = ("started", "stopped")
LONGEST = 20_000  # days: longer than most lives of a prescription
FIRST = {"started": 60, "stopped": None}  # where a newly added drug begins on the time line
TICKS = (0, 1, 3, 7, 14, 28, 91, 183, 365, 731, 1826, 3652, 7305)


class TimelineExplorer(Explorer):
    """The widget behind `heelkit.explore.timeline`.

    `.state` is a dict with `drugs` (drug id to `started` and `stopped`, in days before today; `stopped` is None while it is still taken),
    `onset` (days before today) and `prediction` (the drug ids that the student thinks fit in time; None before committing); assign to it
    to set several at once. `.result` is what `heelkit.timeline.fits` gives for that state.
    """

    _esm = module("timeline")
    catalog = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    drugs = traitlets.List().tag(sync=True)  # [drug id, started, stopped or None]: the order is that of the screen
    onset = traitlets.Int(30).tag(sync=True)
    prediction = traitlets.Dict(None, allow_none=True).tag(sync=True)  # drugs, and the case they were chosen for; empty: none wanted
    start = traitlets.Dict().tag(sync=True)  # what "Start over" returns to
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, question: str | None, predict: bool, language: str, state: dict):
        self._kb, self._language = kb, check_language(kb, language)
        say = words(kb, "timeline", language)
        traits = self._checked(state, {}) | {"prediction": None if predict else {}}
        asked = {"question": question} if question else {}
        super().__init__(catalog=_catalog(kb, language, say), words=say | asked, start=dict(traits), **traits)
        self._follow("drugs", "onset", "prediction")

    def _checked(self, state: dict, before: dict) -> dict:
        """The traits for a state. Raises ValueError, before anything changes, when a part of it is not valid."""
        if strangers := [k for k in state if k not in NAMES]:
            raise unknown("part of the state", strangers, NAMES)
        now = {**before, **state}
        times = now.get("drugs") or {}
        if not isinstance(times, dict):
            raise InputError('drugs must be a dict such as {"metronidazole": {"started": 60, "stopped": 10}}.')
        drugs = [[drug, *_times(drug, times[drug])] for drug in check_drugs(times, self._kb)]
        traits = {"drugs": drugs, "onset": _days(now.get("onset", 30), "onset")}
        if "prediction" in state:
            chosen = state["prediction"]
            if chosen is not None and (strangers := [d for d in check_drugs(chosen, self._kb) if d not in times]):
                raise InputError(f"'{strangers[0]}' is not on the time line: {', '.join(times) or 'no drug is'}.")
            traits["prediction"] = None if chosen is None else {"drugs": check_drugs(chosen, self._kb), "case": _case(**traits)}
        return traits

    @property
    def state(self) -> dict:
        """What the student has set."""
        times = {drug: {"started": started, "stopped": stopped} for drug, started, stopped in self.drugs}
        return {"drugs": times, "onset": self.onset, "prediction": (self.prediction or {}).get("drugs")}

    @state.setter
    def state(self, state: dict):
        traits = self._checked(state, self.state)
        with self.hold_trait_notifications():
            for name, value in traits.items():
                setattr(self, name, value)

    @property
    def result(self) -> pd.DataFrame:
        """For each drug on the time line whether it fits in time, as `heelkit.timeline.fits` gives it."""
        started = {drug: start - self.onset for drug, start, _ in self.drugs}
        stopped = {drug: stop - self.onset for drug, _, stop in self.drugs if stop is not None}
        return fits(started, stopped, list(started), self._kb, self._language)

    def _believe(self, changed: dict) -> None:
        self._checked({part: self.state[part] for part in ("drugs", "onset")}, {})  # a prediction may name a drug that was taken off

    def _keep(self, changed: dict) -> None:
        chosen = (changed.get("prediction") or {}).get("drugs")
        if chosen is None:
            return
        right = self.view["right"] == self.view["known"] if self.view["known"] else None
        more = {"drugs": self.state["drugs"], "onset": self.onset, "fits": [r["id"] for r in self.view["rows"] if r["in_time"] == YES]}
        record("prediction", "timeline", topic="predictions", given=";".join(chosen), right=right, more=more)

    def _refresh(self):
        shown = self.prediction is not None
        rows = [self._row(row) for row in self.result.itertuples()] if shown else []
        known = [r for r in rows if r["in_time"] != NOT_KNOWN]
        chosen = (self.prediction or {}).get("drugs")
        right = sum((r["id"] in chosen) == (r["in_time"] == YES) for r in known) if chosen is not None else 0
        ids = sorted({s for r in rows for s in self._kb.drugs.loc[r["id"], "source_ids"].split(";")})
        self.view = {
            "case": _case(self.drugs, self.onset),  # what this view answers to
            "revealed": shown,
            "rows": rows,
            "right": right,
            "known": len(known),
            "sources": [citation(s, self._kb) for s in ids],
        }

    def _row(self, row) -> dict:
        drug = self._kb.drugs.loc[row.Index]
        told = {field: texts(self._kb, "drugs", field, self._language)[row.Index] for field in ("dose", "course", "pattern")}
        times = {key: None if pd.isna(drug[field]) else float(drug[field]) for key, field in _WINDOW.items()}
        return times | {
            "id": row.Index,
            "verdict": row.verdict,
            "in_time": row.in_time,
            "why": row.explanation,
            "onset": row.onset_words,
            "doubt": row.doubt,
            "basis": row.basis,
            **{field: text if isinstance(text, str) else "" for field, text in told.items()},
        }

    def __repr__(self):
        shown = {drug: (started, stopped) for drug, started, stopped in self.drugs}
        return f"TimelineExplorer(drugs={shown}, onset={self.onset}, prediction={self.state['prediction']})"

    def _picture(self) -> str:
        """The times, and the verdicts as a table, hidden until the reader predicts."""
        say, names = words(self._kb, "timeline", self._language), texts(self._kb, "drugs", "name", self._language)
        lines = [f"<li><b>{html.escape(say['onset'])}</b>: {html.escape(_ago(self.onset, say))}</li>"]
        for drug, started, stopped in self.drugs:
            end = say["still"].capitalize() if stopped is None else f"{say['stopped']}: {_ago(stopped, say)}"
            lines.append(f"<li>{html.escape(names[drug])}. {html.escape(say['started'])}: {html.escape(_ago(started, say))}. {html.escape(end)}.</li>")
        rows = [[html.escape(t) for t in (names[r.Index], say[f"badge_{r.verdict}"], r.explanation)] for r in self.result.itertuples()]
        table = html_table([html.escape(say[c]) for c in ("col_drug", "col_answer", "col_why")], rows) + f"<p>{html.escape(say['proof'])}</p>"
        if self.prediction is None:
            table = f"<details><summary>{html.escape(say['picture_fold'])}</summary>{table}</details>"
        return f"<p><b>{html.escape(self.words['question'])}</b></p><ul>{''.join(lines)}</ul>{table}<p><i>{html.escape(say['picture_note'])}</i></p>"


_WINDOW = {"low": "onset_days_low", "high": "onset_days_high", "after": "after_stop_days"}


def _days(value, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LONGEST or value != int(value):
        raise InputError(f"{what} is {value!r}; it must be a whole number of days before today, from 0 to {LONGEST}.")
    return int(value)


def _times(drug: str, times) -> tuple[int, int | None]:
    times = {"started": times} if isinstance(times, (int, float)) else dict(times)
    if strangers := [k for k in times if k not in TIMES]:
        raise unknown(f"time of '{drug}'", strangers, TIMES)
    if "started" not in times:
        raise InputError(f"No start is given for '{drug}'.")
    started, stopped = _days(times["started"], f"The start of '{drug}'"), times.get("stopped")
    if stopped is None:
        return started, None
    stopped = _days(stopped, f"The stop of '{drug}'")
    if stopped > started:
        raise InputError(f"'{drug}' was stopped {stopped} days before today, but started only {started} days before it.")
    return started, stopped


def _ago(days: int, say: dict) -> str:
    return say["today"] if days == 0 else say["ago"].replace("{time}", rounded(days, say))


def _case(drugs: list, onset: int) -> list:
    return [[list(drug) for drug in drugs], onset]


def _catalog(kb: KnowledgeBase, language: str, say: dict) -> dict:
    """What the browser needs to know once: the drugs by class, and the marks of the time axis."""
    names = texts(kb, "drugs", "name", language)
    ticks = [[days, say["today"] if days == 0 else rounded(days, say)] for days in TICKS]
    return {"drugs": [{"id": i, "name": name} for i, name in names.sort_values().items()], "ticks": ticks, "first": FIRST, "longest": LONGEST}


def timeline(drugs=None, onset: int = 30, question: str | None = None, predict: bool = True, language: str = ENGLISH, kb: KnowledgeBase | None = None):
    """Drug against onset on one time line: predict which drug fits in time, commit, and see the reported windows with their doubts.

    Parameters: `drugs`, a dict from drug id to `{"started": days before today, "stopped": days before today or None}` (a number alone:
    started then, still taken); `onset`, when the numbness began, in days before today; the `question` above the prediction; unless
    `predict` is False the student predicts first; `language` of all words.

    Returns a widget with `.state` (dict) and `.result` (DataFrame, as `heelkit.timeline.fits`). Raises ValueError for an unknown drug or
    language, a stop before the start, and times that are not whole days.

    >>> explorer = timeline({"metronidazole": {"started": 60, "stopped": 10}, "statins": 900}, onset=18)
    >>> explorer
    TimelineExplorer(drugs={'metronidazole': (60, 10), 'statins': (900, None)}, onset=18, prediction=None)
    >>> explorer.result["verdict"].to_dict()
    {'metronidazole': 'inside', 'statins': 'not_known'}
    >>> explorer.state = {"onset": 50}
    >>> explorer.result.loc["metronidazole", "verdict"]
    'too_early'
    """
    return TimelineExplorer(kb or load(), question, predict, language, {"drugs": drugs or {}, "onset": onset})
