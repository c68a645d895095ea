"""The condition explorer: toggle findings, see which conditions fit, why, and what to ask next."""

import html

import traitlets

from heelkit.citations import citation, percent
from heelkit.differential import NONE_OF_THESE, check_discount, check_findings, pretest, rank
from heelkit.explore.assets import script, style
from heelkit.explore.widget import Explorer
from heelkit.inquiry import next_questions
from heelkit.reasons import explain
from heelkit.red_flags import red_flags
from heelkit.tables import KnowledgeBase, load, unknown

SHOWN = 10  # bars on screen; the predicted and the chosen condition are added when they are further down
ASKED_NEXT = 5


def _records(frame, columns: list[str]) -> list[dict]:
    """Rows as plain dicts that survive JSON (no numpy scalars)."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*(frame[c].tolist() for c in columns), strict=True)]


class ConditionExplorer(Explorer):
    """The widget behind `heelkit.explore.conditions`.

    `.state` is a dict with `present`, `absent`, `setting`, `discount`, `condition` (whose reasons are shown; None for the
    leader) and `prediction` (a condition id; None while the student has not committed); assign to it to set several at once. `.result` is the
    ranking as a DataFrame, the same as `heelkit.rank` gives for that state.
    """

    _esm = script("explore/conditions.js")
    _css = style("conditions")
    catalog = traitlets.Dict().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    setting = traitlets.Unicode("primary_care").tag(sync=True)
    discount = traitlets.Float(0.5).tag(sync=True)
    condition = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    prediction = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    question = traitlets.Unicode("").tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what "Start over" returns to
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, question: str, predict: bool, state: dict):
        self._kb = kb
        checked = self._checked({"prediction": None if predict else "", **state})
        super().__init__(catalog=_catalog(kb), question=question, start={"condition": None, **checked}, **checked)
        self._refresh()
        self.observe(lambda _: self._refresh(), ["answers", "setting", "discount", "condition", "prediction"])

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
        return rank(*self._present_absent(), setting=self.setting, discount=self.discount, kb=self._kb)

    def _present_absent(self) -> tuple[list[str], list[str]]:
        return tuple([f for f, state in self.answers.items() if state == wanted] for wanted in ("present", "absent"))

    def _refresh(self):
        present, absent = self._present_absent()
        arguments = {"setting": self.setting, "discount": self.discount, "kb": self._kb}
        ranking = self.result
        chosen = self.condition or next(c for c in ranking.index if c != NONE_OF_THESE)
        flags = red_flags(present, absent, kb=self._kb)
        questions = next_questions(present, absent, setting=self.setting, discount=self.discount, kb=self._kb).head(ASKED_NEXT)
        self.view = {
            "answers": dict(self.answers),  # what was asked when this view was made
            "ranking": self._bars(ranking, chosen),
            "red_flags": _records(flags, ["red_flag_id", "level", "name", "action", "time_frame", "findings"]),
            "next": _records(questions, ["finding_id", "label", "kind", "effort", "bits", "red_flag"]),
            "stop": questions.attrs["stop"],
            "chosen": self._reasons(chosen, present, absent, arguments, ranking),
            "text": self._text(ranking, flags),
        }

    def _bars(self, ranking, chosen) -> list[dict]:
        """The leaders, then the chosen and the predicted condition if they are not among them."""
        ranking = ranking.assign(place=range(1, len(ranking) + 1), before=pretest(self._kb, self.setting))
        leaders = list(ranking.index[:SHOWN])
        further = [c for c in dict.fromkeys([chosen, self.prediction]) if c and c not in leaders]
        frame = ranking.loc[leaders + further].sort_values("place").reset_index()
        return _records(frame, ["condition_id", "name", "probability", "before", "explained", "unexplained", "red_flag", "place"])

    def _reasons(self, condition_id, present, absent, arguments, ranking) -> dict:
        shown = {"condition_id": condition_id, "name": ranking.loc[condition_id, "name"], "probability": float(ranking.loc[condition_id, "probability"])}
        if condition_id == NONE_OF_THESE:
            one_line = "Something outside these tables. Every other condition is measured against it, so it has no weights of its own."
            return shown | {"one_line": one_line, "reasons": [], "sources": []}
        reasons = explain(condition_id, present, absent, **arguments)
        rows = _records(reasons, ["finding_id", "label", "state", "log10_lr", "fit", "basis", "source", "why"])
        ids = sorted({s for row in rows for s in row["source"].split(";") if s})
        one_line = self._kb.conditions.loc[condition_id, "one_line"]
        return shown | {"one_line": one_line, "reasons": rows, "sources": [citation(s, self._kb) for s in ids]}

    def _text(self, ranking, flags) -> str:
        """The case as plain text, for the copy button."""
        labels = self._kb.findings["label"]
        present, absent = self._present_absent()
        lines = [
            "heelkit case (teaching material, not a medical device)",
            f"Setting: {self._kb.settings.loc[self.setting, 'label']}",
            "Present: " + (", ".join(labels[present]) or "nothing yet"),
            "Absent: " + (", ".join(labels[absent]) or "nothing yet"),
        ]
        lines += [f"Red flag ({f['level'].replace('_', ' ')}): {f['name']}" for f in flags.to_dict("records")]
        if self.prediction is not None:  # else the copied text would give the answer away
            lines += [f"{i}. {r.name}: {percent(r.probability)}" for i, r in enumerate(ranking.head(5).itertuples(index=False), start=1)]
        return "\n".join(lines)

    def __repr__(self):
        present, absent = self._present_absent()
        return f"ConditionExplorer(present={present}, absent={absent}, setting='{self.setting}', discount={self.discount:g})"

    def _picture(self) -> str:
        """Patient, red flags and ranking as plain HTML: no style and no script, because code-hosting pages remove both."""
        present, absent = self._present_absent()
        labels = self._kb.findings["label"]
        asked = "; ".join(f"{word} {', '.join(labels[ids])}" for word, ids in (("present:", present), ("absent:", absent)) if ids)
        flags = "".join(f"<p>&#9873; <b>{f['level'].replace('_', ' ').capitalize()}: {html.escape(f['name'])}</b></p>" for f in self.view["red_flags"])
        rows = "".join(
            f"<tr><td>{r['place']}</td><td>{html.escape(r['name'])}</td><td>{percent(r['probability'])}</td>"
            f"<td>{'&#9608;' * max(1, round(r['probability'] * 24))}</td></tr>"
            for r in self.view["ranking"][:6]
        )
        table = f"<table><tr><th></th><th>condition</th><th>chance</th><th></th></tr>{rows}</table>"
        if self.prediction is None:
            table = f"<details><summary>{html.escape(self.question)} Predict first, then open the ranking.</summary>{table}</details>"
        note = "<p><i>This is a picture. Run the notebook for the live explorer.</i></p>"
        return f"<p><b>The patient</b> &middot; {html.escape(asked) or 'nothing asked yet'}</p>{flags}{table}{note}"


def _catalog(kb: KnowledgeBase) -> dict:
    """What the browser needs to know once: buttons in their groups, settings, names of conditions."""
    findings = kb.findings.reset_index()
    topics = []
    for topic in kb.topics.sort_values("display_order").itertuples():
        members = findings[findings["topic_id"] == topic.Index].sort_values("label")
        topics.append({"label": topic.label, "findings": _records(members, ["finding_id", "label", "plain_label", "kind"])})
    names = kb.conditions.reset_index().sort_values("name")
    return {
        "topics": topics,
        "settings": _records(kb.settings.reset_index(), ["setting_id", "label", "description"]),
        "conditions": _records(names, ["condition_id", "name"]),
    }


def conditions(
    present=(),
    absent=(),
    setting="primary_care",
    discount=0.5,
    question="Which condition do you expect to lead?",
    predict=True,
    kb: KnowledgeBase | None = None,
) -> ConditionExplorer:
    """A live explorer of conditions.

    Parameters: what is `present` and `absent` at the start, the `setting` and `discount` as in `heelkit.rank`; the
    `question` a student answers before the ranking is shown, unless `predict` is False. Red flags are never hidden.

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
    return ConditionExplorer(kb or load(), question, predict, state)
