"""Where nerves and roots reach the skin: what is painted for a nerve, a root by one map or by all, or all nerves, and why."""

import functools

import pandas as pd

from heelkit.anatomy import node_losses
from heelkit.bodymap import SCALE, SEVERAL, SILENT
from heelkit.localization import as_split
from heelkit.tables import KnowledgeBase

_STRONG, _MIDDLE, _WEAK = SCALE
SHARES = {"main": "main root", "part": "part of the region", "overlap": "overlap from a neighbor", "none": "another root"}
LEVELS = {"main": _STRONG, "minor": _MIDDLE, "variable": _WEAK}


def spoken(identifier: str) -> str:
    """An id as words: `medial_plantar_nerve` as "Medial plantar nerve", `root_s1` as "S1 root"."""
    if identifier.startswith("root_"):
        return identifier.removeprefix("root_").upper() + " root"
    words = identifier.replace("_", " ")
    return words[0].upper() + words[1:]


def root_name(root_id: str) -> str:
    """A root as in a table of roots: `root_s1` as "S1"."""
    return root_id.removeprefix("root_").upper()


@functools.lru_cache(maxsize=4)
def nerves(kb: KnowledgeBase) -> dict[str, list[str]]:
    """Every nerve with skin, by whether it has skin of its own ("skin") or only through its branches ("trunk").

    >>> import heelkit
    >>> found = nerves(heelkit.load())
    >>> "medial_plantar_nerve" in found["skin"], "tibial_nerve" in found["trunk"]
    (True, True)
    """
    order = kb.nodes[~kb.nodes["kind"].isin(["root", "plexus"])].sort_values("display_order")
    own = set(kb.nodes.loc[kb.skin["node_id"].unique(), "nerve"])
    groups = {"skin": [], "trunk": []}
    for nerve in dict.fromkeys(order["nerve"]):
        if nerve in own:
            groups["skin"].append(nerve)
        elif set(_losses(kb, nerve)) & set(kb.skin["node_id"]):
            groups["trunk"].append(nerve)
    return groups


def all_nerves(kb: KnowledgeBase) -> list[str]:
    """Every nerve that can be a target."""
    return [nerve for group in nerves(kb).values() for nerve in group]


def _level(share: str, loss: float, probability: float) -> str | None:
    """How a nerve serves a region: as the row says when most fibers come from it, else by what arrives; None for next to nothing."""
    if loss >= 0.5:
        return share
    arriving = loss * probability
    return "minor" if arriving >= 0.2 else "variable" if arriving >= 0.02 else None


def _losses(kb: KnowledgeBase, nerve: str) -> dict[str, float]:
    return node_losses(dict.fromkeys(kb.nodes.index[kb.nodes["nerve"] == nerve], 1.0), kb)


@functools.lru_cache(maxsize=4)
def _territories(kb: KnowledgeBase) -> dict[str, dict]:
    """For every nerve its regions with level (main, minor, variable) and the rows of `skin` that say so, branches included."""
    found = {}
    for nerve in all_nerves(kb):
        lost = _losses(kb, nerve)
        regions = found.setdefault(nerve, {})
        for row in kb.skin[kb.skin["node_id"].isin(lost)].sort_values("probability", ascending=False).itertuples():
            level = _level(row.share, lost[row.node_id], row.probability)
            if level is None:
                continue
            entry = regions.setdefault(row.region_id, {"level": level, "rows": []})
            entry["level"] = min(entry["level"], level, key=list(LEVELS).index)
            node = kb.nodes.loc[row.node_id]
            through = "" if node["nerve"] == nerve else f" It comes through the {node['name'][0].lower() + node['name'][1:]}."
            entry["rows"].append({"text": (row.note or "") + through, "head": level, "basis": row.basis, "sources": as_split(row.source_ids)})
    return found


@functools.lru_cache(maxsize=4)
def _says(kb: KnowledgeBase) -> dict[tuple[str, str], dict]:
    """What each map says of each region: (map, region) -> {root: row}. A map that does not speak of a region has no entry."""
    said = {}
    for row in kb.dermatomes.itertuples():
        said.setdefault((row.map_id, row.region_id), {})[row.root_id] = row
    return said


def filled_maps(kb: KnowledgeBase) -> list[str]:
    """The dermatome maps that have rows, the oldest first."""
    maps = kb.dermatome_maps.loc[sorted(kb.dermatomes["map_id"].unique())]
    return maps.sort_values(["year", "title"], na_position="last").index.tolist()


def mapped_roots(kb: KnowledgeBase) -> list[str]:
    """The roots of which a dermatome map speaks, from above downward."""
    mapped = set(kb.dermatomes["root_id"])
    return [r for r in kb.nodes[kb.nodes["kind"] == "root"].sort_values("display_order").index if r in mapped]


def agreement(kb: KnowledgeBase, region: str, root: str) -> tuple[int, int]:
    """How many maps give the region to the root, of how many that speak of it."""
    said = [roots for (_, r), roots in _says(kb).items() if r == region]
    return sum(root in roots and roots[root].share != "none" for roots in said), len(said)


