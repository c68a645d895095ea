"""One-best-answer questions: read them, and mark an answer."""

import pandas as pd

from heelkit.errors import InputError
from heelkit.language import ENGLISH, check_language, texts
from heelkit.tables import KnowledgeBase, load, unknown

RIGHT, WRONG, OPEN = "right", "wrong", "open"


def notebooks_with_questions(kb: KnowledgeBase) -> list[str]:
    """Numbers of the notebooks that have questions, in order."""
    return sorted(set(kb.questions["notebook"]))


def questions(notebook: str, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> pd.DataFrame:
    """The questions of one lesson.

    Returns a DataFrame indexed by question_id, with columns `stem`, `lead_in`, `objective_id`, `level` and `options`: a list of
    dicts with `letter`, `option`, `right` (True or False), `reason` and `source_ids` (a list).
    Raises ValueError, naming the nearest, for a notebook without questions or an unknown language.

    >>> import heelkit.questions
    >>> sum(option["right"] for option in heelkit.questions.questions("05")["options"].iloc[0])
    1
    """
    kb = kb or load()
    check_language(kb, language)
    if not isinstance(notebook, str):
        raise InputError(f"notebook must be text such as '06', not {notebook!r}.")
    if notebook not in notebooks_with_questions(kb):
        raise unknown("notebook", [notebook], notebooks_with_questions(kb))
    mine = kb.questions["notebook"] == notebook
    frame = kb.questions.loc[mine, ["objective_id", "level"]].copy()
    for column in ("stem", "lead_in"):
        frame[column] = texts(kb, "questions", column, language)[mine]
    options = kb.question_options.assign(**{c: texts(kb, "question_options", c, language) for c in ("option", "reason")})
    options = options[options["question_id"].isin(frame.index)].sort_values(["question_id", "letter"])
    options["source_ids"] = options["source_ids"].str.split(";")
    shown = ["letter", "option", "right", "reason", "source_ids"]
    frame["options"] = pd.Series({i: group[shown].to_dict("records") for i, group in options.groupby("question_id")})
    return frame


def right_letter(question_id: str, kb: KnowledgeBase | None = None) -> str:
    """The letter of the best answer. Raises ValueError for an unknown question, naming the nearest."""
    kb = kb or load()
    if question_id not in kb.questions.index:
        raise unknown("question", [question_id], kb.questions.index)
    options = kb.question_options
    return options.loc[(options["question_id"] == question_id) & options["right"], "letter"].iloc[0]


def mark(question_id: str, letter: str | None, kb: KnowledgeBase | None = None) -> str:
    """ "right", "wrong", or "open" when there is no answer yet (None).

    Raises ValueError for an unknown question or a letter that the question does not have.
    """
    kb = kb or load()
    best = right_letter(question_id, kb)
    if letter is None:
        return OPEN
    letters = kb.question_options.loc[kb.question_options["question_id"] == question_id, "letter"].tolist()
    if letter not in letters:
        raise unknown(f"letter of '{question_id}'", [letter], letters)
    return RIGHT if letter == best else WRONG
