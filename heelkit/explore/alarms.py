"""Red flags against the clock of the disease: read a story, decide how fast to act, commit, and see what a miss costs."""

import html
import random

import pandas as pd
import traitlets

from heelkit.alarm_rules import URGENCIES
from heelkit.citations import citation
from heelkit.differential import as_ids
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.widget import NerveExplorer, check_known
from heelkit.facts import Facts
from heelkit.language import ENGLISH, texts, words
from heelkit.progress import record
from heelkit.red_flags import red_flags
from heelkit.tables import KnowledgeBase, load

RIGHT, TOO_SLOW, TOO_FAST = "right", "too_slow", "too_fast"


def verdict(answer: str, urgency: str) -> str:
    """ "right", "too_slow" or "too_fast", for an answer beside the speed that the disease asks for.

    Raises ValueError, naming the nearest, when one of them is no speed.

    >>> verdict("this_week", "act_now")
    'too_slow'
    """
    check_known("urgency", [answer, urgency], URGENCIES)
    late = URGENCIES.index(answer) - URGENCIES.index(urgency)
    return TOO_SLOW if late > 0 else TOO_FAST if late < 0 else RIGHT


class AlarmExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.alarms`.

    `.state` is a dict with `story` (the alarm_id on screen, None for the summary) and `answers` (alarm_id -> act_now, today, this_week or
    no_hurry; only what was committed); assign to it to set both at once. `.result` has a row per story, indexed by alarm_id: red_flag_id,
    answer, urgency, verdict (right, too_slow, too_fast) and fired (the rules that fire, joined by ';'). What gives the answer away stays
    blank until the story is answered; a harmless story has no rule ("").
    """

    PARTS = ("story", "answers")
    ANSWERS = "answers"
    _esm = module("alarms")
    words = traitlets.Dict().tag(sync=True)
    catalog = traitlets.Dict().tag(sync=True)
    story = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, ids: list[str], language: str):
        self._kb, self._ids, self._language = kb, ids, language
        say = words(kb, "alarms", language)
        urgencies = [{"id": u, "label": say[u], "means": say[f"means_{u}"]} for u in URGENCIES]
        super().__init__(words=say, catalog={"urgencies": urgencies, **_catalog(kb, ids, language)}, story=ids[0])

    def _checked(self, new: dict) -> dict:
        check_known("part of the state", new, self.PARTS)
        if new.get("story") is not None:
            check_known("story", [new["story"]], self._ids)
        answers = new.get("answers", {})
        if not isinstance(answers, dict):
            raise InputError(f"answers must be a dict of alarm ids, not {answers!r}.")
        check_known("story", answers, self._ids)
        check_known("urgency", answers.values(), URGENCIES)
        return new

    def _keep(self, changed: dict) -> None:
        for alarm_id, answer in (self._fresh() if "answers" in changed else {}).items():
            urgency = self._kb.alarms.loc[alarm_id, "urgency"]
            more = {"story": alarm_id, "urgency": urgency, "verdict": verdict(answer, urgency)}
            record("prediction", "alarms", topic="predictions", given=answer, right=answer == urgency, more=more)

    @property
    def result(self) -> pd.DataFrame:
        """A row per story, in the order of the explorer."""
        rows = []
        for alarm_id in self._ids:
            story, answer = self._kb.alarms.loc[alarm_id], self.answers.get(alarm_id)
            if answer is None:
                rows.append((None,) * 5)
            else:
                fired = ";".join(_fired(self._kb, story)["red_flag_id"])
                rows.append((_text(story["red_flag_id"]), answer, story["urgency"], verdict(answer, story["urgency"]), fired))
        columns = ["red_flag_id", "answer", "urgency", "verdict", "fired"]
        return pd.DataFrame(rows, columns=columns, index=pd.Index(self._ids, name="alarm_id"), dtype=object)

    @property
    def misses(self) -> Facts:
        """What the answers that were not in time cost: for each, the words that decide, the clock, and the price, as readable text."""
        say, rows = self.words, []
        shown = {story["id"]: story for story in self.catalog["stories"]}
        for alarm_id, marked in self.result.dropna(subset="answer").query("verdict != 'right'").iterrows():
            story, price = shown[alarm_id], "too_late" if marked["verdict"] == TOO_SLOW else "too_early"
            name = f"{story['name'] or say['look_alike']}, {say[marked['verdict']]}"
            parts = {"clue": story["story"][1], "clock": story["clock"], price: story[price]}
            cited = self._kb.alarms.loc[alarm_id, "source_ids"]
            rows += [(f"{name}. {say[part]}", text, None, story["basis"], cited) for part, text in parts.items() if text]
        told = pd.DataFrame(rows, columns=["label", "statement", "limits", "basis", "source_ids"])
        return Facts(told, words(self._kb, "facts", self._language))

    def _picture(self) -> str:
        """The story on screen and the four choices; nothing that gives the answer away."""
        say, shown = self.words, next((s for s in self.catalog["stories"] if s["id"] == self.story), None)
        if shown is None:
            return f"<p>{html.escape(say['summary'])}</p>"
        at = say["story_of"].format(n=self._ids.index(shown["id"]) + 1, all=len(self._ids))
        choices = " &middot; ".join(html.escape(u["label"]) for u in self.catalog["urgencies"])
        told, note = html.escape("".join(shown["story"])), html.escape(say["picture"])
        return f"<p><b>{html.escape(at)}</b> {told}</p><p><b>{html.escape(say['question'])}</b> {choices}</p><p><i>{note}</i></p>"

    def __repr__(self):
        verdicts = [verdict(answer, self._kb.alarms.loc[i, "urgency"]) for i, answer in self.answers.items()]
        return f"AlarmExplorer({len(self._ids)} stories, {len(verdicts)} answered, {verdicts.count(RIGHT)} in time)"


def _text(cell) -> str:
    """The cell, "" when it is blank."""
    return cell if isinstance(cell, str) else ""


def _cell(cell) -> list[str]:
    return [part for part in _text(cell).split(";") if part]


def _fired(kb: KnowledgeBase, story: pd.Series) -> pd.DataFrame:
    return red_flags(_cell(story["present"]), _cell(story["absent"]), kb=kb)


def _parted(story: str, clue: str) -> list[str]:
    """The story before its clue, the clue, and the rest."""
    before, found, after = story.partition(clue) if clue else (story, "", "")
    return [before, found, after]


def _catalog(kb: KnowledgeBase, ids: list[str], language: str) -> dict:
    """What the browser needs to know, in the language of the class: the stories, and once each the rules and sources they name."""
    labels, rules, sources = texts(kb, "findings", "label", language), {}, set()
    written = {field: texts(kb, "alarms", field, language) for field in ("story", "clock", "too_late", "too_early")}
    spoken = {field: texts(kb, "red_flags", field, language) for field in ("name", "action", "time_frame")}
    stories = []
    for alarm_id, story in kb.alarms.loc[ids].iterrows():
        own, translated = _text(story["red_flag_id"]), language != ENGLISH and isinstance(story.get(f"story_{language}"), str)
        fired = sorted(_fired(kb, story).to_dict("records"), key=lambda rule: rule["red_flag_id"] != own)
        for rule in fired:
            cited = rule["source_ids"].split(";")
            spoken_rule = {field: spoken[field][rule["red_flag_id"]] for field in spoken}
            rules[rule["red_flag_id"]] = {**spoken_rule, "level": rule["level"], "sources": cited}
            sources.update(cited)
        cited = story["source_ids"].split(";")
        sources.update(cited)
        stories.append(
            {
                "id": alarm_id,
                "story": _parted(written["story"][alarm_id], _text(story[f"clue_{language}"]) if translated else story["clue"]),
                "urgency": story["urgency"],
                "own": own,
                "clock": written["clock"][alarm_id],
                "too_late": written["too_late"][alarm_id],
                "too_early": _text(story["too_early"]) and written["too_early"][alarm_id],
                "basis": story["basis"],
                "name": own and spoken["name"][own],
                "window": own and spoken["time_frame"][own],
                "present": [labels[f] for f in _cell(story["present"])],
                "absent": [labels[f] for f in _cell(story["absent"])],
                "rules": [{"id": rule["red_flag_id"], "findings": [labels[f] for f in rule["findings"].split(";")]} for rule in fired],
                "sources": cited,
            }
        )
    return {"stories": stories, "rules": rules, "sources": {s: citation(s, kb) for s in sorted(sources)}}


def _chosen(kb: KnowledgeBase, which) -> list[str]:
    """The stories named by their own id, by their rule, or by their speed, in the order of the names."""
    if which is None:
        return kb.alarms.index.tolist()
    names, found = as_ids(which), []
    if not names:
        raise InputError("which names no story; leave it out for all of them.")
    rules = kb.alarms["red_flag_id"].dropna()
    check_known("story, red flag or urgency", names, [*kb.alarms.index, *rules.unique(), *URGENCIES])
    for name in names:
        same = (kb.alarms.index == name) | (kb.alarms["red_flag_id"] == name) | (kb.alarms["urgency"] == name)
        found += kb.alarms.index[same].tolist()
    return list(dict.fromkeys(found))


def alarms(which=None, shuffle: bool = False, seed: int = 0, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> AlarmExplorer:
    """Stories on which the student decides how fast to act: act now, today, this week, or no hurry.

    Parameters: `which` is an id of a story, of a red flag, or one of the four speeds, or a list of them (all stories when left out);
    `shuffle` mixes the order, the same way for the same `seed`; `kb` a teacher's own tables; `language` "en" or "es".

    Returns a widget; see AlarmExplorer for `.state` and `.result`. Raises ValueError, naming the nearest, for an unknown name or language.

    >>> drill = alarms(["cauda_lifting"])
    >>> drill.state = {"answers": {drill.state["story"]: "today"}}
    >>> drill.result["verdict"].tolist()
    ['too_slow']
    >>> alarms("rf_cauda_equinna")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown story, red flag or urgency 'rf_cauda_equinna'; nearest: ...
    """
    kb = kb or load()
    ids = _chosen(kb, which)
    if not ids:
        raise InputError("These tables hold no stories (alarms.csv is empty).")
    if shuffle:
        random.Random(seed).shuffle(ids)
    return AlarmExplorer(kb, ids, language)
