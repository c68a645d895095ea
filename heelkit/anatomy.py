"""One graph of nerves: cut it at a site and see what is lost.

Nodes are roots, plexuses and segments of nerves; edges lead from the spine to the skin. The loss at a node runs
down the edges: loss(child) = sum over its parents of loss(parent) x the share of the child's fibers that come from it.
Root lesions reach muscles and reflexes through the tables of roots, and skin through a dermatome map, because roots
mix in the plexus. Lesions that are no place in the graph (cord, cauda equina, length-dependent neuropathy) have their
deficits in a table of their own.
"""

import functools
from collections import defaultdict
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from heelkit.tables import KnowledgeBase, load, unknown

if TYPE_CHECKING:
    import networkx as nx

DETECTED = 0.95  # a complete loss of a reflex arc is found at the bedside in nearly everyone


class Deficit(NamedTuple):
    """One thing that a lesion takes away (or brings out), with the row that says so."""

    structure: str
    kind: str  # region, muscle, reflex, finding
    direction: str  # lost, brisk, present
    probability: float
    row: str
    basis: str
    source_ids: str


@functools.lru_cache(maxsize=4)
def graph(kb: KnowledgeBase) -> "nx.DiGraph":
    """The innervation graph: nodes from `nodes`, edges with their `share` of the child's fibers.

    >>> import networkx as nx
    >>> nx.is_directed_acyclic_graph(graph(load()))
    True
    """
    import networkx as nx  # slow to import, and a ranking does without it

    result = nx.DiGraph()
    result.add_nodes_from(kb.nodes.index)
    result.add_weighted_edges_from(kb.edges[["parent_id", "child_id", "share_probability"]].itertuples(index=False), weight="share")
    return result


@functools.lru_cache(maxsize=4)
def _downward(kb: KnowledgeBase) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    """Every node after all of its parents, each with these and the share of fibers that comes from them."""
    parents: dict[str, list] = {node: [] for node in kb.nodes.index}
    for edge in kb.edges.itertuples():
        parents[edge.child_id].append((edge.parent_id, edge.share_probability))
    order = TopologicalSorter({node: [parent for parent, _ in above] for node, above in parents.items()}).static_order()
    return tuple((node, tuple(parents[node])) for node in order)


def node_losses(cut: dict[str, float], kb: KnowledgeBase) -> dict[str, float]:
    """The share of fibers lost at every node that a lesion reaches, 0..1.

    Parameters: `cut` maps the lesioned nodes to how complete the lesion is there, 0..1.
    """
    lost = {}
    for node, parents in _downward(kb):
        arriving = sum(lost.get(parent, 0) * share for parent, share in parents)
        loss = max(cut.get(node, 0), arriving)
        if loss > 0:
            lost[node] = min(loss, 1.0)
    return lost


def _either(*probabilities: float) -> float:
    """P(at least one of independent events)."""
    none = 1.0
    for p in probabilities:
        none *= 1 - p
    return 1 - none


@functools.lru_cache(maxsize=4)
def _supplied(kb: KnowledgeBase) -> tuple[tuple[str, Deficit], ...]:
    """Everything that hangs on a node: the node, and the deficit when all of its fibers are lost."""
    found = [
        (r.node_id, Deficit(r.region_id, "region", "lost", r.probability, f"skin: {r.node_id} -> {r.region_id}", r.basis, r.source_ids))
        for r in kb.skin.itertuples()
    ]
    found += [
        (r.node_id, Deficit(r.Index, "muscle", "lost", r.bedside_sensitivity, f"muscles: {r.node_id} -> {r.Index}", r.basis, r.source_ids))
        for r in kb.muscles.itertuples()
    ]
    found += [
        (r.node_id, Deficit(r.Index, "reflex", "lost", DETECTED, f"reflexes: {r.node_id} -> {r.Index}", r.basis, r.source_ids))
        for r in kb.reflexes.itertuples()
    ]
    return tuple(found)


def _nerve_deficits(cut: dict[str, float], kb: KnowledgeBase) -> list[Deficit]:
    lost = node_losses(cut, kb)
    return [deficit._replace(probability=lost[node] * deficit.probability) for node, deficit in _supplied(kb) if node in lost]


@functools.lru_cache(maxsize=32)
def root_of_region(kb: KnowledgeBase, dermatome_map: str | None) -> pd.DataFrame:
    """How likely the loss of a root numbs a region, by one map; or, with None, by all maps that speak of the region.

    With None every map that names a root for the region counts the same, so the number says how far the maps agree. Maps
    themselves are never merged. Returns columns root_id, region_id, probability, row, basis, source_ids.
    Raises ValueError for an unknown map or one without rows.
    """
    table = kb.dermatomes
    if dermatome_map is not None:
        filled = sorted(table["map_id"].unique())
        if dermatome_map not in filled:
            raise unknown("dermatome map", [dermatome_map], filled)
        table = table[table["map_id"] == dermatome_map]
    shares, speaking, said = kb.dermatome_shares["probability"].to_dict(), defaultdict(set), defaultdict(list)
    for r in table.itertuples():
        speaking[r.region_id].add(r.map_id)
        said[r.root_id, r.region_id].append(r)
    rows = []
    for (root, region), group in sorted(said.items()):
        naming, maps = sum(r.share != "none" for r in group), len(speaking[region])
        row = f"dermatomes: {dermatome_map}, {root} -> {region}" if dermatome_map else f"dermatomes: {naming} of {maps} maps give {region} to {root}"
        sources = ";".join(dict.fromkeys(";".join(r.source_ids for r in group).split(";")))
        rows.append((root, region, np.sum([shares[r.share] for r in group]) / maps, row, group[0].basis, sources))
    return pd.DataFrame(rows, columns=["root_id", "region_id", "probability", "row", "basis", "source_ids"])


