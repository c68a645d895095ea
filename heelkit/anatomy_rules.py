"""What a schema cannot say about the anatomy: a graph that runs from the roots to the skin, with nothing left hanging.

The rules have the form of those in `heelkit.rules`; one that is given no names takes all tables, as many as can be read.
"""

import itertools
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

from heelkit.check import Table, number, suggest

SHARE_TOLERANCE = 0.02
STRUCTURES = {"region": "regions", "muscle": "muscles", "reflex": "reflexes", "finding": "findings"}  # kind -> its table


def _parents(edges: Table) -> dict[str, set[str]]:
    parents = defaultdict(set)
    for _, cells in edges.rows:
        parents[cells["child_id"]].add(cells["parent_id"])
    return parents


def no_circle(edges: Table):
    """No nerve is its own parent, however long the way round."""
    try:
        TopologicalSorter(_parents(edges)).prepare()
    except CycleError as found:
        nodes = found.args[1][1:]
        start = nodes.index(min(nodes))
        circle = [*nodes[start:], *nodes[: start + 1]]
        steps = set(itertools.pairwise(circle))
        first = min(row for row, c in edges.rows if (c["parent_id"], c["child_id"]) in steps)
        yield edges.problem(first, "child_id", f"the edges run in a circle: {' -> '.join(circle)}.")


def fed_by_roots(nodes: Table, edges: Table):
    """Every node hangs on a root. While the edges run in a circle, only that is told."""
    parents = _parents(edges)
    fed = {c["node_id"] for _, c in nodes.rows if c["kind"] == "root"}
    try:
        for node in TopologicalSorter(parents).static_order():
            if parents[node] & fed:
                fed.add(node)
    except CycleError:
        return
    for row, cells in nodes.rows:
        if cells["node_id"] not in fed:
            yield nodes.problem(row, "node_id", f"no root leads to '{cells['node_id']}'; its parents are missing from {edges.path}.")


def whole_parents(nodes: Table, edges: Table):
    """Roots hang on nothing; the parents of a node add up to the whole of it."""
    roots = {c["node_id"] for _, c in nodes.rows if c["kind"] == "root"}
    shares = defaultdict(dict)
    for row, cells in edges.rows:
        shares[cells["child_id"]][row] = number(cells["share_probability"])
        if cells["child_id"] in roots:
            yield edges.problem(row, "child_id", f"'{cells['child_id']}' is a root, and a root has no parent.")
    for child, parts in shares.items():
        total = 1 if None in parts.values() else sum(parts.values())
        if abs(total - 1) > SHARE_TOLERANCE:
            yield edges.problem(min(parts), "share_probability", f"the shares of all parents of '{child}' add up to {total:g}; they must add up to 1.")


def roots_are_roots(nodes: Table, muscle_roots: Table, reflex_roots: Table, dermatomes: Table):
    """Where a root is asked for, the node is a root."""
    roots = {c["node_id"] for _, c in nodes.rows if c["kind"] == "root"}
    known = set(nodes.values("node_id"))
    for table in (muscle_roots, reflex_roots, dermatomes):
        for row, cells in table.rows:
            if cells["root_id"] in known - roots:
                yield table.problem(row, "root_id", f"'{cells['root_id']}' is a node but not a root" + suggest(cells["root_id"], roots))


def regions_have_nerves(regions: Table, skin: Table):
    """Every skin region has a nerve."""
    supplied = set(skin.values("region_id"))
    for row, cells in regions.rows:
        if cells["region_id"] not in supplied:
            yield regions.problem(row, "region_id", f"'{cells['region_id']}' has no nerve in {skin.path}.")


def regions_have_roots(dermatomes: Table):
    """A map that speaks of a region names at least one root for it."""
    first, named = {}, set()
    for row, cells in dermatomes.rows:
        pair = (cells["map_id"], cells["region_id"])
        first.setdefault(pair, row)
        if cells["share"] != "none":
            named.add(pair)
    for (map_id, region), row in first.items():
        if (map_id, region) not in named:
            yield dermatomes.problem(row, "share", f"the map '{map_id}' speaks of '{region}' but gives it to no root.")


