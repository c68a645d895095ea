"""The game of the next question: choose one, commit, and see how much it tells beside the best one."""

import html

import pandas as pd
import traitlets

from heelkit.differential import as_ids, check_findings, pretest, rank
from heelkit.errors import InputError
from heelkit.explore.assets import script, style
from heelkit.explore.catalogs import asked_in_words, condition_names, finding_topics, raised, records, setting_list, split_answers
from heelkit.explore.widget import Explorer, html_table
from heelkit.inquiry import KINDS, TOO_LITTLE, next_questions
from heelkit.language import ENGLISH, speech
from heelkit.progress import record
from heelkit.tables import KnowledgeBase, load, unknown

NAMES = ("present", "absent", "setting", "kinds", "choice")
STOP = "stop"  # the choice to ask nothing more
LEADERS = 4


class NextTestGame(Explorer):
    """The widget behind `heelkit.explore.next_test`.

    `.state` is a dict with `present`, `absent`, `setting`, `kinds` and `choice` (the finding the student committed to ask, "stop" for asking
    nothing more, None before that); assign to it to set several at once. `.result` is what `heelkit.next_questions` gives for that state,
    with a column `chosen`.
    """

    _esm = script("explore/findings.js", "explore/next_test.js")
    _css = style("next_test")
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
        self._refresh()
        self.observe(lambda _: self._refresh(), ["answers", "setting", "kinds", "choice"])

    def _checked(self, state: dict, before: dict) -> dict:
        """The traits for a state. Raises ValueError, before anything changes, when a part of it is not valid."""
        if strangers := [k for k in state if k not in NAMES]:
            raise unknown("part of the state", strangers, NAMES)
        now = {**before, **state}
        present, absent = check_findings(now.get("present", ()), now.get("absent", ()), self._kb)
        setting, kinds = now.get("setting", "primary_care"), KINDS if now.get("kinds") is None else as_ids(now["kinds"])
        questions = next_questions(present, absent, kinds, setting, kb=self._kb)
        choice = state.get("choice")  # another case asks for another choice
        if choice is not None and choice != STOP:
            check_findings([choice], [], self._kb)
            if choice not in set(questions["finding_id"]):
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

    @property
    def result(self) -> pd.DataFrame:
        """The open questions, best first, as `heelkit.next_questions` gives them; `chosen` marks the student's own."""
        frame = next_questions(*self._present_absent(), self.kinds, self.setting, kb=self._kb, language=self._say.language)
        stop = frame.attrs["stop"]
        frame = frame.assign(chosen=frame["finding_id"] == self.choice)
        frame.attrs["stop"] = stop
        return frame

    def _believe(self, changed: dict) -> None:
        if self.choice is not None:
            self._checked(self.state, {})

    def _keep(self, changed: dict) -> None:
        if not changed.get("choice") or self.choice is None:
            return
        state, questions = self.state, self.result
        best = [] if questions.empty else [questions["finding_id"].iloc[0], questions.loc[questions["bits_per_effort"].idxmax(), "finding_id"]]
        if _urgent(raised(*self._present_absent(), self._say)) or questions.attrs["stop"]:
            best = [STOP]
        more = {part: state[part] for part in ("present", "absent", "setting", "kinds")} | {"best": list(dict.fromkeys(best))}
        record("prediction", "next_test", topic="predictions", given=self.choice, right=self.choice in best, more=more)

    def _refresh(self):
        questions, (present, absent) = self.result, self._present_absent()
        flags = raised(present, absent, self._say)
        ranking = rank(present, absent, self.setting, kb=self._kb)
        chosen = self.choice == STOP or bool(questions["chosen"].any())
        self.view = {
            "case": [dict(self.answers), self.setting, list(self.kinds), self.choice],  # what this view answers to
            "flags": [{key: flag[key] for key in ("level", "name", "action", "time_frame")} for flag in flags],
            "leaders": self._leaders(ranking),
            "open": len(questions),
            "stop": questions.attrs["stop"] if chosen or questions.empty else "",
            "cards": self._cards(questions, ranking) if chosen else [],
            "verdict": self._verdict(questions, _urgent(flags)) if chosen else "",
        }

    def _leaders(self, ranking: pd.DataFrame, before: pd.DataFrame | None = None) -> list[dict]:
        """The likeliest conditions; with `before`, the probability each had."""
        head = ranking.head(LEADERS if before is None else 3)
        rows = [row | {"name": self._names[i]} for i, row in zip(head.index, records(head, ["probability", "red_flag"]), strict=True)]
        return rows if before is None else [row | {"before": p} for row, p in zip(rows, before["probability"][head.index].tolist(), strict=True)]

    def _cards(self, questions: pd.DataFrame, ranking: pd.DataFrame) -> list[dict]:
        """The student's question, the one that comes first and, when that is a red-flag question, the one that tells most per effort."""
        if questions.empty:
            return []
        titles: dict[str, list[str]] = {}
        if self.choice in set(questions["finding_id"]):
            titles[self.choice] = ["your_question"]
        first, telling = questions.iloc[0], questions.loc[questions["bits_per_effort"].idxmax(), "finding_id"]
        titles.setdefault(first["finding_id"], []).append("comes_first" if first["red_flag"] and first["finding_id"] != telling else "the_best")
        if telling != first["finding_id"]:
            titles.setdefault(telling, []).append("tells_most")
        return [self._card(questions, finding, ", ".join(map(self._say, words)), ranking) for finding, words in titles.items()]

    def _card(self, questions: pd.DataFrame, finding: str, title: str, ranking: pd.DataFrame) -> dict:
        at = int(questions.index[questions["finding_id"] == finding][0])
        row, (present, absent) = questions.loc[at], self._present_absent()
        after = {"present": ([*present, finding], absent), "absent": (present, [*absent, finding])}
        return {
            "finding_id": finding,
            "title": title[0].upper() + title[1:],
            "label": row["label"],
            "plain": self._say.of("findings", "plain_label", finding),
            "kind": row["kind"],
            "effort": int(row["effort"]),
            "bits": float(row["bits"]),
            "bits_per_effort": float(row["bits_per_effort"]),
            "place": at + 1,
            "flags": [self._say.of("red_flags", "name", rule) for rule in row["red_flag"].split(";") if rule],
            "after": {state: self._leaders(rank(*case, self.setting, kb=self._kb), ranking) for state, case in after.items()},
        }

    def _verdict(self, questions: pd.DataFrame, urgent: list[str]) -> str:
        say, stop = self._say, questions.attrs["stop"]
        best = None if questions.empty else questions.loc[questions["bits_per_effort"].idxmax()]
        act = say("act", names="; ".join(urgent)) if urgent else ""
        if self.choice == STOP:
            if act or stop:
                return f"{say('stop_right')} {act}".strip()
            return say("stop_early", label=best["label"], bits=f"{best['bits']:.2f}", effort=best["effort"])
        mine = questions[questions["chosen"]].iloc[0]
        place = int(questions.index[questions["chosen"]][0]) + 1
        share = mine["bits_per_effort"] / best["bits_per_effort"] if best["bits_per_effort"] > 0 else 1.0
        told = {"bits": f"{mine['bits']:.2f}", "per": f"{mine['bits_per_effort']:.2f}", "share": f"{share:.0%}"}
        said = [say("yours", place=place, all=len(questions), **told)]
        if mine["red_flag"]:
            said.append(say("yours_is_red"))
        elif questions["red_flag"].iloc[0]:
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
