"""What a student reads, in the language of the class; English, marked, where nobody translated it."""

import functools

import pandas as pd

from heelkit.errors import InputError
from heelkit.tables import KnowledgeBase, _bundled, unknown

ENGLISH = "en"
FALLBACK = "[en] "  # stands before English text in another language


def languages(kb: KnowledgeBase) -> list[str]:
    """English and every language that some table has a column for, such as `label_es`.

    >>> import heelkit
    >>> languages(heelkit.load())
    ['en', 'es']
    """
    return list(_languages(kb))


@functools.lru_cache(maxsize=8)
def _languages(kb: KnowledgeBase) -> tuple[str, ...]:
    found = set()
    for resource in kb.descriptor["resources"]:
        columns = {field["name"] for field in resource["schema"]["fields"]} - {str(resource["schema"]["primaryKey"])}  # claim_id is no language
        found |= {c[-2:] for c in columns if c[-3:-2] == "_" and c[:-3] in columns}
    return ENGLISH, *sorted(found - {ENGLISH})


def check_language(kb: KnowledgeBase, language: str) -> str:
    """The language itself. Raises ValueError, naming the nearest, when the tables do not have it."""
    if not isinstance(language, str):
        raise InputError(f"language must be text such as 'es', not {language!r}.")
    if language not in _languages(kb):
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
    return own.where(own.notna(), frame[field].map(lambda text: FALLBACK + text, na_action="ignore"))


def words(kb: KnowledgeBase, explorer: str, language: str = ENGLISH) -> dict[str, str]:
    """The words of an explorer's buttons and headings, and those that several explorers share: word id -> text.

    An explorer's own word comes before a shared one. Words that a teacher's own tables lack are those of heelkit.
    Raises ValueError for a language that the tables do not have.
    """
    check_language(kb, language)
    found = {}
    for tables in dict.fromkeys([_bundled(), kb]):
        frame, said = tables.words, texts(tables, "words", "text", language)
        for whose in ("shared", explorer):
            mine = frame["explorer"] == whose
            found |= dict(zip(frame.loc[mine, "word_id"], said[mine], strict=True))
    return found


class Speech:
    """All that an explorer or a room of the library says in one language: its words, and the texts of tables.

    >>> import heelkit
    >>> say = Speech(heelkit.load(), "conditions")
    >>> say("asked", n=3), say.of("settings", "label", "running_clinic")
    ('3 asked', 'Running clinic')
    """

    def __init__(self, kb: KnowledgeBase, explorer: str, language: str = ENGLISH):
        self.kb, self.language, self.words = kb, language, words(kb, explorer, language)
        self._columns: dict[tuple[str, str], pd.Series] = {}
        self._cells: dict[tuple[str, str], dict] = {}

    def __call__(self, word_id: str, /, **values) -> str:
        """A word with its blanks filled in."""
        return self.words[word_id].format(**values)

    def column(self, table: str, field: str) -> pd.Series:
        """A text column of a table, as `texts` gives it; blank cells are None."""
        if self.language == ENGLISH:
            return self.kb.tables[table][field]
        if (table, field) not in self._columns:
            found = texts(self.kb, table, field, self.language).astype(object)
            self._columns[table, field] = found.where(found.notna(), None)
        return self._columns[table, field]

    def of(self, table: str, field: str, key) -> str:
        """One text of a table; empty where the cell is blank."""
        if (table, field) not in self._cells:  # explorers ask for dozens of texts at a click, and a dict answers fastest
            self._cells[table, field] = self.column(table, field).to_dict()
        return self._cells[table, field][key] or ""

    def get(self, word: str, other: str) -> str:
        """A word that a teacher's tables may need and heelkit does not know; then `other`, marked as English."""
        return self.words.get(word) or (other if self.language == ENGLISH else FALLBACK + other)


@functools.lru_cache(maxsize=32)
def speech(kb: KnowledgeBase, explorer: str, language: str = ENGLISH) -> Speech:
    """The speech of an explorer, made once."""
    return Speech(kb, explorer, language)
