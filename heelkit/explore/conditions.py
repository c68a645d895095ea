"""The condition explorer: toggle findings, see which conditions fit, why, and what to ask next."""

import html

import traitlets

from heelkit.citations import citation, percent
from heelkit.differential import DISCOUNT, NONE_OF_THESE, check_discount, check_findings, pretest, rank
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.catalogs import asked_in_words, condition_names, finding_topics, named, raised, records, setting_list, split_answers
from heelkit.explore.widget import Explorer
from heelkit.inquiry import next_questions
from heelkit.language import ENGLISH, Speech, speech
from heelkit.progress import record
from heelkit.reasons import explain
from heelkit.tables import KnowledgeBase, load, unknown

SHOWN = 10  # bars on screen; the predicted and the chosen condition are added when they are further down
ASKED_NEXT = 5


class ConditionExplorer(Explorer):
    """The widget behind `heelkit.explore.conditions`.

    `.state` is a dict with `present`, `absent`, `setting`, `discount`, `condition` (whose reasons are shown; None for the
    leader) and `prediction` (a condition id; None while the student has not committed); assign to it to set several at once. `.result` is the
    ranking as a DataFrame, the same as `heelkit.rank` gives for that state.
    """

    _esm = module("conditions", "explore/findings.js")
    words = traitlets.Dict().tag(sync=True)
    catalog = traitlets.Dict().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    setting = traitlets.Unicode("primary_care").tag(sync=True)
    discount = traitlets.Float(DISCOUNT).tag(sync=True)
    condition = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    prediction = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    question = traitlets.Unicode("").tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what "Start over" returns to
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, question: str | None, predict: bool, language: str, state: dict):
        self._kb, self._say = kb, speech(kb, "conditions", language)
        self._names = condition_names(self._say)
        checked = self._checked({"prediction": None if predict else "", **state})
        asked = self._say("question") if question is None else question
        super().__init__(words=self._say.words, catalog=_catalog(self._say), question=asked, start={"condition": None, **checked}, **checked)
        self._follow("answers", "setting", "discount", "condition", "prediction")

    def _checked(self, state: dict) -> dict:
        """The traits for a state. Raises ValueError, before anything changes, when a part of it is not valid."""
        names = ("present", "absent", "setting", "discount", "condition", "prediction")
        strangers = [k for k in state if k not in names]
        if strangers:
            raise unknown("part of the state", strangers, names)
        traits = {k: state[k] for k in ("setting", "discount", "condition", "prediction") if k in state}
        if "present" in state or "absent" in state:
            present, absent = check_findings(state.get("present", ()), state.get("absent", ()), self._kb)
            traits["answers"] = dict.fromkeys(present, "present") | dict.fromkeys(absent, "absent")
        if "setting" in traits:
            pretest(self._kb, traits["setting"])
        if "discount" in traits:
            traits["discount"] = check_discount(traits["discount"])
        for key in ("condition", "prediction"):
            if traits.get(key) and traits[key] not in [*self._kb.conditions.index, NONE_OF_THESE]:
                raise unknown("condition", [traits[key]], self._kb.conditions.index)
        return traits

    @property
    def state(self) -> dict:
        """What the student has set."""
        present, absent = self._present_absent()
        return {
            "present": present,
            "absent": absent,
            "setting": self.setting,
            "discount": self.discount,
            "condition": self.condition,
            "prediction": self.prediction or None,
        }

    @state.setter
    def state(self, state: dict):
        traits = self._checked(state)
        with self.hold_trait_notifications():
            for name, value in traits.items():
                setattr(self, name, value)

    @property
    def result(self):
        """The ranking for the present state, as `heelkit.rank` gives it."""
        return rank(*self._present_absent(), setting=self.setting, discount=self.discount, kb=self._kb, language=self._say.language)

    def _present_absent(self) -> tuple[list[str], list[str]]:
        return split_answers(self.answers)

    def _believe(self, changed: dict) -> None:
        if self._checked(self.state)["answers"] != self.answers:
            raise InputError("An answer is either present or absent.")

    def _keep(self, changed: dict) -> None:
        if not changed.get("prediction"):
            return
        state = self.state
        more = {part: state[part] for part in ("present", "absent", "setting", "discount")} | {"question": self.question}
        leader = self.result.index[0]
        record("prediction", "conditions", topic="predictions", given=self.prediction, right=self.prediction == leader, more=more | {"leader": leader})

    def _refresh(self):
        present, absent = self._present_absent()
        arguments = {"setting": self.setting, "discount": self.discount, "kb": self._kb, "language": self._say.language}
        ranking = self.result
        chosen = self.condition or next(c for c in ranking.index if c != NONE_OF_THESE)
        flags, questions = raised(present, absent, self._say), next_questions(present, absent, **arguments).head(ASKED_NEXT)
        self.view = {
            "answers": dict(self.answers),  # what was asked when this view was made
            "ranking": self._bars(ranking, chosen),
            "red_flags": flags,
            "next": records(questions, ["finding_id", "label", "kind", "effort", "bits", "red_flag"]),
            "stop": questions.attrs["stop"],
            "chosen": self._reasons(chosen, present, absent, arguments, ranking),
            "text": self._text(ranking, flags),
        }

    def _bars(self, ranking, chosen) -> list[dict]:
        """The leaders, then the chosen and the predicted condition if they are not among them."""
        shown = [i for i, c in enumerate(ranking.index) if i < SHOWN or c in (chosen, self.prediction)]
        before, rows = pretest(self._kb, self.setting), records(ranking.iloc[shown], ["probability", "explained", "unexplained", "red_flag"])
        about = [{"condition_id": c, "name": self._names[c], "before": float(before[c])} for c in ranking.index[shown]]
        return [row | named | {"place": i + 1} for i, row, named in zip(shown, rows, about, strict=True)]

    def _reasons(self, condition_id, present, absent, arguments, ranking) -> dict:
        shown = {"condition_id": condition_id, "name": self._names[condition_id], "probability": float(ranking.loc[condition_id, "probability"])}
        if condition_id == NONE_OF_THESE:
            return shown | {"one_line": self._say("none_one_line"), "reasons": [], "sources": []}
        reasons = explain(condition_id, present, absent, **arguments)
        rows = records(reasons, ["finding_id", "label", "state", "log10_lr", "fit", "basis", "source", "why"])
        ids = sorted({s for row in rows for s in row["source"].split(";") if s})
        one_line = self._say.of("conditions", "one_line", condition_id)
        return shown | {"one_line": one_line, "reasons": rows, "sources": [citation(s, self._kb) for s in ids]}

    def _text(self, ranking, flags) -> str:
        """The case as plain text, for the copy button."""
        say = self._say
        listed = [", ".join(say.of("findings", "label", i) for i in ids) or say("nothing_yet") for ids in self._present_absent()]
        lines = [say("text_title"), f"{say('setting')}: {say.of('settings', 'label', self.setting)}"]
        lines += [f"{say(word)}: {text}" for word, text in zip(("text_present", "text_absent"), listed, strict=True)]
        lines += [say("text_flag", level=say(f["level"]), name=f["name"]) for f in flags]
        if self.prediction is not None:  # else the copied text would give the answer away
            leaders = ranking["probability"].head(5).items()
            lines += [f"{i}. {self._names[condition]}: {percent(p)}" for i, (condition, p) in enumerate(leaders, start=1)]
        return "\n".join(lines)

    def __repr__(self):
        present, absent = self._present_absent()
        return f"ConditionExplorer(present={present}, absent={absent}, setting='{self.setting}', discount={self.discount:g})"

    def _picture(self) -> str:
        """Patient, red flags and ranking as plain HTML: no style and no script, because code-hosting pages remove both."""
        say, asked = self._say, html.escape(asked_in_words(self.answers, self._say))
        flags = "".join(f"<p>&#9873; <b>{html.escape(say(f['level']).capitalize())}: {html.escape(f['name'])}</b></p>" for f in self.view["red_flags"])
        rows = "".join(
            f"<tr><td>{r['place']}</td><td>{html.escape(r['name'])}</td><td>{percent(r['probability'])}</td>"
            f"<td>{'&#9608;' * max(1, round(r['probability'] * 24))}</td></tr>"
            for r in self.view["ranking"][:6]
        )
        table = f"<table><tr><th></th><th>{html.escape(say('condition'))}</th><th>{html.escape(say('chance'))}</th><th></th></tr>{rows}</table>"
        if self.prediction is None:
            table = f"<details><summary>{html.escape(self.question)} {html.escape(say('predict_then_open'))}</summary>{table}</details>"
        note = f"<p><i>{html.escape(say('picture'))}</i></p>"
        return f"<p><b>{html.escape(say('the_patient'))}</b> &middot; {asked}</p>{flags}{table}{note}"