def _root_deficits(cut: dict[str, float], dermatome_map: str | None, kb: KnowledgeBase) -> list[Deficit]:
    found = []
    for table, column, kind in ((kb.muscle_roots, "muscle_id", "muscle"), (kb.reflex_roots, "reflex_id", "reflex")):
        for r in table[table["root_id"].isin(cut)].itertuples():
            structure = getattr(r, column)
            row = f"{kind}_roots: {r.root_id} -> {structure}"
            found.append(Deficit(structure, kind, "lost", cut[r.root_id] * r.probability, row, r.basis, r.source_ids))
    skin = root_of_region(kb, dermatome_map)
    for r in skin[skin["root_id"].isin(cut)].itertuples():
        found.append(Deficit(r.region_id, "region", "lost", cut[r.root_id] * r.probability, r.row, r.basis, r.source_ids))
    return found


def _combined(found: list[Deficit]) -> dict[tuple[str, str, str], Deficit]:
    """One deficit per structure: independent supplies add up, and the strongest row speaks for them."""
    result = {}
    for deficit in sorted(found, key=lambda d: -d.probability):
        key = deficit.kind, deficit.structure, deficit.direction
        first = result.get(key)
        result[key] = first._replace(probability=_either(first.probability, deficit.probability)) if first else deficit
    return result


@functools.lru_cache(maxsize=8)
def _by_site(table: str, kb: KnowledgeBase) -> dict[str, list]:
    """The rows of a table about sites, by site."""
    found = {site: [] for site in kb.sites.index}
    for row in kb.tables[table].itertuples():
        found[row.site_id].append(row)
    return found


@functools.lru_cache(maxsize=512)
def deficits(site_id: str, dermatome_map: str | None, kb: KnowledgeBase) -> tuple[Deficit, ...]:
    """Every deficit of a lesion site, most likely first. Raises ValueError for an unknown site or map."""
    if site_id not in kb.sites.index:
        raise unknown("lesion site", [site_id], kb.sites.index)
    roots, nerves = {}, {}
    for r in _by_site("site_nodes", kb)[site_id]:
        (roots if kb.nodes.at[r.node_id, "kind"] == "root" else nerves)[r.node_id] = r.completeness
    found = (_nerve_deficits(nerves, kb) if nerves else []) + (_root_deficits(roots, dermatome_map, kb) if roots else [])
    result = _combined(found)
    for r in _by_site("site_deficits", kb)[site_id]:
        key = r.kind, r.structure, r.direction
        if key not in result or r.probability > result[key].probability:
            row = f"site_deficits: {site_id} -> {r.structure}"
            result[key] = Deficit(r.structure, r.kind, r.direction, r.probability, row, r.basis, r.source_ids)
    for r in _by_site("site_spares", kb)[site_id]:
        key = r.kind, r.structure, "lost"
        if key in result and r.probability < result[key].probability:
            row = f"site_spares: {site_id} often spares {r.structure}"
            result[key] = Deficit(r.structure, r.kind, "lost", r.probability, row, r.basis, r.source_ids)
    return tuple(sorted((d for d in result.values() if d.probability > 0), key=lambda d: (-d.probability, d.kind, d.structure)))


def structure_labels(kb: KnowledgeBase) -> dict[tuple[str, str], str]:
    """Labels of all structures by (kind, id)."""
    tables = {"region": kb.regions["label"], "muscle": kb.muscles["name"], "reflex": kb.reflexes["label"], "finding": kb.findings["label"]}
    return {(kind, i): label for kind, column in tables.items() for i, label in column.items()}


def lesion(site_id: str, dermatome_map: str | None = None, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """What a lesion at a site takes away.

    Parameters: a site of the `sites` table; for lesions of roots the `dermatome_map` that says which skin goes numb
    (without one, the number says how far all maps that speak of the region agree).

    Returns a DataFrame, most likely deficit first, with columns `structure` (id), `kind` (region, muscle, reflex, finding),
    `label`, `direction` (lost, brisk, present), `probability` (0..1, that it is found at the bedside), `row` (the table row
    it came from), `basis` and `source_ids`.

    Raises ValueError for an unknown site or map, naming the nearest.

    >>> import heelkit
    >>> deficits = heelkit.lesion("baxter_calcaneal_spur")
    >>> deficits["kind"].unique().tolist()  # a muscle, and no skin
    ['muscle']
    """
    kb = kb or load()
    labels = structure_labels(kb)
    found = deficits(site_id, dermatome_map, kb)
    rows = [(d.structure, d.kind, labels[d.kind, d.structure], d.direction, d.probability, d.row, d.basis, d.source_ids) for d in found]
    return pd.DataFrame(rows, columns=["structure", "kind", "label", "direction", "probability", "row", "basis", "source_ids"])
