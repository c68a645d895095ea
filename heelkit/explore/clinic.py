"""The clinic: a patient tells little; ask, examine, order, commit, and read the marking line by line."""

import html

import pandas as pd
import traitlets

from heelkit.cases import MOST_CONDITIONS, NOT_DESCRIBED, URGENCIES, Encounter, cases
from heelkit.citations import citation
from heelkit.differential import as_ids
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.catalogs import finding_topics, named
from heelkit.explore.widget import NerveExplorer, check_choice, check_known, html_table
from heelkit.language import ENGLISH, speech, texts, words
from heelkit.marking import SHOWN_OF_PATH, SMALL_BUDGET, best_path, marks, summary
from heelkit.progress import record
from heelkit.tables import KnowledgeBase, load

VERBS = {"history": "ask", "examination": "examine", "test": "order"}
PARTS_OF_ANSWER = ("conditions", "site", "urgency", "confidence")
TOPIC = "cases"


class ClinicExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.clinic`.

    `.state` is a dict with `case`, `asked` (finding ids in the order of asking) and `commitment` (None, or a dict with `conditions`, `site`,
    `urgency` and `confidence` 0..1); assign to it to set several at once. `.result` is, before the commitment, a row per reply; after it, the
    marking of `heelkit.marking.marks`.
    """

    PARTS = ("case", "asked", "commitment")
    _esm = module("clinic", "explore/findings.js")
    words = traitlets.Dict().tag(sync=True)
    catalog = traitlets.Dict().tag(sync=True)
    case = traitlets.Unicode("").tag(sync=True)
    asked = traitlets.List().tag(sync=True)
    commitment = traitlets.Dict(None, allow_none=True).tag(sync=True)
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, case: str | None, level: int | None, language: str):
        self._kb, self._language = kb, language
        offered = cases(kb, language)
        if level is not None:
            if level not in set(offered["level"]):
                raise InputError(f"No case has level {level!r}; the levels are {', '.join(map(str, sorted(set(offered['level']))))}.")
            offered = offered[offered["level"] == level]
        if case is not None:
            check_known("case", [case], kb.cases.index)
        super().__init__(words=words(kb, "clinic", language), catalog=_catalog(kb, offered, language), case=case or offered.index[0], commitment=None)
        self._follow(*self.PARTS)

    def _checked(self, new: dict) -> dict:
        check_known("part of the state", new, self.PARTS)
        check_choice(new, "case", "case", self._kb.cases.index)
        if "case" in new:
            new = {"asked": [], "commitment": None} | new
        if "asked" in new:
            new["asked"] = as_ids(new["asked"])
            check_known("finding", new["asked"], self._kb.findings.index)
        if new.get("commitment") is not None:
            check_known("part of the commitment", new["commitment"], PARTS_OF_ANSWER)
            if lacking := [part for part in PARTS_OF_ANSWER if part not in {"site", *new["commitment"]}]:
                raise InputError(f"The commitment lacks {' and '.join(lacking)}.")
        self._encounter(**{part: new.get(part, getattr(self, part)) for part in self.PARTS})
        return new

    def _encounter(self, case: str, asked: list[str], commitment: dict | None) -> Encounter:
        encounter = Encounter(case, self._kb, self._language)
        for finding in asked:
            getattr(encounter, VERBS[self._kb.findings.loc[finding, "kind"]])(finding)
        if commitment is not None:
            encounter.commit(commitment["conditions"], site=commitment.get("site"), urgency=commitment["urgency"], confidence=commitment["confidence"])
        return encounter

    @property
    def encounter(self) -> Encounter:
        """The encounter as it stands."""
        return self._encounter(self.case, self.asked, self.commitment)

    @property
    def result(self) -> pd.DataFrame:
        """The replies so far; after the commitment, the marking."""
        encounter = self.encounter
        if encounter.commitment:
            return self._marks.copy()
        labels = texts(self._kb, "findings", "label", self._language)
        rows = [(r.finding_id, labels[r.finding_id], r.state, r.text, r.effort) for r in encounter.replies]
        return pd.DataFrame(rows, columns=["finding_id", "label", "state", "reply", "effort"]).set_index("finding_id")

    def _refresh(self):
        encounter = self.encounter
        labels = texts(self._kb, "findings", "label", self._language)
        flags = encounter.red_flags()
        self.view = {
            "seen": [self.case, list(self.asked), self.commitment],
            "opening": encounter.opening,
            "told": [{"id": f, "label": labels[f], "state": state} for f, state in encounter.told.items()],
            "replies": [{"id": r.finding_id, "label": labels[r.finding_id], "state": r.state, "text": r.text, "effort": r.effort} for r in encounter.replies],
            "effort": encounter.effort,
            "flags": [{column: row[column] for column in ("level", "name", "action", "time_frame")} for row in flags.to_dict("records")],
            "marking": self._marking(encounter) if encounter.commitment else None,
        }

    def _marking(self, encounter: Encounter) -> dict:
        table = self._marks = marks(encounter)
        names = texts(self._kb, "conditions", "name", self._language)
        labels = texts(self._kb, "findings", "label", self._language)
        path = best_path(encounter, max(encounter.effort, SMALL_BUDGET)).head(SHOWN_OF_PATH)
        known = encounter.known
        return {
            "lines": [{"what": what, **{k: line[k] for k in ("points", "out_of", "said", "answer", "why")}} for what, line in table.iterrows()],
            "points": float(table["points"].sum()),
            "out_of": float(table["out_of"].sum()),
            "answer": [names[c] for c in encounter.answers.index],
            "teaching_point": texts(self._kb, "cases", "teaching_point", self._language)[self.case],
            "path": [{"label": labels[f], "effort": row["effort"], "bits": row["bits"], "asked": f in known} for f, row in path.iterrows()],
            "sources": [citation(s, self._kb) for s in encounter.case["source_ids"].split(";")],
        }

    def _keep(self, changed: dict) -> None:
        if not changed.get("commitment") or not self.commitment:
            return
        encounter = self.encounter
        chosen, sure = encounter.commitment.conditions[0], encounter.commitment.confidence
        record("case", self.case, topic=TOPIC, given=chosen, right=chosen in encounter.answers.index, sure=sure, more=summary(encounter))

    def _picture(self) -> str:
        view, say = self.view, self.words
        rows = [[html.escape(r["label"]), html.escape(r["text"] or say["not_described"])] for r in view["replies"]]
        parts = [f"<p><b>{html.escape(self._kb.cases.loc[self.case, 'title'])}</b></p><p>{html.escape(view['opening'])}</p>"]
        parts += [f"<p><b>{html.escape(flag['name'])}.</b> {html.escape(flag['action'])}</p>" for flag in view["flags"]]
        if rows:
            parts.append(html_table([html.escape(say["you_asked"]), html.escape(say["reply"])], rows))
        if marking := view["marking"]:
            lines = [[html.escape(say[line["what"]]), f"{line['points']:.1f} / {line['out_of']:g}", html.escape(line["why"])] for line in marking["lines"]]
            parts.append(html_table(["", html.escape(say["points"]), html.escape(say["why"])], lines))
        return "".join(parts)


def _catalog(kb: KnowledgeBase, offered: pd.DataFrame, language: str) -> dict:
    return {
        "cases": [{"id": i, "title": c["title"], "level": int(c["level"])} for i, c in offered.iterrows()],
        "topics": finding_topics(speech(kb, "clinic", language)),
        "kinds": list(VERBS),
        "urgencies": list(URGENCIES),
        "conditions": named(texts(kb, "conditions", "name", language)),
        "sites": named(texts(kb, "sites", "name", language)),
        "most_conditions": MOST_CONDITIONS,
        "not_described": NOT_DESCRIBED,
    }


def clinic(case: str | None = None, *, level: int | None = None, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> ClinicExplorer:
    """Work up a patient: ask, examine, order, commit, and see the marking.

    Parameters: `case` a case id (the first, easiest one without it); `level` 1, 2 or 3 offers only those; `kb` a teacher's own tables;
    `language` "en" or "es". Returns a widget; see ClinicExplorer for `.state` and `.result`. What the student commits in the page goes into
    their own record (`heelkit.progress`). Raises ValueError, naming the nearest, for an unknown case or language.
    """
    return ClinicExplorer(kb or load(), case, level, language)
