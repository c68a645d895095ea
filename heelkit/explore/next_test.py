"""The game of the next question: choose one, commit, and see how much it tells beside the best one."""

import functools
import html

import numpy as np
import pandas as pd
import traitlets

from heelkit.differential import as_ids, check_findings, possibilities, posterior, pretest, probabilities
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.catalogs import asked_in_words, condition_names, finding_topics, raised, records, setting_list, split_answers
from heelkit.explore.widget import Explorer, html_table
from heelkit.inquiry import KINDS, TOO_LITTLE, next_questions
from heelkit.language import ENGLISH, Speech, speech
from heelkit.progress import record
from heelkit.tables import KnowledgeBase, load, unknown

NAMES = ("present", "absent", "setting", "kinds", "choice")
STOP = "stop"  # the choice to ask nothing more
LEADERS, AFTER = 4, 3  # conditions shown now, and after an answer
DISCOUNT = 0.5  # as everywhere where the student cannot choose it


class NextTestGame(Explorer):
    """The widget behind `heelkit.explore.next_test`.

    `.state` is a dict with `present`, `absent`, `setting`, `kinds` and `choice` (the finding the student committed to ask, "stop" for asking
    nothing more, None before that); assign to it to set several at once. `.result` is what `heelkit.next_questions` gives for that state,
    with a column `chosen`.
    """

    _esm = module("next_test", "explore/findings.js")
    words = traitlets.Dict().tag(sync=True)
    catalog = traitlets.Dict().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    setting = traitlets.Unicode("primary_care").tag(sync=True)
    kinds = traitlets.List(list(KINDS)).tag(sync=True)
    choice = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    rounds = traitlets.List().tag(sync=True)  # what was asked in this game, with its bits and those of the best
    start = traitlets.Dict().tag(sync=True)  # what "Start over" returns to
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, language: str, state: dict):
        self._kb, self._say = kb, speech(kb, "next_test", language)
        self._names = condition_names(self._say)
        traits = self._checked(state, {}) | {"choice": None}
        catalog = {"topics": finding_topics(self._say), "settings": setting_list(self._say), "kinds": list(KINDS)}
        super().__init__(words=self._say.words, catalog=catalog, start={**traits, "rounds": []}, **traits)
        self._follow("answers", "setting", "kinds", "choice")

    def _checked(self, state: dict, before: dict) -> dict:
        """The traits for a state. Raises ValueError, before anything changes, when a part of it is not valid."""
        if strangers := [k for k in state if k not in NAMES]:
            raise unknown("part of the state", strangers, NAMES)
        now = {**before, **state}
        present, absent = check_findings(now.get("present", ()), now.get("absent", ()), self._kb)
        setting, kinds = now.get("setting", "primary_care"), KINDS if now.get("kinds") is None else as_ids(now["kinds"])
        open_ = _situation(self._say, tuple(present), tuple(absent), setting, tuple(kinds))[1]
        choice = state.get("choice")  # another case asks for another choice
        if choice is not None and choice != STOP:
            check_findings([choice], [], self._kb)
            if choice not in open_:
                why = "is answered already" if choice in (*present, *absent) else f"is not of these kinds: {', '.join(kinds)}"
                raise InputError(f"'{choice}' cannot be asked: it {why}.")
        answers = dict.fromkeys(present, "present") | dict.fromkeys(absent, "absent")
        return {"answers": answers, "setting": setting, "kinds": [k for k in KINDS if k in kinds], "choice": choice}

    def _present_absent(self) -> tuple[list[str], list[str]]:
        return split_answers(self.answers)

    @property
    def state(self) -> dict:
        """What the student has set."""
        present, absent = self._present_absent()
        return {"present": present, "absent": absent, "setting": self.setting, "kinds": list(self.kinds), "choice": self.choice}

    @state.setter
    def state(self, state: dict):
        traits = self._checked(state, {k: v for k, v in self.state.items() if k != "choice"})
        with self.hold_trait_notifications():
            for name, value in traits.items():
                setattr(self, name, value)

    def _situation(self):
        return _situation(self._say, *map(tuple, self._present_absent()), self.setting, tuple(self.kinds))

    @property
    def result(self) -> pd.DataFrame:
        """The open questions, best first, as `heelkit.next_questions` gives them; `chosen` marks the student's own."""
        questions = self._situation()[0]
        frame = questions.assign(chosen=questions["finding_id"] == self.choice)
        frame.attrs["stop"] = questions.attrs["stop"]
        return frame

    def _believe(self, changed: dict) -> None:
        if self.choice is not None:
            self._checked(self.state, {})

    def _keep(self, changed: dict) -> None:
        if not changed.get("choice") or self.choice is None:
            return
        state, (questions, asking, _, flags) = self.state, self._situation()
        best = [] if not asking else [next(iter(asking)), _telling(asking)["finding_id"]]
        if _urgent(flags) or questions.attrs["stop"]:
            best = [STOP]
        more = {part: state[part] for part in ("present", "absent", "setting", "kinds")} | {"best": list(dict.fromkeys(best))}
        record("prediction", "next_test", topic="predictions", given=self.choice, right=self.choice in best, more=more)

    def _refresh(self):
        questions, asking, belief, flags = self._situation()
        chosen, stop = self.choice == STOP or self.choice in asking, questions.attrs["stop"]
        self.view = {
            "case": [dict(self.answers), self.setting, list(self.kinds), self.choice],  # what this view answers to
            "flags": [{key: flag[key] for key in ("level", "name", "action", "time_frame")} for flag in flags],
            "leaders": self._leaders(belief, LEADERS),
            "open": len(asking),
            "stop": stop if chosen or not asking else "",
            "cards": self._cards(asking, belief) if chosen else [],
            "verdict": self._verdict(asking, stop, _urgent(flags)) if chosen else "",
        }

    def _leaders(self, belief: np.ndarray, most: int, before: np.ndarray | None = None) -> list[dict]:
        """The likeliest conditions; with `before`, the probability each had."""
        ids, _, red = possibilities(self._kb)
        found = []
        for i in np.argsort(-belief, kind="stable")[:most]:
            leader = {"name": self._names[ids[i]], "probability": float(belief[i]), "red_flag": bool(red[i])}
            found.append(leader if before is None else leader | {"before": float(before[i])})
        return found

    def _cards(self, asking: dict[str, dict], before: np.ndarray) -> list[dict]:
        """The student's question, the one that comes first and, when that is a red-flag question, the one that tells most per effort."""
        if not asking:
            return []
        titles: dict[str, list[str]] = {}
        if self.choice in asking:
            titles[self.choice] = ["your_question"]
        first, telling = next(iter(asking.values())), _telling(asking)["finding_id"]
        titles.setdefault(first["finding_id"], []).append("comes_first" if first["red_flag"] and first["finding_id"] != telling else "the_best")
        if telling != first["finding_id"]:
            titles.setdefault(telling, []).append("tells_most")
        return [self._card(asking[finding], ", ".join(map(self._say, words)), before) for finding, words in titles.items()]

    def _card(self, row: dict, title: str, before: np.ndarray) -> dict:
        finding, (present, absent) = row["finding_id"], self._present_absent()
        after = {"present": ([*present, finding], absent), "absent": (present, [*absent, finding])}
        return row | {
            "title": title[0].upper() + title[1:],
            "plain": self._say.of("findings", "plain_label", finding),
            "flags": [self._say.of("red_flags", "name", rule) for rule in row["red_flag"].split(";") if rule],
            "after": {state: self._leaders(_belief(self._kb, *case, self.setting), AFTER, before) for state, case in after.items()},
        }

    def _verdict(self, asking: dict[str, dict], stop: str, urgent: list[str]) -> str:
        say, best = self._say, _telling(asking) if asking else None
        act = say("act", names="; ".join(urgent)) if urgent else ""
        if self.choice == STOP:
            if act or stop:
                return f"{say('stop_right')} {act}".strip()
            return say("stop_early", label=best["label"], bits=f"{best['bits']:.2f}", effort=best["effort"])
        mine = asking[self.choice]
        share = mine["bits_per_effort"] / best["bits_per_effort"] if best["bits_per_effort"] > 0 else 1.0
        told = {"bits": f"{mine['bits']:.2f}", "per": f"{mine['bits_per_effort']:.2f}", "share": f"{share:.0%}"}
        said = [say("yours", place=mine["place"], all=len(asking), **told)]
        if mine["red_flag"]:
            said.append(say("yours_is_red"))
        elif next(iter(asking.values()))["red_flag"]:
            said.append(say("red_comes_before"))
        elif mine["bits"] < TOO_LITTLE:
            said.append(say("too_little", n=f"{TOO_LITTLE:g}"))
        return " ".join([*said, act]).strip()

    def __repr__(self):
        present, absent = self._present_absent()
        return f"NextTestGame(present={present}, absent={absent}, setting='{self.setting}', choice={self.choice!r})"

    def _picture(self) -> str:
        """The case, and the best questions as a table, hidden until the reader has chosen."""
        say, asked, shown = self._say, asked_in_words(self.answers, self._say), self.result.head(5)
        rows = [(f"{'&#9873; ' if r.red_flag else ''}{html.escape(r.label)}", html.escape(say(r.kind)), r.effort, f"{r.bits:.2f}") for r in shown.itertuples()]
        table = html_table([html.escape(say(head)) for head in ("question", "kind", "effort", "bits")], rows)
        table += f"<p>{html.escape(shown.attrs.get('stop', ''))}</p>"
        if self.choice is None:
            table = f"<details><summary>{html.escape(say('choose_then_open'))}</summary>{table}</details>"
        note = f"<p><i>{html.escape(say('picture'))}</i></p>"
        return f"<p><b>{html.escape(say('the_case'))}</b> &middot; {html.escape(asked)}</p>{table}{note}"