def muscles_have_roots(muscles: Table, muscle_roots: Table, reflexes: Table, reflex_roots: Table):
    """Every muscle and every reflex has a main root."""
    for table, key, links in ((muscles, "muscle_id", muscle_roots), (reflexes, "reflex_id", reflex_roots)):
        rooted = {c[key] for _, c in links.rows if c["share"] == "main"}
        for row, cells in table.rows:
            if cells[key] not in rooted:
                yield table.problem(row, key, f"'{cells[key]}' has no main root in {links.path}.")


def structures_exist(tables: dict[str, Table]):
    """What a site spares or takes stands in the table of its kind; findings are present, reflexes may be brisk, the rest is lost."""
    homes = {kind: tables[name] for kind, name in STRUCTURES.items() if name in tables}
    ids = {kind: set(home.values(home.schema["primaryKey"])) for kind, home in homes.items()}
    directions = {"region": ("lost",), "muscle": ("lost",), "reflex": ("lost", "brisk"), "finding": ("present",)}
    for table in (tables[name] for name in ("site_spares", "site_deficits") if name in tables):
        for row, cells in table.rows:
            kind, structure = cells["kind"], cells["structure"]
            if kind in homes and structure and structure not in ids[kind]:
                yield table.problem(row, "structure", f"'{structure}' is not in {homes[kind].path}" + suggest(structure, ids[kind]))
            if kind in directions and cells.get("direction") and cells["direction"] not in directions[kind]:
                yield table.problem(row, "direction", f"a {kind} cannot be '{cells['direction']}'; write {' or '.join(directions[kind])}.")


def sites_do_something(sites: Table, site_nodes: Table, site_deficits: Table):
    """Every site hits a node or has deficits of its own."""
    active = {*site_nodes.values("site_id"), *site_deficits.values("site_id")}
    for row, cells in sites.rows:
        if cells["site_id"] not in active:
            yield sites.problem(row, "site_id", f"'{cells['site_id']}' has neither a node in {site_nodes.path} nor a row in {site_deficits.path}.")


def maps_have_rows(dermatome_maps: Table, dermatomes: Table):
    """A map that was read has rows, and one that was not read has none."""
    filled = set(dermatomes.values("map_id"))
    for row, cells in dermatome_maps.rows:
        if cells["status"] == "not_verified" and cells["map_id"] in filled:
            yield dermatome_maps.problem(row, "status", f"'{cells['map_id']}' is not verified but has rows in {dermatomes.path}.")
        if cells["status"] in ("filled", "partly_filled") and cells["map_id"] not in filled:
            yield dermatome_maps.problem(row, "status", f"'{cells['map_id']}' is {cells['status'].replace('_', ' ')} but has no row in {dermatomes.path}.")


def condition_shares(condition_sites: Table):
    """The sites of a condition share out at most the whole of its patients."""
    first, total = {}, defaultdict(float)
    for row, cells in condition_sites.rows:
        first.setdefault(cells["condition_id"], row)
        total[cells["condition_id"]] += number(cells["share"]) or 0
    for condition, share in total.items():
        if share > 1 + SHARE_TOLERANCE:
            yield condition_sites.problem(first[condition], "share", f"the shares of '{condition}' add up to {share:g}, more than 1.")


ANATOMY_RULES = {
    no_circle: ("edges",),
    fed_by_roots: ("nodes", "edges"),
    whole_parents: ("nodes", "edges"),
    roots_are_roots: ("nodes", "muscle_roots", "reflex_roots", "dermatomes"),
    regions_have_nerves: ("regions", "skin"),
    regions_have_roots: ("dermatomes",),
    muscles_have_roots: ("muscles", "muscle_roots", "reflexes", "reflex_roots"),
    structures_exist: None,
    sites_do_something: ("sites", "site_nodes", "site_deficits"),
    maps_have_rows: ("dermatome_maps", "dermatomes"),
    condition_shares: ("condition_sites",),
}