def map_words(kb: KnowledgeBase, map_id: str, region: str) -> str:
    """The roots one map gives a region: "L5, S1 (part)", or "does not say"."""
    roots = _says(kb).get((map_id, region))
    if roots is None:
        return "does not say"
    words = {"main": "", "part": " (part)", "overlap": " (overlap)"}  # in the order in which they are said
    named = [(share, root) for share in words for root in sorted(roots) if roots[root].share == share]
    return ", ".join(root_name(root) + words[share] for share, root in named) or "none of these roots"


def _display(paint, legend, expected, allowed=(), silent=(), rows=(), rare=(), badges=None, title="", question="", note="") -> dict:
    """What one choice shows: paint, legend (style, text), the regions to predict (`expected`; `allowed` ones that are right but
    not missed; `rare` ones that are right in some people only), where the source is silent, explanations, what badges say,
    and the question asked first.
    """
    return {
        "paint": paint,
        "legend": list(legend),
        "expected": list(expected),
        "allowed": list(allowed),
        "silent": list(silent),
        "rare": list(rare),
        "rows": list(rows),
        "badges": badges or {},
        "title": title,
        "question": question,
        "note": note,
    }


def _nerve_display(kb: KnowledgeBase, nerve: str) -> dict:
    regions = _territories(kb)[nerve]
    level = {r: regions[r]["level"] for r in kb.regions.index if r in regions}
    rows = [{"region_id": r, **row} for want in LEVELS for r in level if level[r] == want for row in regions[r]["rows"]]
    legend = [(style, text) for (name, style), text in zip(LEVELS.items(), ("mainly this nerve", "a smaller part", "in some people only"), strict=True)]
    present = [entry for entry, name in zip(legend, LEVELS, strict=True) if name in level.values()]
    expected = [r for r in level if level[r] == "main"]
    name = spoken(nerve)
    return _display(
        {r: LEVELS[level[r]] for r in level},
        [*present, (None, "other nerves")],
        expected,
        [r for r in level if level[r] == "minor"],
        rows=rows,
        rare=[r for r in level if level[r] == "variable"],
        title=name,
        question=f"Where on the skin do you expect the {name[0].lower() + name[1:]}?",
        note="" if expected else "No region belongs mainly to this nerve.",
    )


def _map_display(kb: KnowledgeBase, root: str, map_id: str) -> dict:
    styles = {"main": _STRONG, "part": _MIDDLE, "overlap": _WEAK}
    paint, rows, silent, about = {}, [], [], kb.dermatome_maps.loc[map_id]
    for region in kb.regions.index:
        said = _says(kb).get((map_id, region))
        if said is None:
            silent.append(region)
        elif root in said and said[root].share != "none":
            row = said[root]
            paint[region] = styles[row.share]
            head = f"{SHARES[row.share]}, {row.reading} in the source"
            rows.append({"region_id": region, "head": head, "text": row.note or "", "basis": row.basis, "sources": as_split(row.source_ids)})
    legend = [(styles[s], SHARES[s]) for s in styles if styles[s] in paint.values()]
    expected = [r for r in paint if paint[r] != _WEAK]
    counted = "" if pd.isna(about["n"]) else f" (n = {about['n']})"
    method = "; ".join(str(part).rstrip(".") for part in (f"{about['method']}{counted}", about["strengths"], about["limits"]) if part)
    return _display(
        paint | dict.fromkeys(silent, SILENT),
        [*legend, (None, "another root"), (SILENT, "the map does not say")],
        expected,
        [r for r in paint if r not in expected],
        silent,
        rows,
        title=f"{root_name(root)} by {about['title']}" + ("" if pd.isna(about["year"]) else f", {about['year']}"),
        question=f"Which skin does the {root_name(root)} root reach, by “{about['title']}”?",
        note=f"How this map was made: {method}.",
    )


def _agreement_display(kb: KnowledgeBase, root: str) -> dict:
    counts = {r: agreement(kb, r, root) for r in kb.regions.index}
    share = {r: n / m for r, (n, m) in counts.items() if m}
    style = {r: _STRONG if s == 1 else _MIDDLE if s >= 0.5 else _WEAK for r, s in share.items() if s > 0}
    silent = [r for r in counts if r not in share]
    wording = ((_STRONG, "all maps that speak of it"), (_MIDDLE, "half of them or more"), (_WEAK, "fewer than half"))
    legend = [(number, text) for number, text in wording if number in style.values()] + [(None, "none of them")]
    rows = []
    for region in sorted(style, key=lambda r: (-share[r], -counts[r][1])):
        giving = [m for m in filled_maps(kb) if root in _says(kb).get((m, region), {}) and _says(kb)[m, region][root].share != "none"]
        others = [m for m in filled_maps(kb) if (m, region) in _says(kb) and m not in giving]
        titles = kb.dermatome_maps["title"]
        text = f"Yes: {'; '.join(titles[giving])}."
        if others:
            text += " No: " + "; ".join(f"{titles[m]} ({map_words(kb, m, region)})" for m in others) + "."
        sources = list(dict.fromkeys(s for m in giving for s in as_split(_says(kb)[m, region][root].source_ids)))
        rows.append({"region_id": region, "head": f"{counts[region][0]} of {counts[region][1]} maps", "text": text, "basis": "", "sources": sources})
    return _display(
        style | dict.fromkeys(silent, SILENT),
        legend + ([(SILENT, "no map says")] if silent else []),
        [r for r in style if style[r] != _WEAK],
        (),
        silent,
        rows,
        badges={r: f"{n}/{m}" for r, (n, m) in counts.items() if m and n},
        title=f"{root_name(root)}: how far the maps agree",
        question=f"Which skin do at least half of the maps give to {root_name(root)}?",
        note="n/m on the drawings: n of the m maps that speak of the region give it to this root.",
    )


