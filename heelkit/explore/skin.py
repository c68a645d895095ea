"""The skin explorer: where a nerve or a root reaches the skin, how far the maps agree, and what the student expected."""

import functools
import html

import anywidget
import pandas as pd
import traitlets

from heelkit.anatomy import node_losses
from heelkit.bodymap import FOOT, SCALE, SEVERAL, SILENT, STYLES, VIEWS, best_views, drawings, image, sheet, svg
from heelkit.citations import citation
from heelkit.explore.assets import script, style
from heelkit.tables import KnowledgeBase, load, unknown

_STRONG, _MIDDLE, _WEAK = SCALE
SHARES = {"main": "main root", "part": "part of the region", "overlap": "overlap from a neighbor", "none": "another root"}
LEVELS = {"main": _STRONG, "minor": _MIDDLE, "variable": _WEAK}
STATE = ("target", "dermatome_map", "compare", "side", "views", "selected", "revealed")


def _spoken(identifier: str) -> str:
    """An id as words: `medial_plantar_nerve` as "Medial plantar nerve", `root_s1` as "S1 root"."""
    if identifier.startswith("root_"):
        return identifier.removeprefix("root_").upper() + " root"
    words = identifier.replace("_", " ")
    return words[0].upper() + words[1:]


def _root(root_id: str) -> str:
    return root_id.removeprefix("root_").upper()


def _ids(text) -> list[str]:
    return [] if pd.isna(text) else [s for s in str(text).split(";") if s]


