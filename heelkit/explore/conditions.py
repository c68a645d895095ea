"""The condition explorer: toggle findings, see which conditions fit, why, and what to ask next."""

import html
from pathlib import Path

import anywidget
import traitlets

from heelkit.differential import NONE_OF_THESE, check_discount, check_findings, pretest, rank
from heelkit.inquiry import next_questions
from heelkit.reasons import PRETEST, explain
from heelkit.red_flags import red_flags
from heelkit.tables import KnowledgeBase, load, unknown

_HERE = Path(__file__).resolve().parent
SHOWN = 12  # bars on screen
ASKED_NEXT = 6


def _records(frame, columns: list[str]) -> list[dict]:
    """Rows as plain dicts that survive JSON (no numpy scalars)."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*(frame[c].tolist() for c in columns), strict=True)]


def citation(source_id: str, kb: KnowledgeBase) -> dict:
    """How a source is shown: its text, its level, and where it was seen."""
    source = kb.sources.loc[source_id]
    parts = [source["authors"], str(source["year"]) if source["year"] == source["year"] and source["year"] else None, source["title"], source["container"]]
    text = ". ".join(str(p).rstrip(".") for p in parts if p) + "."
    return {"id": source_id, "text": text, "level": source["level"].replace("_", " "), "url": source["url"] or ""}


class ConditionExplorer(anywidget.AnyWidget):
    """The widget behind `heelkit.explore.conditions`.

    `.state` is a dict with `present`, `absent`, `setting`, `discount`, `condition` (whose reasons are shown; None for the
    leader) and `prediction` (a condition id; None while the student has not committed); assign to it to set several at once. `.result` is the
    ranking as a DataFrame, the same as `heelkit.rank` gives for that state.
    """

    _esm = _HERE / "conditions.js"
    _css = _HERE / "conditions.css"
    catalog = traitlets.Dict().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    setting = traitlets.Unicode("primary_care").tag(sync=True)
    discount = traitlets.Float(0.5).tag(sync=True)
    condition = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    prediction = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    question = traitlets.Unicode("").tag(sync=True)
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, question: str, predict: bool, state: dict):
        self._kb = kb
        checked = self._checked({"prediction": None if predict else "", **state})
        super().__init__(catalog=_catalog(kb), question=question, **checked)
        self._refresh()
        self.observe(lambda _: self._refresh(), ["answers", "setting", "discount", "condition"])

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
        top = ranking.head(SHOWN).reset_index()
        flags = red_flags(present, absent, kb=self._kb)
        questions = next_questions(present, absent, setting=self.setting, discount=self.discount, kb=self._kb).head(ASKED_NEXT)
        self.view = {
            "ranking": _records(top, ["condition_id", "name", "probability", "explained", "unexplained", "red_flag"]),
            "red_flags": _records(flags, ["red_flag_id", "level", "name", "action", "time_frame", "findings"]),
            "next": _records(questions, ["finding_id", "label", "kind", "effort", "bits"]),
            "chosen": self._reasons(chosen, present, absent, arguments, ranking),
            "text": self._text(ranking, flags),
        }

    def _reasons(self, condition_id, present, absent, arguments, ranking) -> dict:
        if condition_id == NONE_OF_THESE:
            return {
                "condition_id": condition_id,
                "name": "None of these",
                "one_line": "Something outside these tables.",
                "reasons": [],
                "sources": [],
                "probability": 0,
            }
        reasons = explain(condition_id, present, absent, **arguments)
        rows = _records(reasons, ["finding_id", "label", "state", "log10_lr", "fit", "basis", "source", "why"])
        ids = sorted({s for row in rows for s in row["source"].split(";") if s})
        condition = self._kb.conditions.loc[condition_id]
        return {
            "condition_id": condition_id,
            "name": condition["name"],
            "one_line": condition["one_line"],
            "probability": float(ranking.loc[condition_id, "probability"]),
            "reasons": rows,
            "sources": [citation(s, self._kb) for s in ids],
        }

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
        lines += [f"{i}. {r.name}: {r.probability:.0%}" for i, r in enumerate(ranking.head(5).itertuples(index=False), start=1)]
        return "\n".join(lines)

    def __repr__(self):
        present, absent = self._present_absent()
        return f"ConditionExplorer(present={present}, absent={absent}, setting='{self.setting}', discount={self.discount:g})"

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = repr(self)
        data["text/html"] = self._picture()  # what a code-hosting page shows, where no widget can live
        return bundle

    def _picture(self) -> str:
        flags = "".join(f"<p><strong>&#9873; {html.escape(f['name'])}</strong> ({f['level'].replace('_', ' ')})</p>" for f in self.view["red_flags"])
        rows = "".join(
            f"<tr><td>{html.escape(r['name'])}</td><td>{'&#9608;' * round(r['probability'] * 30)}</td><td>{r['probability']:.0%}</td></tr>"
            for r in self.view["ranking"][:6]
        )
        labels = self._kb.findings["label"]
        asked = "; ".join(
            f"{what}: {html.escape(', '.join(labels[ids]))}" for what, ids in zip(("present", "absent"), self._present_absent(), strict=True) if ids
        )
        hidden = "<p>Commit to a prediction in the live notebook to see the ranking.</p>"
        body = f"<table>{rows}</table>" if self.prediction is not None else hidden
        return f"<p>{asked or 'Nothing asked yet.'}</p>{flags}{body}"


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
        "pretest": PRETEST,
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