def _colored_as(kb: KnowledgeBase) -> dict[str, str]:
    """Node -> the nerve that names it in a picture of all nerves. A group whose members leave different nerves, such as the
    plantar digital nerves, is shown as those nerves.
    """
    main = kb.edges.sort_values("share_probability").groupby("child_id")["parent_id"].last()
    own = kb.nodes["nerve"]
    from_outside = {n: own[main[n]] for n in kb.nodes.index if n in main.index and own[main[n]] != own[n]}
    origins = {}
    for node, parent in from_outside.items():
        origins.setdefault(own[node], set()).add(parent)
    return {n: from_outside[n] if len(origins.get(own[n], ())) > 1 and n in from_outside else own[n] for n in kb.nodes.index}


def _all_display(kb: KnowledgeBase) -> dict:
    """Every region in the style of its main nerve; stripes where two nerves are equally likely."""
    paint, rows, shared, order = {}, [], [], {}
    named = kb.skin[kb.skin["share"] == "main"].assign(nerve=lambda t: t["node_id"].map(_colored_as(kb)))
    for nerve in nerves(kb)["skin"]:
        if nerve in set(named["nerve"]):
            order[nerve] = SEVERAL[len(order) % len(SEVERAL)]
    for region in kb.regions.index:
        mains = named[named["region_id"] == region].sort_values("probability", ascending=False)
        found = list(dict.fromkeys(mains["nerve"]))
        if not found:
            continue
        if len(found) > 1:
            shared.append(region)
            text = "Shared by: " + "; ".join(f"{spoken(m.nerve)}{' (' + m.note.rstrip('.') + ')' if m.note else ''}" for m in mains.itertuples()) + "."
            rows.append(
                {"region_id": region, "head": "two nerves", "text": text, "basis": mains["basis"].iloc[0], "sources": as_split(";".join(mains["source_ids"]))}
            )
        paint[region] = order[found[0]] if len(found) == 1 else [order[n] for n in found[:2]]
    return _display(
        paint,
        [(style, spoken(nerve)) for nerve, style in order.items()],
        shared,
        rows=rows,
        title="All nerves of the skin",
        question="Before you see the nerves: which regions do you expect two nerves to share about equally?",
        note="Stripes: two nerves share the region.",
    )


def display(kb: KnowledgeBase, target: str | None, dermatome_map: str | None) -> dict:
    """What is shown for a nerve, a root by one map, a root by all maps, or (None) all nerves."""
    if target is None:
        return _all_display(kb)
    if target.startswith("root_"):
        return _map_display(kb, target, dermatome_map) if dermatome_map else _agreement_display(kb, target)
    return _nerve_display(kb, target)


@functools.lru_cache(maxsize=4)
def facts(kb: KnowledgeBase) -> dict[str, dict]:
    """For the card: the `nerves` of every region, the likeliest first, and the roots each map gives it (`maps`)."""
    found = {}
    for region in kb.regions.index:
        rows = kb.skin[kb.skin["region_id"] == region].sort_values("probability", ascending=False)
        supply = [{"name": kb.nodes.loc[r.node_id, "name"], "share": r.share, "basis": r.basis, "note": r.note or ""} for r in rows.itertuples()]
        found[region] = {"nerves": supply, "maps": {m: map_words(kb, m, region) for m in filled_maps(kb)}}
    return found


@functools.lru_cache(maxsize=4)
def displays(kb: KnowledgeBase) -> dict[str, dict]:
    """Every choice, by "target map", so that the browser paints without asking."""
    keys = [(None, None), *((n, None) for n in all_nerves(kb)), *((r, m) for r in mapped_roots(kb) for m in (None, *filled_maps(kb)))]
    return {f"{target or ''} {dermatome_map or ''}": display(kb, target, dermatome_map) for target, dermatome_map in keys}


def marks(shown: dict, selected, drawn) -> dict[str, str]:
    """hit, missed, extra, "in some people" or "not said" for every region that matters after a prediction; only what is
    `drawn` can be missed.
    """
    words = dict.fromkeys(shown["silent"], "not said") | dict.fromkeys(shown["rare"], "in some people")
    words |= dict.fromkeys([*shown["expected"], *shown["allowed"]], "hit")
    found = {r: words.get(r, "extra") for r in selected}
    return found | {r: "missed" for r in shown["expected"] if r not in found and r in drawn}
