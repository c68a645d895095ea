"""What a student reads, in the language of the class; English, marked, where nobody translated it."""

import pandas as pd

from heelkit.errors import InputError
from heelkit.tables import KnowledgeBase, unknown

ENGLISH = "en"
FALLBACK = "[en] "  # stands before English text in another language


def languages(kb: KnowledgeBase) -> list[str]:
    """English and every language that some table has a column for, such as `label_es`.

    >>> import heelkit
    >>> languages(heelkit.load())
    ['en', 'es']
    """
    found = set()
    for frame in kb.tables.values():
        found |= {c[-2:] for c in frame.columns if c[-3:-2] == "_" and c[:-3] in frame.columns}
    return [ENGLISH, *sorted(found - {ENGLISH})]


def check_language(kb: KnowledgeBase, language: str) -> str:
    """The language itself. Raises ValueError, naming the nearest, when the tables do not have it."""
    if not isinstance(language, str):
        raise InputError(f"language must be text such as 'es', not {language!r}.")
    if language not in languages(kb):
        raise unknown("language", [language], languages(kb))
    return language


def texts(kb: KnowledgeBase, table: str, field: str, language: str = ENGLISH) -> pd.Series:
    """A text column of a table in one language, indexed as the table is; English with "[en] " before it where it is not translated.

    >>> import heelkit
    >>> texts(heelkit.load(), "settings", "label")["running_clinic"]
    'Running clinic'
    """
    frame = kb.tables[table]
    if language == ENGLISH:
        return frame[field]
    own = frame[f"{field}_{language}"] if f"{field}_{language}" in frame.columns else pd.Series(None, index=frame.index, dtype=object)
    return own.where(own.notna(), FALLBACK + frame[field])


def words(kb: KnowledgeBase, explorer: str, language: str = ENGLISH) -> dict[str, str]:
    """The words of an explorer's buttons and headings, and those that several explorers share: word id -> text.

    Raises ValueError for a language that the tables do not have.
    """
    check_language(kb, language)
    frame = kb.words
    mine = frame["explorer"].isin(["shared", explorer])
    found = texts(kb, "words", "text", language)
    return dict(zip(frame.loc[mine, "word_id"], found[mine], strict=True))