@functools.lru_cache(maxsize=4)
def nerves(kb: KnowledgeBase) -> dict[str, list[str]]:
    """Every nerve with skin, by whether it has skin of its own ("skin") or only through its branches ("trunk").

    >>> "medial_plantar_nerve" in nerves(load())["skin"], "tibial_nerve" in nerves(load())["trunk"]
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


def _all_nerves(kb: KnowledgeBase) -> list[str]:
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
    for nerve in _all_nerves(kb):
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
            entry["rows"].append({"text": (row.note or "") + through, "head": level, "basis": row.basis, "sources": _ids(row.source_ids)})
    return found


@functools.lru_cache(maxsize=4)
def _says(kb: KnowledgeBase) -> dict[tuple[str, str], dict]:
    """What each map says of each region: (map, region) -> {root: row}. A map that does not speak of a region has no entry."""
    said = {}
    for row in kb.dermatomes.itertuples():
        said.setdefault((row.map_id, row.region_id), {})[row.root_id] = row
    return said


def _filled(kb: KnowledgeBase) -> list[str]:
    maps = kb.dermatome_maps.loc[sorted(kb.dermatomes["map_id"].unique())]
    return maps.sort_values(["year", "title"], na_position="last").index.tolist()


def _roots_named(kb: KnowledgeBase) -> list[str]:
    return [r for r in kb.nodes[kb.nodes["kind"] == "root"].sort_values("display_order").index if r in set(kb.dermatomes["root_id"])]


def _agreement(kb: KnowledgeBase, region: str, root: str) -> tuple[int, int]:
    """How many maps give the region to the root, of how many that speak of it."""
    said = [roots for (_, r), roots in _says(kb).items() if r == region]
    return sum(root in roots and roots[root].share != "none" for roots in said), len(said)


def _one_map_text(kb: KnowledgeBase, map_id: str, region: str) -> str:
    """The roots one map gives a region: "L5 main, S1 part", or "does not say"."""
    roots = _says(kb).get((map_id, region))
    if roots is None:
        return "does not say"
    named = sorted((row.share, root) for root, row in roots.items() if row.share != "none")
    words = {"main": "", "part": " (part)", "overlap": " (overlap)"}
    return ", ".join(_root(root) + words[share] for share, root in sorted(named, key=lambda n: (list(SHARES).index(n[0]), n[1]))) or "none of these roots"


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
    name = _spoken(nerve)
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
            rows.append({"region_id": region, "head": head, "text": row.note or "", "basis": row.basis, "sources": _ids(row.source_ids)})
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
        title=f"{_root(root)} by {about['title']}" + ("" if pd.isna(about["year"]) else f", {about['year']}"),
        question=f"Which skin does the {_root(root)} root reach, by “{about['title']}”?",
        note=f"How this map was made: {method}.",
    )


def _agreement_display(kb: KnowledgeBase, root: str) -> dict:
    counts = {r: _agreement(kb, r, root) for r in kb.regions.index}
    share = {r: n / m for r, (n, m) in counts.items() if m}
    style = {r: _STRONG if s == 1 else _MIDDLE if s >= 0.5 else _WEAK for r, s in share.items() if s > 0}
    silent = [r for r in counts if r not in share]
    wording = ((_STRONG, "all maps that speak of it"), (_MIDDLE, "half of them or more"), (_WEAK, "fewer than half"))
    legend = [(number, text) for number, text in wording if number in style.values()] + [(None, "none of them")]
    rows = []
    for region in sorted(style, key=lambda r: (-share[r], -counts[r][1])):
        giving = [m for m in _filled(kb) if root in _says(kb).get((m, region), {}) and _says(kb)[m, region][root].share != "none"]
        others = [m for m in _filled(kb) if (m, region) in _says(kb) and m not in giving]
        titles = kb.dermatome_maps["title"]
        text = (
            "Yes: "
            + "; ".join(titles[giving])
            + "."
            + (" No: " + "; ".join(f"{titles[m]} ({_one_map_text(kb, m, region)})" for m in others) + "." if others else "")
        )
        sources = list(dict.fromkeys(s for m in giving for s in _ids(_says(kb)[m, region][root].source_ids)))
        rows.append({"region_id": region, "head": f"{counts[region][0]} of {counts[region][1]} maps", "text": text, "basis": "", "sources": sources})
    return _display(
        style | dict.fromkeys(silent, SILENT),
        legend + ([(SILENT, "no map says")] if silent else []),
        [r for r in style if style[r] != _WEAK],
        (),
        silent,
        rows,
        badges={r: f"{n}/{m}" for r, (n, m) in counts.items() if m and n},
        title=f"{_root(root)}: how far the maps agree",
        question=f"Which skin do at least half of the maps give to {_root(root)}?",
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
            text = "Shared by: " + "; ".join(f"{_spoken(m.nerve)}{' (' + m.note.rstrip('.') + ')' if m.note else ''}" for m in mains.itertuples()) + "."
            rows.append(
                {"region_id": region, "head": "two nerves", "text": text, "basis": mains["basis"].iloc[0], "sources": _ids(";".join(mains["source_ids"]))}
            )
        paint[region] = order[found[0]] if len(found) == 1 else [order[n] for n in found[:2]]
    return _display(
        paint,
        [(style, _spoken(nerve)) for nerve, style in order.items()],
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
def _displays(kb: KnowledgeBase) -> dict[str, dict]:
    """Every choice, by "target map", so that the browser paints without asking."""
    keys = [(None, None), *((n, None) for n in _all_nerves(kb)), *((r, m) for r in _roots_named(kb) for m in (None, *_filled(kb)))]
    return {f"{target or ''} {dermatome_map or ''}": display(kb, target, dermatome_map) for target, dermatome_map in keys}


@functools.lru_cache(maxsize=4)
def _catalog(kb: KnowledgeBase) -> dict:
    """What the browser needs to know once."""
    regions = {}
    for region, about in kb.regions.iterrows():
        supply = [
            {"name": kb.nodes.loc[r.node_id, "name"], "share": r.share, "basis": r.basis, "note": r.note or ""}
            for r in kb.skin[kb.skin["region_id"] == region].sort_values("probability", ascending=False).itertuples()
        ]
        maps = {m: _one_map_text(kb, m, region) for m in _filled(kb)}
        regions[region] = {"label": about["label"], "plain": about["plain_label"], "test": about["test_point"] or "", "nerves": supply, "maps": maps}
    maps = kb.dermatome_maps.loc[_filled(kb)]
    groups = nerves(kb)
    displays = _displays(kb)
    cited = sorted({s for d in displays.values() for row in d["rows"] for s in row["sources"]})
    return {
        "regions": regions,
        "maps": [{"id": m.Index, "title": m.title, "year": "" if pd.isna(m.year) else int(m.year)} for m in maps.itertuples()],
        "roots": [{"id": r, "label": _spoken(r)} for r in _roots_named(kb)],
        "nerves": [
            {"label": label, "nerves": [{"id": n, "label": _spoken(n)} for n in groups[key]]}
            for key, label in (("skin", "Nerves of the skin"), ("trunk", "Larger nerves, with all their branches"))
        ],
        "displays": displays,
        "sources": {s: citation(s, kb) for s in cited},
        "views": [{"id": v, "label": VIEWS.get(v, v), "regions": list(drawings(kb)[v]["regions"])} for v in drawings(kb)],
        "styles": [list(style) for style in STYLES],
    }


@functools.lru_cache(maxsize=4)
def _svgs(kb: KnowledgeBase) -> list[str]:
    return [svg(view, live=True, kb=kb) for view in drawings(kb)]


def marks(shown: dict, selected, drawn) -> dict[str, str]:
    """hit, missed, extra, "in some people" or "not said" for every region that matters after a prediction; only what is
    `drawn` can be missed.
    """
    words = dict.fromkeys(shown["silent"], "not said") | dict.fromkeys(shown["rare"], "in some people")
    words |= dict.fromkeys([*shown["expected"], *shown["allowed"]], "hit")
    found = {r: words.get(r, "extra") for r in selected}
    return found | {r: "missed" for r in shown["expected"] if r not in found and r in drawn}


class SkinExplorer(anywidget.AnyWidget):
    """The widget behind `heelkit.explore.skin`.

    `.state` is a dict with `target` (a nerve, a root, or None for all nerves), `dermatome_map` and `compare` (for roots),
    `side`, `views`, `selected` (the predicted regions) and `revealed`; assign to it to set several at once. `.result` has a
    row per predicted region (or, without a prediction, per painted one).
    """

    _esm = script("bodymap.js", "explore/skin.js")
    _css = style("skin", "bodymap.css")
    catalog = traitlets.Dict().tag(sync=True)
    svgs = traitlets.List().tag(sync=True)
    target = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    dermatome_map = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    compare = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    side = traitlets.Unicode("right").tag(sync=True)
    views = traitlets.List(traitlets.Unicode()).tag(sync=True)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)
    confirmed = traitlets.Dict().tag(sync=True)  # the state Python has answered for

    def __init__(self, kb: KnowledgeBase, state: dict):
        self._kb = kb
        checked = self._checked(state, {"target": None, "dermatome_map": None, "compare": None})
        super().__init__(catalog=_catalog(kb), svgs=_svgs(kb), confirmed=checked, **checked)
        self.observe(lambda _: self._confirm(), list(STATE))

    def _checked(self, new: dict, now: dict) -> dict:
        """The traits for a state. Raises ValueError, before anything changes, when a part of it is not valid."""
        kb = self._kb
        if strangers := [k for k in new if k not in STATE]:
            raise unknown("part of the state", strangers, STATE)
        state = now | new
        roots, nerve_ids = _roots_named(kb), _all_nerves(kb)
        if state["target"] is not None and state["target"] not in [*roots, *nerve_ids]:
            raise unknown("nerve or root", [state["target"]], [*roots, *nerve_ids])
        for key in ("dermatome_map", "compare"):
            if state[key] is not None and state[key] not in _filled(kb):
                raise unknown("dermatome map", [state[key]], _filled(kb))
        if state["dermatome_map"] and state["target"] not in roots:
            shown = "all nerves" if state["target"] is None else f"'{state['target']}'"
            raise ValueError(f"A dermatome map speaks of roots, not of {shown}: choose a root as target, such as 'root_s1', or leave dermatome_map out.")
        if state["compare"] and (not state["dermatome_map"] or state["compare"] == state["dermatome_map"]):
            raise ValueError("To compare, give two different maps: dermatome_map and compare.")
        if "side" in new and new["side"] not in ("right", "left"):
            raise unknown("side", [new["side"]], ("right", "left"))
        for key, what, valid in (("views", "view", drawings(kb)), ("selected", "skin region", kb.regions.index)):
            if key in new:
                new[key] = [new[key]] if isinstance(new[key], str) else list(dict.fromkeys(new[key]))
                if strangers := [v for v in new[key] if v not in valid]:
                    raise unknown(what, strangers, valid)
        if "views" in new and not new["views"]:
            raise ValueError(f"No view to draw; choose from {', '.join(drawings(kb))}.")
        if "revealed" in new and not isinstance(new["revealed"], bool):
            raise ValueError(f"revealed must be True or False, not {new['revealed']!r}.")
        return new

    @property
    def state(self) -> dict:
        """What the student has set."""
        return {name: list(value) if isinstance(value := getattr(self, name), list) else value for name in STATE}

    @state.setter
    def state(self, state: dict):
        traits = self._checked(dict(state), self.state)
        with self.hold_trait_notifications():
            for name, value in traits.items():
                setattr(self, name, value)

    def _confirm(self):
        self.confirmed = self.state

    def _shown(self, dermatome_map=None) -> dict:
        return display(self._kb, self.target, dermatome_map or self.dermatome_map)

    @property
    def result(self) -> pd.DataFrame:
        """A row per predicted region, and per missed one once revealed; without a prediction, a row per painted region of the
        chosen drawings.

        Columns: `region_id`, `label`, `nerves`, `roots` ("S1 6/6": six of the six maps that speak of it), `status` (hit,
        missed, extra, "in some people", "not said" where the map is silent, "predicted" before the answer), and `status_compare` for a second map.
        """
        shown, drawn = self._shown(), {r for view in self.views for r in drawings(self._kb)[view]["regions"]}
        marked = marks(shown, self.selected, drawn)
        other = marks(self._shown(self.compare), self.selected, drawn) if self.compare else {}
        if not self.selected:
            painted = {r for d in (shown, self._shown(self.compare)) for r in d["paint"] if r not in d["silent"]}
            regions = [r for r in self._kb.regions.index if r in painted & drawn]
        else:
            regions = list(dict.fromkeys([*self.selected, *(marked if self.revealed else ()), *(other if self.revealed else ())]))
        rows = [
            {
                "region_id": r,
                "label": self._kb.regions.loc[r, "label"],
                "nerves": "; ".join(f"{n['name']} ({n['share']})" for n in _catalog(self._kb)["regions"][r]["nerves"]),
                "roots": self._roots(r),
                "status": self._status(r, marked),
                "status_compare": self._status(r, other),
            }
            for r in regions
        ]
        columns = ["region_id", "label", "nerves", "roots", "status"] + (["status_compare"] if self.compare else [])
        return pd.DataFrame(rows, columns=columns)

    def _status(self, region: str, marked: dict) -> str:
        if not self.selected:
            return ""
        return marked.get(region, "") if self.revealed else "predicted"

    def _roots(self, region: str) -> str:
        counts = [(root, *_agreement(self._kb, region, root)) for root in _roots_named(self._kb)]
        return "; ".join(f"{_root(root)} {n}/{m}" for root, n, m in sorted(counts, key=lambda c: -c[1]) if n)

    def __repr__(self):
        shown = {k: v for k, v in self.state.items() if v not in (None, [], False)}
        return f"SkinExplorer({', '.join(f'{k}={v!r}' for k, v in shown.items())})"

    def _repr_mimebundle_(self, **kwargs):
        found = super()._repr_mimebundle_(**kwargs)
        data = found[0] if isinstance(found, tuple) else found
        data["text/plain"] = repr(self)
        data["text/html"] = self._picture()  # what a code-hosting page shows, where no widget can live
        return found

    def _picture(self) -> str:
        """The drawings as an image, without style and script, because code-hosting pages remove both."""
        shown = self._shown()
        painted = [r for r in shown["paint"] if r not in shown["silent"]]
        feet = [v for v in self.views if v in FOOT and set(drawings(self._kb)[v]["regions"]) & set(painted)]
        views = best_views(painted, feet or self.views, kb=self._kb)
        question = html.escape(shown["question"])
        if not self.revealed:
            plain = sheet(views, pressed=self.selected, side=self.side, kb=self._kb)
            return f"<p><b>Predict first.</b> {question}</p>{image(plain, 'Drawings: ' + ', '.join(VIEWS.get(v, v) for v in views))}"
        visible = {str(s) for v in views for r, s in shown["paint"].items() if r in drawings(self._kb)[v]["regions"]}
        visible |= {str(n) for s in shown["paint"].values() if isinstance(s, list) for n in s}
        entries = [(s, text) for s, text in shown["legend"] if s is None or str(s) in visible]
        picture = sheet(views, shown["paint"], entries, self.selected, self.side, self._kb)
        return f"<p><b>{html.escape(shown['title'])}</b></p>{image(picture, shown['title'])}"


def skin(
    target=None,
    dermatome_map=None,
    compare=None,
    side="right",
    views=FOOT,
    selected=(),
    revealed=False,
    kb: KnowledgeBase | None = None,
) -> SkinExplorer:
    """A live map of the skin.

    Parameters: `target` is a nerve ("medial_plantar_nerve"), a root ("root_s1"), or None for all nerves at once. For a root,
    `dermatome_map` chooses one published map and `compare` a second one beside it; without a map the picture shows how many
    of the maps that speak of a region give it to the root. `views` are the drawings, `selected` the regions a student
    predicts, `revealed` whether the answer is open.

    Returns a widget with `.state` (dict) and `.result` (DataFrame). Raises ValueError for an unknown nerve, root, map, view or
    region, and for a map without a root.

    >>> explorer = skin("root_s1", selected=["heel_plantar", "leg_medial"], revealed=True)
    >>> explorer.result.set_index("region_id").loc[["heel_plantar", "leg_medial", "heel_lateral"], "status"].tolist()
    ['hit', 'extra', 'missed']
    """
    state = {"target": target, "dermatome_map": dermatome_map, "compare": compare, "side": side, "views": views, "selected": selected, "revealed": revealed}
    return SkinExplorer(kb or load(), state)