def _catalog(say: Speech) -> dict:
    """What the browser needs to know once: buttons in their groups, settings, names of conditions."""
    return {"topics": finding_topics(say), "settings": setting_list(say), "conditions": named(say.column("conditions", "name"))}


def conditions(
    present=(),
    absent=(),
    setting="primary_care",
    discount=DISCOUNT,
    question: str | None = None,
    predict=True,
    kb: KnowledgeBase | None = None,
    language: str = ENGLISH,
) -> ConditionExplorer:
    """A live explorer of conditions.

    Parameters: what is `present` and `absent` at the start, the `setting` and `discount` as in `heelkit.rank`; the
    `question` a student answers before the ranking is shown, unless `predict` is False; the `language`, "en" or "es". Red flags
    are never hidden. What the student commits to on the page goes into their own record (`heelkit.progress`).

    Returns a widget with `.state` (dict) and `.result` (DataFrame). Raises ValueError as `heelkit.rank` does.

    >>> import heelkit
    >>> explorer = heelkit.explore.conditions(present=["first_step_pain"])
    >>> explorer
    ConditionExplorer(present=['first_step_pain'], absent=[], setting='primary_care', discount=0.5)
    >>> explorer.state = {"present": ["saddle_anesthesia"]}
    >>> explorer.result.loc["cauda_equina_syndrome", "red_flag"].item()
    True
    """
    state = {"present": present, "absent": absent, "setting": setting, "discount": discount}
    return ConditionExplorer(kb or load(), question, predict, language, state)
