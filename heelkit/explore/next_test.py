"""The game of the next question: choose one, commit, and see how much it tells beside the best one."""

import html

import pandas as pd
import traitlets

from heelkit.differential import as_ids, check_findings, pretest, rank
from heelkit.errors import InputError
from heelkit.explore.assets import script, style
from heelkit.explore.widget import Explorer
from heelkit.inquiry import KINDS, TOO_LITTLE, next_questions
from heelkit.red_flags import red_flags
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

    _esm = script("explore/next_test.js")
    _css = style("next_test")
    catalog = traitlets.Dict().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    setting = traitlets.Unicode("primary_care").tag(sync=True)
    kinds = traitlets.List(list(KINDS)).tag(sync=True)
    choice = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    rounds = traitlets.List().tag(sync=True)  # what was asked in this game, with its bits and those of the best
    start = traitlets.Dict().tag(sync=True)  # what "Start over" returns to
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, state: dict):
        self._kb = kb
        traits = self._checked(state, {}) | {"choice": None}
        super().__init__(catalog=_catalog(kb), start={**traits, "rounds": []}, **traits)
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
        return tuple([f for f, state in self.answers.items() if state == wanted] for wanted in ("present", "absent"))

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
        frame = next_questions(*self._present_absent(), self.kinds, self.setting, kb=self._kb)
        stop = frame.attrs["stop"]
        frame = frame.assign(chosen=frame["finding_id"] == self.choice)
        frame.attrs["stop"] = stop
        return frame

    def _refresh(self):
        questions, (present, absent) = self.result, self._present_absent()
        ranking = rank(present, absent, self.setting, kb=self._kb)
        stop, flags = questions.attrs["stop"], red_flags(present, absent, kb=self._kb)
        chosen = self.choice == STOP or bool(questions["chosen"].any())
        self.view = {
            "case": [dict(self.answers), self.setting, list(self.kinds), self.choice],  # what this view answers to
            "flags": [{key: row[key] for key in ("level", "name", "action", "time_frame")} for row in flags.to_dict("records")],
            "leaders": _leaders(ranking),
            "open": len(questions),
            "stop": stop if chosen or questions.empty else "",
            "cards": self._cards(questions, ranking) if chosen else [],
            "verdict": self._verdict(questions) if chosen else "",
        }

    def _cards(self, questions: pd.DataFrame, ranking: pd.DataFrame) -> list[dict]:
        """The student's question, the one that comes first and, when that is a red-flag question, the one that tells most per effort."""
        if questions.empty:
            return []
        titles: dict[str, list[str]] = {}
        if self.choice in set(questions["finding_id"]):
            titles[self.choice] = ["Your question"]
        first, telling = questions.iloc[0], questions.loc[questions["bits_per_effort"].idxmax(), "finding_id"]
        titles.setdefault(first["finding_id"], []).append("comes first: a red flag" if first["red_flag"] and first["finding_id"] != telling else "the best")
        if telling != first["finding_id"]:
            titles.setdefault(telling, []).append("tells most for the effort")
        return [self._card(questions, finding, ", ".join(words), ranking) for finding, words in titles.items()]

    def _card(self, questions: pd.DataFrame, finding: str, title: str, ranking: pd.DataFrame) -> dict:
        at = int(questions.index[questions["finding_id"] == finding][0])
        row, (present, absent) = questions.loc[at], self._present_absent()
        after = {"present": ([*present, finding], absent), "absent": (present, [*absent, finding])}
        flags = [self._kb.red_flags.loc[rule, "name"] for rule in row["red_flag"].split(";") if rule]
        return {
            "finding_id": finding,
            "title": title[0].upper() + title[1:],
            "label": row["label"],
            "plain": self._kb.findings.loc[finding, "plain_label"],
            "kind": row["kind"],
            "effort": int(row["effort"]),
            "bits": float(row["bits"]),
            "bits_per_effort": float(row["bits_per_effort"]),
            "place": at + 1,
            "flags": flags,
            "after": {state: _leaders(rank(*case, self.setting, kb=self._kb), ranking) for state, case in after.items()},
        }

    def _verdict(self, questions: pd.DataFrame) -> str:
        stop, best = questions.attrs["stop"], None if questions.empty else questions.loc[questions["bits_per_effort"].idxmax()]
        urgent = red_flags(*self._present_absent(), kb=self._kb).query("level == 'act_now'")["name"].tolist()
        act = f"A red flag says act now ({'; '.join(urgent)}): no further question may delay that." if urgent else ""
        if self.choice == STOP:
            if act:
                return f"You stop, and you are right to. {act}"
            if stop:
                return "You stop, and you are right to."
            return f"You stop, but asking still pays: {best['label']} is expected to tell {best['bits']:.2f} bits for an effort of {best['effort']}."
        mine = questions[questions["chosen"]].iloc[0]
        place = int(questions.index[questions["chosen"]][0]) + 1
        share = mine["bits_per_effort"] / best["bits_per_effort"] if best["bits_per_effort"] > 0 else 1.0
        said = f"Yours is number {place} of {len(questions)}. Expected: {mine['bits']:.2f} bits, {mine['bits_per_effort']:.2f} per effort"
        said += f", {share:.0%} of the best."
        if mine["red_flag"]:
            said += " It is a red-flag question: a yes would raise an alarm, so it is worth asking however little it tells on average."
        elif questions["red_flag"].iloc[0]:
            said += " A red-flag question comes before it: a danger is one answer away."
        elif mine["bits"] < TOO_LITTLE:
            said += f" Less than {TOO_LITTLE:g} bit: whatever the answer, little changes."
        return f"{said} {act}".strip()

    def __repr__(self):
        present, absent = self._present_absent()
        return f"NextTestGame(present={present}, absent={absent}, setting='{self.setting}', choice={self.choice!r})"

    def _picture(self) -> str:
        """The case, and the best questions as a table, hidden until the reader has chosen."""
        labels, (present, absent) = self._kb.findings["label"], self._present_absent()
        asked = "; ".join(f"{word} {', '.join(labels[ids])}" for word, ids in (("present:", present), ("absent:", absent)) if ids) or "nothing asked yet"
        shown = self.result.head(5)
        rows = "".join(
            f"<tr><td>{'&#9873; ' if r.red_flag else ''}{html.escape(r.label)}</td><td>{r.kind}</td><td>{r.effort}</td><td>{r.bits:.2f}</td></tr>"
            for r in shown.itertuples()
        )
        table = f"<table><tr><th>question</th><th>kind</th><th>effort</th><th>bits</th></tr>{rows}</table><p>{html.escape(shown.attrs.get('stop', ''))}</p>"
        if self.choice is None:
            table = f"<details><summary>What would you ask next? Choose first, then open the list.</summary>{table}</details>"
        note = "<p><i>This is a picture. Run the notebook for the live game.</i></p>"
        return f"<p><b>The case so far</b> &middot; {html.escape(asked)}</p>{table}{note}"


