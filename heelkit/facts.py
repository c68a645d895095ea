"""Statements of the lessons, each with what it rests on: readable as text, and as a page."""

import html
import textwrap

import pandas as pd

from heelkit.language import ENGLISH, texts, words
from heelkit.tables import KnowledgeBase, load, unknown

WIDTH = 110


class Facts:
    """The statements of one section. `.table` is the DataFrame behind it; `source_ids` is what `heelkit.cite` takes."""

    def __init__(self, table: pd.DataFrame, say: dict[str, str]):
        self.table, self._say = table, say

    @property
    def source_ids(self) -> pd.Series:
        """The sources of each statement."""
        return self.table["source_ids"]

    def _lines(self):
        for fact in self.table.itertuples():
            limits = f" {self._say['but']} {fact.limits}" if isinstance(fact.limits, str) else ""
            yield fact.label, fact.statement + limits, self._say[f"basis_{fact.basis}"]

    def __repr__(self):
        wrapped = (textwrap.fill(f"{label}: {text} [{basis}]", WIDTH, subsequent_indent="    ") for label, text, basis in self._lines())
        return "\n".join(wrapped)

    def _repr_html_(self):
        rows = "".join(
            f'<tr><th style="text-align:left;vertical-align:top">{html.escape(label)}</th><td style="text-align:left">{html.escape(text)}</td>'
            f'<td style="vertical-align:top">{html.escape(basis)}</td></tr>'
            for label, text, basis in self._lines()
        )
        heads = "".join(f'<th style="text-align:left">{head}</th>' for head in (self._say["about"], self._say["known"], self._say["basis"]))
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def facts(section: str, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> Facts:
    """The sourced statements of one section of a lesson, in their order.

    Parameters: `kb` a teacher's own tables; `language` "en" or "es". Raises ValueError for an unknown section or language, naming the nearest.

    >>> import heelkit
    >>> heelkit.facts("06_tunnl_anatomy")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown section '06_tunnl_anatomy'; ...
    """
    kb = kb or load()
    say = words(kb, "facts", language)
    mine = kb.facts[kb.facts["section"] == section].sort_values("display_order")
    if mine.empty:
        raise unknown("section", [section], sorted(set(kb.facts["section"])))
    shown = {column: texts(kb, "facts", column, language)[mine.index] for column in ("label", "statement", "limits")}
    return Facts(mine.assign(**shown), say)
