"""How sources and probabilities are written for a reader."""

import functools
from collections.abc import Iterable

import pandas as pd

from heelkit.tables import KnowledgeBase, load, unknown


def percent(probability: float) -> str:
    """A probability as it is read out; never 0 or 100, because nothing is certain.

    >>> percent(0.514), percent(0.004), percent(0.999)
    ('51%', '<1%', '>99%')
    """
    return "<1%" if probability < 0.01 else ">99%" if probability >= 0.995 else f"{probability * 100:.0f}%"


def citation(source_id: str, kb: KnowledgeBase) -> dict[str, str]:
    """One source as text, with its level (study, review, secondary ...) and where it was seen ("" when nowhere on the web)."""
    return _citation(source_id, kb).copy()


@functools.lru_cache(maxsize=2048)
def _citation(source_id: str, kb: KnowledgeBase) -> dict[str, str]:
    source = kb.sources.loc[source_id]
    parts = [source[column] for column in ("authors", "year", "title", "container")]
    text = ". ".join(str(part).rstrip(".") for part in parts if not pd.isna(part)) + "."
    return {"text": text, "level": source["level"].replace("_", " "), "url": source["url"] or ""}


def cite(source_ids: str | Iterable[str], kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """The sources behind some facts, as a table to print under a lesson.

    Parameters: source ids, or cells that join several by ';' (a `source` or `source_ids` column, blanks and all).

    Returns a DataFrame indexed by source_id, in alphabetical order without repeats, with columns `source` and `level`.
    Raises ValueError for an unknown id, naming the nearest.

    >>> import heelkit
    >>> heelkit.cite("mondelli1998tts")["level"].tolist()
    ['study']
    >>> len(heelkit.cite(["mondelli1998tts;kiel2021tarsal", "", "kiel2021tarsal"]))
    2
    """
    kb = kb or load()
    cells = [source_ids] if isinstance(source_ids, str) else source_ids
    ids = sorted({i for cell in cells if isinstance(cell, str) for i in cell.split(";") if i})
    strangers = [i for i in ids if i not in kb.sources.index]
    if strangers:
        raise unknown("source", strangers, kb.sources.index)
    rows = [citation(i, kb) for i in ids]
    return pd.DataFrame({"source": [r["text"] for r in rows], "level": [r["level"] for r in rows]}, index=pd.Index(ids, name="source_id"))
