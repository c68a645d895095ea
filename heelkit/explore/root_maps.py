"""What each published dermatome map says of each region. Maps are never merged: they are kept beside each other and counted."""

import functools

from heelkit.language import Speech
from heelkit.tables import KnowledgeBase


def root_name(root_id: str) -> str:
    """A root as in a table of roots: `root_s1` as "S1"."""
    return root_id.removeprefix("root_").upper()


@functools.lru_cache(maxsize=4)
def says(kb: KnowledgeBase) -> dict[tuple[str, str], dict]:
    """What each map says of each region: (map, region) -> {root: row}. A map that does not speak of a region has no entry."""
    said = {}
    for row in kb.dermatomes.itertuples():
        said.setdefault((row.map_id, row.region_id), {})[row.root_id] = row
    return said


@functools.lru_cache(maxsize=4)
def filled_maps(kb: KnowledgeBase) -> tuple[str, ...]:
    """The dermatome maps that have rows, the oldest first."""
    maps = kb.dermatome_maps.loc[sorted(kb.dermatomes["map_id"].unique())]
    return tuple(maps.sort_values(["year", "title"], na_position="last").index)


def mapped_roots(kb: KnowledgeBase) -> list[str]:
    """The roots of which a dermatome map speaks, from above downward."""
    mapped = set(kb.dermatomes["root_id"])
    return [r for r in kb.nodes[kb.nodes["kind"] == "root"].sort_values("display_order").index if r in mapped]


def agreement(kb: KnowledgeBase, region: str, root: str) -> tuple[int, int]:
    """How many maps give the region to the root, of how many that speak of it."""
    said = [roots for (_, r), roots in says(kb).items() if r == region]
    return sum(root in roots and roots[root].share != "none" for roots in said), len(said)


def map_words(say: Speech, map_id: str, region: str) -> str:
    """The roots one map gives a region: "L5, S1 (part)", or "does not say"."""
    roots = says(say.kb).get((map_id, region))
    if roots is None:
        return say("does_not_say")
    words = {"main": "", "part": f" ({say('short_part')})", "overlap": f" ({say('short_overlap')})"}  # in the order in which they are said
    named = [(share, root) for share in words for root in sorted(roots) if roots[root].share == share]
    return ", ".join(root_name(root) + words[share] for share, root in named) or say("no_root")


@functools.lru_cache(maxsize=8)
def map_notes(say: Speech) -> dict[tuple[str, str, str], str]:
    """The note of every row, by map, region and root."""
    table = say.kb.dermatomes
    return dict(zip(zip(table["map_id"], table["region_id"], table["root_id"], strict=True), (n or "" for n in say.column("dermatomes", "note")), strict=True))
