"""Where nerves and roots reach the skin: what is painted for a nerve, a root by one map or by all, or all nerves, and why."""

import functools

import pandas as pd

from heelkit.anatomy import node_losses
from heelkit.bodymap import SCALE, SEVERAL, SILENT
from heelkit.explore.root_maps import agreement, filled_maps, map_notes, map_words, mapped_roots, root_name, says
from heelkit.language import ENGLISH, FALLBACK, Speech, speech
from heelkit.localization import as_split
from heelkit.tables import KnowledgeBase

_STRONG, _MIDDLE, _WEAK = SCALE
LEVELS = {"main": _STRONG, "minor": _MIDDLE, "variable": _WEAK}


def spoken(identifier: str, say: Speech | None = None) -> str:
    """The id of a nerve or root as words: `medial_plantar_nerve` as "Medial plantar nerve", `root_s1` as "S1 root"; in the language of `say`."""
    if identifier.startswith("root_"):
        return say("root_name", root=root_name(identifier)) if say else f"{root_name(identifier)} root"
    words = identifier.replace("_", " ")
    words = words[0].upper() + words[1:]
    return speech(say.kb, "nerves", say.language).get(identifier, words) if say and say.language != ENGLISH else words


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


@functools.lru_cache(maxsize=8)
def _territories(say: Speech) -> dict[str, dict]:
    """For every nerve its regions with level (main, minor, variable) and the rows of `skin` that say so, branches included."""
    kb, found, names = say.kb, {}, say.column("nodes", "name")
    skin = kb.skin.assign(note=say.column("skin", "note"))
    for nerve in all_nerves(kb):
        lost = _losses(kb, nerve)
        regions = found.setdefault(nerve, {})
        for row in skin[skin["node_id"].isin(lost)].sort_values("probability", ascending=False).itertuples():
            level = _level(row.share, lost[row.node_id], row.probability)
            if level is None:
                continue
            entry = regions.setdefault(row.region_id, {"level": level, "rows": []})
            entry["level"] = min(entry["level"], level, key=list(LEVELS).index)
            through = "" if kb.nodes.loc[row.node_id, "nerve"] == nerve else say("comes_through", name=_inside(names[row.node_id]))
            text = " ".join([row.note or "", through]) if through else row.note or ""
            entry["rows"].append({"text": text, "head": say(f"share_{level}"), "basis": row.basis, "sources": as_split(row.source_ids)})
    return found


def _inside(name: str) -> str:
    """A name inside a sentence."""
    return name if name.startswith(FALLBACK) else name[0].lower() + name[1:]


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


def _nerve_display(say: Speech, nerve: str) -> dict:
    kb, regions = say.kb, _territories(say)[nerve]
    level = {r: regions[r]["level"] for r in kb.regions.index if r in regions}
    rows = [{"region_id": r, **row} for want in LEVELS for r in level if level[r] == want for row in regions[r]["rows"]]
    legend = [(style, say(f"legend_{level}")) for level, style in LEVELS.items()]
    present = [entry for entry, name in zip(legend, LEVELS, strict=True) if name in level.values()]
    expected = [r for r in level if level[r] == "main"]
    name = spoken(nerve, say)
    return _display(
        {r: LEVELS[level[r]] for r in level},
        [*present, (None, say("other_nerves"))],
        expected,
        [r for r in level if level[r] == "minor"],
        rows=rows,
        rare=[r for r in level if level[r] == "variable"],
        title=name,
        question=say("ask_nerve", name=_inside(name)),
        note="" if expected else say("no_main_region"),
    )


def _map_display(say: Speech, root: str, map_id: str) -> dict:
    kb, styles, notes = say.kb, {"main": _STRONG, "part": _MIDDLE, "overlap": _WEAK}, map_notes(say)
    paint, rows, silent, about = {}, [], [], kb.dermatome_maps.loc[map_id]
    for region in kb.regions.index:
        said = says(kb).get((map_id, region))
        if said is None:
            silent.append(region)
        elif root in said and said[root].share != "none":
            row = said[root]
            paint[region] = styles[row.share]
            head = say(f"head_{row.reading}", share=say(f"root_{row.share}"))
            rows.append({"region_id": region, "head": head, "text": notes[map_id, region, root], "basis": row.basis, "sources": as_split(row.source_ids)})
    legend = [(styles[s], say(f"root_{s}")) for s in styles if styles[s] in paint.values()]
    expected = [r for r in paint if paint[r] != _WEAK]
    told = {field: say.of("dermatome_maps", field, map_id) for field in ("title", "method", "strengths", "limits")}
    counted = "" if pd.isna(about["n"]) else f" (n = {about['n']})"
    method = "; ".join(part.rstrip(".") for part in (f"{told['method']}{counted}", told["strengths"], told["limits"]) if part)
    year = "" if pd.isna(about["year"]) else f", {about['year']}"
    return _display(
        paint | dict.fromkeys(silent, SILENT),
        [*legend, (None, say("root_none")), (SILENT, say("map_silent"))],
        expected,
        [r for r in paint if r not in expected],
        silent,
        rows,
        title=say("by_map", root=root_name(root), map=told["title"]) + year,
        question=say("ask_map", root=root_name(root), map=told["title"]),
        note=say("how_made", method=method),
    )


