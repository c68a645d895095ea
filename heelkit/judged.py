"""Claims with our verdicts as text and as a page: what is said, what we make of it, why, and what would settle it."""

import html
import textwrap
from collections.abc import Iterable

import pandas as pd

from heelkit.differential import as_ids
from heelkit.language import ENGLISH, check_language, texts, words
from heelkit.tables import KnowledgeBase, load, unknown

WIDTH = 110
HEADS = ("claim", "verdict", "why", "settled_by")  # ids of words


class Verdicts:
    """Some claims with their verdicts. `.table` is the DataFrame behind it; `source_ids` is what `heelkit.cite` takes."""

    def __init__(self, table: pd.DataFrame, heads: tuple[str, ...]):
        self.table, self._heads = table, heads

    @property
    def source_ids(self) -> pd.Series:
        """The sources of each verdict."""
        return self.table["source_ids"]

    def __repr__(self):
        blocks = []
        for row in self.table.itertuples():
            lines = (f"“{row.claim}”", f"{row.verdict.upper()}. {row.why}", f"{self._heads[3]}: {row.settled_by}", f"[{row.source_ids.replace(';', '; ')}]")
            blocks.append("\n".join(textwrap.fill(line, WIDTH, initial_indent=" " * 4 * (i > 0), subsequent_indent=" " * 4) for i, line in enumerate(lines)))
        return "\n\n".join(blocks)

    def _repr_html_(self):
        style = 'style="text-align:left;vertical-align:top"'
        cells = ((row.claim, row.verdict, f"{row.why} [{row.source_ids.replace(';', '; ')}]", row.settled_by) for row in self.table.itertuples())
        rows = "".join("<tr>" + "".join(f"<td {style}>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in cells)
        heads = "".join(f"<th {style}>{html.escape(head)}</th>" for head in self._heads)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def verdicts(claims: str | Iterable[str], language: str = ENGLISH, kb: KnowledgeBase | None = None) -> Verdicts:
    """Claims of `claims.csv` with our verdict, the reason, the sources, and what would settle each.

    Parameters: claim ids, in the order in which they are wanted, or the id of an article for all its claims.

    Raises ValueError for an unknown id, naming the nearest.

    >>> import heelkit
    >>> print(heelkit.verdicts("claim_071"))  # doctest: +ELLIPSIS
    “The sciatic nerve arises from L4 to S3.”
        SUPPORTED. This is standard anatomy.
        What would settle it: Anatomy settles it: ...
        [kenhub_sciatic; okstate_sciatic]
    >>> heelkit.verdicts("question_balanse")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown claim 'question_balanse'; nearest: 'question_balance'...
    """
    kb = kb or load()
    check_language(kb, language)
    of_article = kb.claims.index[kb.claims["article_id"] == claims].tolist() if isinstance(claims, str) else []
    ids = of_article or as_ids(claims)
    if strangers := [i for i in ids if i not in kb.claims.index]:
        raise unknown("claim", strangers, kb.claims.index)
    table = kb.claims.loc[ids].copy()
    for field in ("claim", "why", "settled_by"):
        table[field] = texts(kb, "claims", field, language).loc[ids]
    said = words(kb, "claims", language)
    table["verdict"] = [said[f"verdict_{verdict}"] for verdict in table["verdict"]]
    return Verdicts(table, tuple(said[head] for head in HEADS))