def _leaders(ranking: pd.DataFrame, before: pd.DataFrame | None = None) -> list[dict]:
    """The likeliest conditions; with `before`, the probability each had."""
    head = ranking.head(LEADERS if before is None else 3)
    rows = [{"name": r.name, "probability": float(r.probability), "red_flag": bool(r.red_flag)} for r in head.itertuples(index=False)]
    return rows if before is None else [row | {"before": float(before.loc[i, "probability"])} for i, row in zip(head.index, rows, strict=True)]


def _catalog(kb: KnowledgeBase) -> dict:
    """What the browser needs to know once: findings in their groups, and settings."""
    findings = kb.findings.sort_values("label")
    topics = []
    for topic in kb.topics.sort_values("display_order").itertuples():
        members = findings[findings["topic_id"] == topic.Index]
        rows = [{"id": i, "label": f["label"], "plain": f["plain_label"], "kind": f["kind"], "effort": int(f["effort"])} for i, f in members.iterrows()]
        topics.append({"label": topic.label, "findings": rows})
    settings = [{"id": i, "label": s["label"], "description": s["description"]} for i, s in kb.settings.iterrows()]
    return {"topics": topics, "settings": settings, "kinds": list(KINDS)}


def next_test(present=(), absent=(), kinds=None, setting: str = "primary_care", kb: KnowledgeBase | None = None) -> NextTestGame:
    """A game: which question comes next? The student chooses and commits, then sees its bits beside the best one's, answers it, goes on.

    Parameters: the case so far, `kinds` and `setting` as in `heelkit.next_questions`.

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
    return NextTestGame(kb or load(), {"present": present, "absent": absent, "kinds": kinds, "setting": setting})