def _agreement_display(say: Speech, root: str) -> dict:
    kb, titles = say.kb, say.column("dermatome_maps", "title")
    counts = {r: agreement(kb, r, root) for r in kb.regions.index}
    share = {r: n / m for r, (n, m) in counts.items() if m}
    style = {r: _STRONG if s == 1 else _MIDDLE if s >= 0.5 else _WEAK for r, s in share.items() if s > 0}
    silent = [r for r in counts if r not in share]
    wording = ((_STRONG, say("all_of_them")), (_MIDDLE, say("half_of_them")), (_WEAK, say("fewer")))
    legend = [(number, text) for number, text in wording if number in style.values()] + [(None, say("none_of_them"))]
    rows = []
    for region in sorted(style, key=lambda r: (-share[r], -counts[r][1])):
        giving = [m for m in filled_maps(kb) if root in says(kb).get((m, region), {}) and says(kb)[m, region][root].share != "none"]
        others = [m for m in filled_maps(kb) if (m, region) in says(kb) and m not in giving]
        text = say("yes_maps", maps="; ".join(titles[giving]))
        if others:
            text += " " + say("no_maps", maps="; ".join(f"{titles[m]} ({map_words(say, m, region)})" for m in others))
        sources = list(dict.fromkeys(s for m in giving for s in as_split(says(kb)[m, region][root].source_ids)))
        rows.append({"region_id": region, "head": say("n_of_m", n=counts[region][0], m=counts[region][1]), "text": text, "basis": "", "sources": sources})
    return _display(
        style | dict.fromkeys(silent, SILENT),
        legend + ([(SILENT, say("no_map_says"))] if silent else []),
        [r for r in style if style[r] != _WEAK],
        (),
        silent,
        rows,
        badges={r: f"{n}/{m}" for r, (n, m) in counts.items() if m and n},
        title=say("how_far", root=root_name(root)),
        question=say("ask_agreement", root=root_name(root)),
        note=say("n_m_note"),
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


def _all_display(say: Speech) -> dict:
    """Every region in the style of its main nerve; stripes where two nerves are equally likely."""
    kb = say.kb
    paint, rows, shared, order = {}, [], [], {}
    table = kb.skin.assign(note=say.column("skin", "note"))
    named = table[table["share"] == "main"].assign(nerve=lambda t: t["node_id"].map(_colored_as(kb)))
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
            each = [f"{spoken(m.nerve, say)}{' (' + m.note.rstrip('.') + ')' if m.note else ''}" for m in mains.itertuples()]
            about = {"head": say("two_nerves"), "text": say("shared_by", nerves="; ".join(each)), "basis": mains["basis"].iloc[0]}
            rows.append({"region_id": region, **about, "sources": as_split(";".join(mains["source_ids"]))})
        paint[region] = order[found[0]] if len(found) == 1 else [order[n] for n in found[:2]]
    return _display(
        paint,
        [(style, spoken(nerve, say)) for nerve, style in order.items()],
        shared,
        rows=rows,
        title=say("all_nerves"),
        question=say("ask_all"),
        note=say("stripes"),
    )


def display(kb: KnowledgeBase, target: str | None, dermatome_map: str | None, language: str = ENGLISH) -> dict:
    """What is shown for a nerve, a root by one map, a root by all maps, or (None) all nerves."""
    say = speech(kb, "skin", language)
    if target is None:
        return _all_display(say)
    if target.startswith("root_"):
        return _map_display(say, target, dermatome_map) if dermatome_map else _agreement_display(say, target)
    return _nerve_display(say, target)


@functools.lru_cache(maxsize=8)
def facts(say: Speech) -> dict[str, dict]:
    """For the card: the `nerves` of every region, the likeliest first, and the roots each map gives it (`maps`)."""
    kb, found, names = say.kb, {}, say.column("nodes", "name")
    table = kb.skin.assign(note=say.column("skin", "note"))
    for region in kb.regions.index:
        rows = table[table["region_id"] == region].sort_values("probability", ascending=False)
        supply = [{"name": names[r.node_id], "share": say(f"share_{r.share}"), "basis": r.basis, "note": r.note or ""} for r in rows.itertuples()]
        found[region] = {"nerves": supply, "maps": {m: map_words(say, m, region) for m in filled_maps(kb)}}
    return found


@functools.lru_cache(maxsize=8)
def displays(kb: KnowledgeBase, language: str = ENGLISH) -> dict[str, dict]:
    """Every choice, by "target map", so that the browser paints without asking."""
    keys = [(None, None), *((n, None) for n in all_nerves(kb)), *((r, m) for r in mapped_roots(kb) for m in (None, *filled_maps(kb)))]
    return {f"{target or ''} {dermatome_map or ''}": display(kb, target, dermatome_map, language) for target, dermatome_map in keys}


def marks(shown: dict, selected, drawn) -> dict[str, str]:
    """hit, missed, extra, "in some people" or "not said" for every region that matters after a prediction; only what is
    `drawn` can be missed.
    """
    words = dict.fromkeys(shown["silent"], "not said") | dict.fromkeys(shown["rare"], "in some people")
    words |= dict.fromkeys([*shown["expected"], *shown["allowed"]], "hit")
    found = {r: words.get(r, "extra") for r in selected}
    return found | {r: "missed" for r in shown["expected"] if r not in found and r in drawn}
