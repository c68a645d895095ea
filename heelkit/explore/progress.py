"""The student's own progress: how often right, how well calibrated, what to see again. Kind, and without streaks."""

import html
import time

import pandas as pd
import traitlets

from heelkit.citations import percent
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.widget import NerveExplorer, check_choice, check_known, html_table
from heelkit.language import ENGLISH, speech, words
from heelkit.progress import export, import_events, progress_path, read_events, reset
from heelkit.review import accuracy, calibration, schedule
from heelkit.tables import KnowledgeBase, load

SHOWN = 8  # reviews on screen


class ProgressExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.progress`.

    `.state` is a dict with `topic` (a lesson whose reviews are shown; None: all). `.result` is what `heelkit.review.accuracy` gives for
    the student's record as it is now: answered, right and share (0..1) by topic.
    """

    PARTS = ("topic",)
    _esm = module("progress")
    words = traitlets.Dict().tag(sync=True)
    topic = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)  # what the last button did

    def __init__(self, kb: KnowledgeBase, language: str):
        self._kb, self._language, self._kept = kb, language, None
        super().__init__(words=words(kb, "progress", language))
        self._follow("topic")
        self.on_msg(self._act)

    def _checked(self, new: dict) -> dict:
        check_known("part of the state", new, self.PARTS)
        if new.get("topic") not in (t["topic"] for t in self.view["topics"]):
            check_choice(new, "topic", "topic", self.result.index)
        return new

    @property
    def result(self) -> pd.DataFrame:
        """Right answers by topic, read from the record as it is now."""
        return accuracy(read_events())

    def _act(self, _widget, message, _buffers):
        """What a button asks for; the answer, or what went wrong, is one sentence on the page."""
        say = self.words
        try:
            match message.get("do"):
                case "export":
                    name = message.get("student", "").strip()
                    self.said = say["exported"].format(file=export("heelkit_progress.csv", name))
                case "import":
                    self.said = say["imported"].format(n=import_events(message.get("file", "").strip()))
                case "reset":
                    old = reset()
                    self.said = say["was_reset"].format(file=old.name) if old else say["nothing_to_reset"]
                case "refresh":
                    self.said = ""
        except InputError as problem:
            self.said = str(problem)
        self._refresh()

    def _refresh(self):
        try:
            shown, plan = self._read()
        except InputError as problem:
            self.view = {"problems": [str(problem)], "topics": [], "calibration": [], "brier": None, "due": [], "due_now": 0, "file": progress_path().name}
            return
        if self.topic:
            plan = plan[plan["topic"] == self.topic]
        say = speech(self._kb, "progress", self._language)
        self.view = shown | {
            "due": [
                {"id": r.Index, "text": f"{say.of('questions', 'stem', r.Index)} {say.of('questions', 'lead_in', r.Index)}", "topic": r.topic}
                | {"when": r.due.strftime("%Y-%m-%d"), "now": bool(r.due_now), "recall": float(r.recall), "missed": bool(r.missed)}
                for r in plan.head(SHOWN).itertuples()
            ],
            "due_now": int(plan["due_now"].sum()),
        }

    def _read(self) -> tuple[dict, pd.DataFrame]:
        """What the record says of every topic, and when to see each question again; read anew when the file, the minute or its place changed."""
        path = progress_path()
        stamp = path, path.stat().st_mtime_ns if path.exists() else 0, int(time.time() // 60)
        if self._kept is None or self._kept[0] != stamp:
            events = read_events()
            told, plan = calibration(events), schedule(events)
            topics = [
                {"topic": t, "answered": int(r["answered"]), "right": int(r["right"]), "share": float(r["share"])} for t, r in accuracy(events).iterrows()
            ]
            shown = {
                "problems": events.attrs["problems"],
                "topics": topics,
                "calibration": [{"sure": float(sure), "n": int(r["n"]), "share": float(r["share_right"])} for sure, r in told.iterrows()],
                "brier": told.attrs["brier"],
                "file": path.name,
            }
            self._kept = stamp, shown, plan[plan.index.isin(self._kb.questions.index)]
        return self._kept[1:]

    def _picture(self) -> str:
        view, say = self.view, self.words
        if not view["topics"]:
            return f"<p>{html.escape(say['empty'])}</p>"
        rows = [[html.escape(t["topic"]), f"{t['right']} / {t['answered']}", percent(t["share"])] for t in view["topics"]]
        return html_table([html.escape(say[w]) for w in ("topic", "right_of", "share")], rows)

    def __repr__(self):
        return f"ProgressExplorer({sum(t['answered'] for t in self.view['topics'])} answered, {self.view['due_now']} to see again now)"


def progress(*, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> ProgressExplorer:
    """What the student's own record says: accuracy by topic, calibration, next reviews; with export, import and reset.

    Parameters: `kb` a teacher's own tables; `language` "en" or "es". Returns a widget; see ProgressExplorer for `.state` and `.result`.
    The record is one local file (see `heelkit.progress`); nothing is sent anywhere.
    """
    return ProgressExplorer(kb or load(), language)
