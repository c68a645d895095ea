"""Nerve conditions inherit from the graph: where a condition sits decides which skin, muscles and reflexes it takes.

`condition_sites` says at which sites a condition lies and how often; what a lesion there takes away is `anatomy.lesion`.
So a nerve's territory is typed once, and the ranking of conditions and the localization of lesions cannot disagree.
"""

import functools
from typing import NamedTuple

import numpy as np

from heelkit.anatomy import Deficit, deficits
from heelkit.tables import KnowledgeBase


class Inherited(NamedTuple):
    """What the anatomy says about one condition and finding."""

    probability: float  #: that the condition brings the finding, by itself
    absence_cap: float  #: largest weight its absence may take away; NaN for none
    site_id: str  #: the site that contributes most
    deficit: Deficit  #: the deficit there, with its row and sources


def finding_of(deficit: Deficit, kb: KnowledgeBase) -> str | None:
    """The finding a bedside examiner would note for a deficit; None when the tables have none."""
    if deficit.kind == "region":
        return f"numb_{deficit.structure}"
    if deficit.kind == "finding":
        return deficit.structure
    table = "muscles" if deficit.kind == "muscle" else "reflexes"
    return _column(kb, table, "brisk_finding_id" if deficit.direction == "brisk" else "finding_id")[deficit.structure]


@functools.lru_cache(maxsize=12)
def _column(kb: KnowledgeBase, table: str, column: str) -> dict:
    return kb.tables[table][column].to_dict()


def inherited(kb: KnowledgeBase) -> dict[tuple[str, str], Inherited]:
    """What every condition inherits from its sites, by (condition_id, finding_id).

    A finding shown by several muscles of a site (weak dorsiflexion, say) counts as often as its likeliest muscle; sites
    are alternatives, so their shares add up.
    """
    result: dict[tuple[str, str], Inherited] = {}
    known = set(kb.findings.index)
    for place in kb.condition_sites.itertuples():
        likeliest: dict[str, Deficit] = {}
        for deficit in deficits(place.site_id, None, kb):  # most likely first
            finding = finding_of(deficit, kb)
            if finding in known:
                likeliest.setdefault(finding, deficit)
        for finding, deficit in likeliest.items():
            key = place.condition_id, finding
            gain = place.share * place.deficit_probability * deficit.probability
            before = result.get(key)
            if before is None:
                result[key] = Inherited(gain, place.absence_cap, place.site_id, deficit)
            else:
                lead = before if before.deficit.probability >= deficit.probability else Inherited(0, 0, place.site_id, deficit)
                cap = np.fmin(before.absence_cap, place.absence_cap)
                result[key] = Inherited(before.probability + gain, cap, lead.site_id, lead.deficit)
    return result