def _belief(kb: KnowledgeBase, present, absent, setting: str) -> np.ndarray:
    """The probabilities of `rank`, in the order of the tables: six tables with names and odds would take longer than all the rest."""
    return probabilities(posterior(kb, present, absent, setting, DISCOUNT)[1])


@functools.lru_cache(maxsize=4)
def _situation(say: Speech, present: tuple, absent: tuple, setting: str, kinds: tuple) -> tuple[pd.DataFrame, dict[str, dict], np.ndarray, list[dict]]:
    """What a case is before a choice: the open questions, the same by finding with their places, the probabilities, and the red flags."""
    questions = next_questions(present, absent, kinds, setting, DISCOUNT, say.kb, say.language)
    asking = {row["finding_id"]: row | {"place": n} for n, row in enumerate(records(questions, list(questions)), start=1)}
    return questions, asking, _belief(say.kb, present, absent, setting), raised(present, absent, say)


def _telling(asking: dict[str, dict]) -> dict:
    """The question that tells most per effort."""
    return max(asking.values(), key=lambda row: row["bits_per_effort"])


def _urgent(flags: list[dict]) -> list[str]:
    """Names of the red flags that say act now."""
    return [flag["name"] for flag in flags if flag["level"] == "act_now"]


def next_test(present=(), absent=(), kinds=None, setting: str = "primary_care", kb: KnowledgeBase | None = None, language: str = ENGLISH) -> NextTestGame:
    """A game: which question comes next? The student chooses and commits, then sees its bits beside the best one's, answers it, goes on.

    Parameters: the case so far, `kinds` and `setting` as in `heelkit.next_questions`; the `language`, "en" or "es".

    Returns a widget with `.state` (dict) and `.result` (DataFrame, as `heelkit.next_questions`, with the student's choice marked in `chosen`).
    Raises ValueError as `next_questions` does, and for a choice that is answered already or of another kind.

    >>> game = next_test(present=["first_step_pain"])
    >>> game
    NextTestGame(present=['first_step_pain'], absent=[], setting='primary_care', choice=None)
    >>> game.state = {"choice": "tingling"}
    >>> game.result.loc[game.result["chosen"], "finding_id"].tolist()
    ['tingling']
    >>> game.state = {"choice": "first_step_pain"}
    Traceback (most recent call last):
    heelkit.errors.InputError: 'first_step_pain' cannot be asked: it is answered already.
    """
    pretest(kb or load(), setting)
    return NextTestGame(kb or load(), language, {"present": present, "absent": absent, "kinds": kinds, "setting": setting})
