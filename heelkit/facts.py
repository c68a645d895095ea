"""Statements of the lessons, each with what it rests on: readable as text, and as a page."""

import html
import textwrap

import pandas as pd

from heelkit.tables import KnowledgeBase, load, unknown

WIDTH = 110


class Facts:
    """The statements of one section. `.table` is the DataFrame behind it; `source_ids` is what `heelkit.cite` takes."""

    def __init__(self, table: pd.DataFrame):
        self.table = table

    @property
    def source_ids(self) -> pd.Series:
        """The sources of each statement."""
        return self.table["source_ids"]

    def _lines(self):
        for fact in self.table.itertuples():
            limits = f" But: {fact.limits}" if isinstance(fact.limits, str) else ""
            yield fact.label, fact.statement + limits, fact.basis

    def __repr__(self):
        wrapped = (textwrap.fill(f"{label}: {text} [{basis}]", WIDTH, subsequent_indent="    ") for label, text, basis in self._lines())
        return "\n".join(wrapped)

    def _repr_html_(self):
        rows = "".join(
            f'<tr><th style="text-align:left;vertical-align:top">{html.escape(label)}</th><td style="text-align:left">{html.escape(text)}</td>'
            f'<td style="vertical-align:top">{html.escape(basis)}</td></tr>'
            for label, text, basis in self._lines()
        )
        heads = "".join(f'<th style="text-align:left">{head}</th>' for head in ("about", "what is known", "basis"))
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def facts(section: str, kb: KnowledgeBase | None = None) -> Facts:
    """The sourced statements of one section of a lesson, in their order.

    Raises ValueError for an unknown section, naming the nearest.

    >>> import heelkit
    >>> heelkit.facts("06_tunnl_anatomy")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown section '06_tunnl_anatomy'; ...
    """
    kb = kb or load()
    mine = kb.facts[kb.facts["section"] == section].sort_values("display_order")
    if mine.empty:
        raise unknown("section", [section], sorted(set(kb.facts["section"])))
    return Facts(mine)
