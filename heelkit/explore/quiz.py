"""Check yourself: one-best-answer questions; choose, say how sure you are, commit, and read the reason for every option."""

import html

import pandas as pd
import traitlets

from heelkit.citations import citation
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.widget import NerveExplorer, check_choice, check_known
from heelkit.language import ENGLISH, texts, words
from heelkit.progress import read_events, record
from heelkit.questions import OPEN, RIGHT, mark, notebooks_with_questions, questions
from heelkit.review import schedule
from heelkit.tables import KnowledgeBase, load

SURE = (25, 50, 75, 95)  # percent; what a student can say about an answer


class QuizExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.quiz`.

    `.state` is a dict with `question` (the id on screen), `answers` (question id -> letter, only what was committed) and `sure`
    (question id -> percent, one of 25, 50, 75, 95; only where the student said it); assign to it to set several at once.
    `.result` has a row per question, indexed by question_id: objective, answer, right_answer, state (right, wrong, open), sure.
    """

    PARTS = ("question", "answers", "sure")
    ANSWERS = "answers"
    _esm = module("quiz")
    words = traitlets.Dict().tag(sync=True)
    catalog = traitlets.List().tag(sync=True)
    question = traitlets.Unicode("").tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    sure = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, asked: pd.DataFrame, language: str):
        self._kb, self._questions = kb, asked
        super().__init__(words=words(kb, "quiz", language), catalog=_catalog(kb, self._questions, language), question=self._questions.index[0])

    def _keep(self, changed: dict) -> None:
        for question_id, letter in (self._fresh() if "answers" in changed else {}).items():
            sure = self.sure.get(question_id)
            right = mark(question_id, letter, self._kb) == RIGHT
            record("answer", question_id, topic=self._kb.questions.loc[question_id, "notebook"], given=letter, right=right, sure=sure and sure / 100)

    def _checked(self, new: dict) -> dict:
        check_known("part of the state", new, self.PARTS)
        check_choice(new, "question", "question of this lesson", self._questions.index)
        for part in ("answers", "sure"):
            if not isinstance(new.get(part, {}), dict):
                raise InputError(f"{part} must be a dict of question ids, not {new[part]!r}.")
            check_known("question of this lesson", new.get(part, {}), self._questions.index)
        for question_id, letter in new.get("answers", {}).items():
            mark(question_id, letter, self._kb)
        for value in new.get("sure", {}).values():
            if value not in SURE:
                raise InputError(f"sure is {value!r}; it must be one of {', '.join(map(str, SURE))} (percent).")
        return new

    @property
    def result(self) -> pd.DataFrame:
        """A row per question of the lesson, in their order."""
        rows = []
        for question_id, asked in self._questions.iterrows():
            letter = self.answers.get(question_id)
            best = next(o["letter"] for o in asked["options"] if o["right"])
            state = mark(question_id, letter, self._kb)
            rows.append((asked["objective_id"], letter, best if state != OPEN else None, state, self.sure.get(question_id)))
        columns = ["objective_id", "answer", "right_answer", "state", "sure"]
        return pd.DataFrame(rows, columns=columns, index=self._questions.index)

    def _picture(self) -> str:
        say, parts = self.words, []
        for number, asked in enumerate(self.catalog, start=1):
            offered = "".join(f"<li>{o['letter']}. {html.escape(o['option'])}</li>" for o in asked["options"])
            reasons = "".join(
                f"<li><b>{o['letter']} {html.escape(say['right' if o['right'] else 'wrong'])}.</b> {html.escape(o['reason'])}</li>" for o in asked["options"]
            )
            parts.append(
                f"<p><b>{number}.</b> {html.escape(asked['stem'])} <b>{html.escape(asked['lead_in'])}</b></p><ul>{offered}</ul>"
                f"<details><summary>{html.escape(say['reasons'])}</summary><ul>{reasons}</ul></details>"
            )
        return "".join(parts)

    def __repr__(self):
        marked = self.result["state"]
        return f"QuizExplorer({len(marked)} questions, {(marked != OPEN).sum()} answered, {(marked == RIGHT).sum()} right)"


def _catalog(kb: KnowledgeBase, asked: pd.DataFrame, language: str) -> list[dict]:
    objectives = texts(kb, "objectives", "objective", language)
    catalog = []
    for question_id, question in asked.iterrows():
        used = sorted({s for option in question["options"] for s in option["source_ids"]})
        options = [{**o, "source_ids": [used.index(s) + 1 for s in o["source_ids"]]} for o in question["options"]]
        catalog.append(
            {
                "id": question_id,
                "stem": question["stem"],
                "lead_in": question["lead_in"],
                "objective": objectives[question["objective_id"]],
                "options": options,
                "sources": [citation(s, kb) for s in used],
            }
        )
    return catalog


def quiz(notebook: str, *, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> QuizExplorer:
    """The questions of one lesson, one at a time: choose, commit, read the reason for every option.

    Parameters: `notebook` is the number of a lesson, such as "06"; `kb` a teacher's own tables; `language` "en" or "es".
    Returns a widget; see QuizExplorer for `.state` and `.result`. Raises ValueError, naming the nearest, for a lesson without questions.

    >>> import heelkit
    >>> check = heelkit.explore.quiz("05")
    >>> bool((check.result["state"] == "open").all())
    True
    >>> heelkit.explore.quiz("55")
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown notebook '55'; nearest: '05'.
    """
    kb = kb or load()
    return QuizExplorer(kb, questions(notebook, kb, language), language)


def review(most: int = 10, *, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> QuizExplorer:
    """The questions to see again now, the most overdue first; as long as nothing is due, questions that were never answered.

    Parameters: at `most` so many questions; `kb` and `language` as in `quiz`. Returns a widget as `quiz` does.
    Raises ValueError when `most` is not a positive whole number, or the student's record belongs to a newer heelkit.
    """
    kb = kb or load()
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise InputError(f"most is {most!r}; it must be a whole number of 1 or more.")
    plan = schedule(read_events())
    due = [i for i in plan.index[plan["due_now"]] if i in kb.questions.index]
    never = [i for i in kb.questions.index if i not in plan.index]
    chosen = (due or never or list(kb.questions.index))[:most]
    every = pd.concat([questions(notebook, kb, language) for notebook in notebooks_with_questions(kb)])
    return QuizExplorer(kb, every.loc[chosen], language)
