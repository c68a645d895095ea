"""An encounter with a patient of the case tables: ask, examine, order, commit. What the case does not describe is never invented."""

import functools
from dataclasses import dataclass, field

import pandas as pd

from heelkit.errors import InputError
from heelkit.language import ENGLISH, check_language, texts
from heelkit.red_flags import red_flags
from heelkit.tables import KnowledgeBase, load, unknown

URGENCIES = ("act_now", "today", "this_week", "no_hurry")
NOT_DESCRIBED = "not_described"
MOST_CONDITIONS = 2


def cases(kb: KnowledgeBase | None = None, language: str = ENGLISH) -> pd.DataFrame:
    """All cases, easiest first, without their answers: a DataFrame indexed by case_id with `title`, `level` (1..3), `setting_id`, `opening`."""
    kb = kb or load()
    check_language(kb, language)
    frame = kb.cases.assign(title=texts(kb, "cases", "title", language), opening=texts(kb, "cases", "opening", language))
    return frame[["title", "level", "setting_id", "opening"]].sort_values(["level", "title"], kind="stable")


@dataclass(frozen=True)
class Reply:
    """What one question, look, or order brought: `state` is present, absent or not_described; `effort` is 0 when nothing was learned."""

    finding_id: str
    state: str
    text: str
    effort: float


@dataclass(frozen=True)
class Commitment:
    """What the student stands by: one or two conditions, a site (None: not a nerve at one place), how fast, and how sure (0..1)."""

    conditions: tuple[str, ...]
    site: str | None
    urgency: str
    confidence: float


@functools.lru_cache(maxsize=256)
def _patient(case_id: str, kb: KnowledgeBase, language: str) -> tuple[pd.Series, pd.DataFrame, pd.Series]:
    """The row of a case, its findings with their replies, and its conditions, "main" first."""
    mine, answers = kb.case_findings["case_id"] == case_id, kb.case_conditions
    script = kb.case_findings[mine].assign(reply=texts(kb, "case_findings", "reply", language)[mine]).set_index("finding_id")
    roles = answers[answers["case_id"] == case_id].set_index("condition_id")["role"].sort_values(kind="stable")
    return kb.cases.loc[case_id], script, roles


@dataclass
class Encounter:
    """One patient. `replies` are in the order of asking; `known` holds what is present or absent, with what the opening told.

    >>> import heelkit.cases
    >>> patient = Encounter("c_stiff_mornings")  # doctest: +SKIP
    """

    case_id: str
    kb: KnowledgeBase = field(default_factory=load, repr=False)
    language: str = ENGLISH
    replies: list[Reply] = field(default_factory=list)
    commitment: Commitment | None = None

    def __post_init__(self):
        if self.case_id not in self.kb.cases.index:
            raise unknown("case", [self.case_id], self.kb.cases.index)
        check_language(self.kb, self.language)
        self.case, self.script, self.answers = _patient(self.case_id, self.kb, self.language)

    @property
    def opening(self) -> str:
        """What the patient says first."""
        return texts(self.kb, "cases", "opening", self.language)[self.case_id]

    @property
    def told(self) -> dict[str, str]:
        """Finding id -> state, for what the opening says already."""
        return self.script.loc[self.script["opening"], "state"].to_dict()

    @property
    def known(self) -> dict[str, str]:
        """Finding id -> present or absent: the opening, and every reply that described something."""
        return self.told | {r.finding_id: r.state for r in self.replies if r.state != NOT_DESCRIBED}

    @property
    def effort(self) -> float:
        """What the asking, examining and ordering cost so far; what the case does not describe costs nothing."""
        return float(sum(r.effort for r in self.replies))

    def split(self) -> tuple[list[str], list[str]]:
        """What is known as the two lists that `heelkit.rank` takes: present, absent."""
        return tuple([f for f, state in self.known.items() if state == wanted] for wanted in ("present", "absent"))

    def red_flags(self) -> pd.DataFrame:
        """The red flags that what is known raises, as `heelkit.red_flags` gives them, in the encounter's language."""
        return red_flags(*self.split(), kb=self.kb, language=self.language)

    def ask(self, finding_id: str) -> Reply:
        """Ask about something in the history. Raises ValueError for an unknown finding, one of another kind, or after the commitment."""
        return self._uncover(finding_id, "history", "ask")

    def examine(self, finding_id: str) -> Reply:
        """Examine for a sign; raises as `ask` does."""
        return self._uncover(finding_id, "examination", "examine")

    def order(self, finding_id: str) -> Reply:
        """Order a test; raises as `ask` does."""
        return self._uncover(finding_id, "test", "order")

    def _uncover(self, finding_id: str, kind: str, verb: str) -> Reply:
        findings = self.kb.findings
        if self.commitment:
            raise InputError("The answer has been given; this patient can be seen again from the start, but not asked any more.")
        if finding_id not in findings.index:
            raise unknown("finding", [finding_id], findings.index[findings["kind"] == kind])
        if findings.loc[finding_id, "kind"] != kind:
            verbs = {"history": "ask", "examination": "examine", "test": "order"}
            raise InputError(f"'{finding_id}' is not something to {verb}; use {verbs[findings.loc[finding_id, 'kind']]}('{finding_id}').")
        if earlier := next((r for r in self.replies if r.finding_id == finding_id), None):
            return earlier
        if finding_id in self.script.index:
            row = self.script.loc[finding_id]
            effort = 0 if row["opening"] else findings.loc[finding_id, "effort"]
            reply = Reply(finding_id, row["state"], row["reply"], float(effort))
        else:
            reply = Reply(finding_id, NOT_DESCRIBED, "", 0.0)
        self.replies.append(reply)
        return reply

    def commit(self, conditions: str | list[str], *, site: str | None = None, urgency: str, confidence: float) -> Commitment:
        """Stand by an answer; after this `heelkit.marking.marks` says how good it was.

        Parameters: one condition or two, the main one first; the lesion site, None when no nerve is hurt at one place; `urgency` one of
        act_now, today, this_week, no_hurry; `confidence` that the main condition is right (0..1).
        Raises ValueError, with nothing changed, for anything unknown or a second commitment.
        """
        named = (conditions,) if isinstance(conditions, str) else tuple(conditions)
        if self.commitment:
            raise InputError("The answer has been given already.")
        if not 1 <= len(named) <= MOST_CONDITIONS or len(set(named)) != len(named):
            raise InputError(f"Name one condition, or {MOST_CONDITIONS} different ones when the patient has two.")
        for what, given, valid in (
            ("condition", named, self.kb.conditions.index),
            ("lesion site", [site] if site is not None else [], self.kb.sites.index),
            ("urgency", [urgency], URGENCIES),
        ):
            if strangers := [i for i in given if i not in valid]:
                raise unknown(what, strangers, valid)
        if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
            raise InputError(f"confidence is {confidence!r}; it must lie between 0 and 1 (0.8 means 80%).")
        self.commitment = Commitment(named, site, urgency, float(confidence))
        return self.commitment
