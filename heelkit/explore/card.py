"""The condition card: name look-alikes first, then see one condition on one page."""

import functools
import html

import pandas as pd
import traitlets

from heelkit.bodymap import best_views, drawings, image
from heelkit.cards import Card, Finding, plain_card, rests_on_weak, where_text
from heelkit.citations import citation
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.minimap import minimap, swatch
from heelkit.explore.widget import NerveExplorer, check_known, html_table
from heelkit.language import FALLBACK, Speech, check_language, speech
from heelkit.lookalikes import TELLING
from heelkit.reasons import provenance
from heelkit.tables import KnowledgeBase, load, unknown

VIEWS = 3  # drawings on the card; the picture for code-hosting pages has one, because it must stay small
FROM_THE_SOLE = ("plantar", "medial", "lateral", "posterior", "leg_back", "leg_front", "dorsal", "saddle")  # of two that show the same, the first
FROM_THE_LEG = ("leg_back", "leg_front", "saddle", "medial", "lateral", "plantar", "posterior", "dorsal")
ABOVE_THE_FOOT = ("leg_", "thigh_", "buttock", "perineum_")
KINDS = ("pain", "numb", "both")
MANY = 100  # ratios beyond this are said as "over 100": no finding is that good


def _ratio(value: float, say: dict) -> str:
    """A likelihood ratio as it is read out."""
    if pd.isna(value):
        return say["not_known"]
    return say["over"].format(n=MANY) if value > MANY else f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.95 else f"{value:.2f}"


def _findings(found: list[Finding], card: Card, text: Speech) -> list[dict]:
    say = text.words
    rows = []
    for r in found:
        often = say[f"frequency_{r.word}"] if r.word else r.frequency
        if often.startswith("about "):
            often = say["about"].format(percent=often.removeprefix("about "))
        elif " to " in often:
            low, high = often.removesuffix("%").split(" to ")
            often = say["to"].format(low=low, high=high)
        row = {"id": r.finding_id, "label": text.of("findings", "label", r.finding_id), "state": r.state, "often": often, "capped": r.capped}
        row |= {"ratio": _ratio(r.likelihood_ratio, say), "basis": r.basis, "basis_word": say[f"basis_{r.basis}"]}
        row["why"] = provenance(card.condition_id, r.finding_id, r.state, text.kb, text.language)[2]
        rows.append(row | {"weak": rests_on_weak(r.source_ids, text.kb), "sources": r.source_ids or ""})
    return rows


def _tests(card: Card, text: Speech) -> dict:
    say, rows = text.words, []
    for r in card.tests:
        cells = {}
        for name, printed, used in (("positive", r.lr_positive, r.used_present), ("negative", r.lr_negative, r.used_absent)):
            cells[name] = _ratio(printed, say)
            if not (pd.isna(printed) or pd.isna(used)) and _ratio(used, say) != cells[name]:
                cells[name] += f" ({_ratio(used, say)})"
        for name, value in (("sensitivity", r.sensitivity), ("specificity", r.specificity)):
            cells[name] = say["not_known"] if pd.isna(value) else f"{value:.0%}"
        row = {"id": r.Index, "finding_id": r.finding_id, "label": text.of("findings", "label", r.finding_id), "counted": r.use == "default", **cells}
        why = text.of("test_accuracy", "quality_reason", r.Index)
        row |= {"quality": say[f"quality_{r.quality}"], "why": why, "how": text.of("test_accuracy", "how_done", r.Index)}
        rows.append(row | {"weak": rests_on_weak(r.source_ids, text.kb), "sources": r.source_ids or ""})
    note = "" if not card.tests_note else say["tests_none" if not card.tests else "tests_no_number"]
    return {"tests": rows, "tests_note": note}


def _separator(card: Card, r, prefix: str, text: Speech) -> str:
    """The separating finding in words, with its direction; empty without one."""
    finding, winner = getattr(r, f"{prefix}finding_id"), getattr(r, f"{prefix}speaks_for")
    if not finding:
        return ""
    names = {card.condition_id: text.words["this"], r.condition_id: text.of("conditions", "name", r.condition_id)}
    loser = r.condition_id if winner == card.condition_id else card.condition_id
    parts = []
    for phrase, side, ratio in (("present_for", winner, getattr(r, f"{prefix}ratio_present")), ("absent_for", loser, getattr(r, f"{prefix}ratio_absent"))):
        if ratio >= TELLING:
            phrase = f"then_{phrase}" if parts else phrase
            parts.append(text.words[phrase].format(winner=names[side], ratio=_ratio(ratio, text.words)))
    return f"{text.of('findings', 'label', finding)}: {'; '.join(parts)}."


def _look_alikes(card: Card, text: Speech) -> list[dict]:
    rows = []
    for r in card.look_alikes:
        found, test = _separator(card, r, "", text), _separator(card, r, "test_", text)
        row = {"id": r.condition_id, "name": text.of("conditions", "name", r.condition_id), "red_flag": r.red_flag}
        rows.append(row | {"separator": found or text.words["nothing_separates"], "test": test})
    return rows


def _red_flags(card: Card, text: Speech) -> list[dict]:
    rows = []
    for r in card.red_flags:
        told = {field: text.of("red_flags", field, r.red_flag_id) for field in ("name", "action", "time_frame")}
        first = text.kb.red_flags.at[r.red_flag_id, "suspected_condition_ids"].split(";")[0] == card.condition_id
        rows.append({"id": r.red_flag_id, "level": r.level, "own": first, "basis": r.basis, "sources": r.source_ids or "", **told})
    return rows


def _views(card: Card, most: int, kb: KnowledgeBase) -> list[str]:
    """The drawings that show where it is."""
    where = [r.region_id for r in card.regions]
    order = FROM_THE_LEG if all(r.startswith(ABOVE_THE_FOOT) for r in where) else FROM_THE_SOLE
    return best_views(where, order, most, kb) if where else []


@functools.lru_cache(maxsize=8)
def _pictures(kb: KnowledgeBase, language: str) -> dict[str, dict]:
    """What the page draws its maps with: every drawing with all of its regions, and the signs of the legend."""
    maps = {view: minimap(view, drawing["regions"], kb=kb, language=language) for view, drawing in drawings(kb).items()}
    return {"maps": maps, "swatches": {kind: swatch(kind) for kind in KINDS}}


def _view(card: Card, text: Speech) -> dict:
    """All that the page shows of one condition, in the language of the class."""
    say, kb = text.words, text.kb
    told = {field: text.of("conditions", field, card.condition_id) for field in ("name", "one_line", "who", "mechanism", "management", "escalation")}
    marked = FALLBACK if told["management"].startswith(FALLBACK) else ""
    told["management"] = [marked + step.strip() for step in told["management"].removeprefix(marked).split(" > ")]
    codes = [(r.system, r.code if r.code != "none known" else say["none_known"], say[f"match_{r.match}"] if r.match else "") for r in card.codes]
    sources = [citation(r.source_id, kb) | {"id": r.source_id, "level": say[f"level_{r.level}"], "weak": r.weak} for r in card.sources]
    present, absent = ([r for r in card.findings_against if r.state == state] for state in ("present", "absent"))
    return {
        "condition": card.condition_id,
        **told,
        "synonyms": card.synonyms,
        "red_flag": card.red_flag,
        "red_flag_note": text.of("conditions", "red_flag_note", card.condition_id),
        "where": where_text(card.regions, card.place, functools.partial(text.of, "regions", "plain_label"), say),
        "views": _views(card, VIEWS, kb),
        "regions": {kind: [r.region_id for r in card.regions if r.kind == kind] for kind in ("pain", "numb")},
        "for": _findings(card.findings_for, card, text),
        "against": {"present": _findings(present, card, text), "absent": _findings(absent, card, text)},
        **_tests(card, text),
        "red_flags": _red_flags(card, text),
        "look_alikes": _look_alikes(card, text),
        "codes": codes,
        "sources": sources,
        "basis": card.basis,
        "source_ids": card.source_ids,
        "weak": rests_on_weak(card.source_ids, kb),
    }


class CardExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.card`.

    `.state` is a dict with `condition` and `shown` (False while the student still predicts). `.result` is one tidy DataFrame of all that the
    card says, whether it is shown yet or not.
    """

    PARTS = ("condition", "shown")
    _esm = module("card")
    catalog = traitlets.List().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)
    condition = traitlets.Unicode().tag(sync=True)
    shown = traitlets.Bool(False).tag(sync=True)
    predict = traitlets.Bool(True).tag(sync=True)
    pictures = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, predict: bool, language: str, condition: str | None):
        self._kb = kb
        self._text = speech(kb, "card", check_language(kb, language))
        self._catalog = _catalog(self._text)
        first = condition or self._catalog[0]["id"]
        traits = self._checked({"condition": first, "shown": not predict})
        given = {"catalog": self._catalog, "words": self._text.words, "language": language, "pictures": _pictures(kb, language)}
        super().__init__(predict=bool(predict), **given, **traits)
        self._follow(*self.PARTS)

    def _checked(self, state: dict) -> dict:
        check_known("part of the state", state, self.PARTS)
        if "condition" in state and state["condition"] not in self._kb.conditions.index:
            raise unknown("condition", [state["condition"]], self._kb.conditions.index)
        if not isinstance(state.get("shown", False), bool):
            raise InputError(f"shown must be True or False, not {state['shown']!r}.")
        return state

    def _of_now(self) -> dict:
        return _view(plain_card(self.condition, self._kb), self._text)

    def _refresh(self):
        name = self._text.of("conditions", "name", self.condition)
        view = {"condition": self.condition, "name": name}  # nothing that answers the question is in the page before it is answered
        if self.shown:
            view = self._of_now()
        self.view = view

    @property
    def result(self) -> pd.DataFrame:
        """All that the card says, a row per statement: `part`, `label`, `value`, `basis`, `source_ids` (joined by ';')."""
        v = self._of_now()
        own = (v["basis"], v["source_ids"])
        rows = [(part, v["name"], v[field], *own) for part, field in (("what", "one_line"), ("who", "who"), ("why", "mechanism"))]
        regions = [r.source_ids for r in plain_card(self.condition, self._kb).regions if r.source_ids]
        cited = ";".join(dict.fromkeys(";".join(regions).split(";")))
        rows.insert(2, ("where", v["name"], v["where"], "", cited))
        for part, found in (("finding_for", v["for"]), ("finding_against", v["against"]["present"] + v["against"]["absent"])):
            rows += [(part, f["label"], f"{f['state']}: {f['ratio']}; {f['often']}", f["basis"], f["sources"]) for f in found]
        for t in v["tests"]:
            value = "; ".join(f"{k} {t[k]}" for k in ("sensitivity", "specificity", "positive", "negative", "quality"))
            rows.append(("test", t["label"], value, self._kb.test_accuracy.loc[t["id"], "basis"], t["sources"]))
        rows += [("test", "", v["tests_note"], "", "")] if v["tests_note"] else []
        rows += [("management", str(n), step, *own) for n, step in enumerate(v["management"], start=1)]
        rows.append(("escalation", v["name"], v["escalation"], *own))
        rows += [("red_flag", f["name"], f"{f['level']}: {f['action']} {f['time_frame']}", f["basis"], f["sources"]) for f in v["red_flags"]]
        rows += [("look_alike", a["name"], " ".join(filter(None, (a["separator"], a["test"]))), "", "") for a in v["look_alikes"]]
        rows += [("code", system, f"{code} {match}".strip(), "", "") for system, code, match in v["codes"]]
        rows += [("source", s["id"], s["text"], s["level"], s["id"]) for s in v["sources"]]
        return pd.DataFrame(rows, columns=["part", "label", "value", "basis", "source_ids"])

    def __repr__(self):
        return f"CardExplorer(condition={self.condition!r}, shown={self.shown})"

    def _picture(self) -> str:
        """The card as plain HTML, one drawing only; folded away while the student predicts."""
        v, say, esc = self._of_now(), self.words, html.escape
        drawn = ""
        for view in _views(plain_card(self.condition, self._kb), 1, self._kb):
            picture = minimap(view, *v["regions"].values(), fine=False, kb=self._kb, language=self.language)
            drawn = image(picture, say[f"view_{view}"], 150 if view in ("medial", "lateral", "saddle") else 90)
        texts_ = "".join(f"<p><b>{say[k]}.</b> {esc(v[f])}</p>" for k, f in (("what", "one_line"), ("who", "who"), ("where", "where"), ("why", "mechanism")))

        def listed(found):
            heads = [say[h] for h in ("finding", "how_often", "ratio", "basis")]
            return html_table(heads, [[esc(f["label"]), esc(f["often"]), f["ratio"], f["basis_word"]] for f in found])

        against = "".join(f"<p>{say[f'if_{state}']}</p>{listed(found)}" for state, found in v["against"].items() if found)
        tests = f"<p>{esc(v['tests_note'])}</p>"
        counted = [t for t in v["tests"] if t["counted"]]
        if counted:
            names = ("sensitivity", "specificity", "positive", "negative", "quality")
            tests += html_table([say["test"], *(say[n] for n in names)], [[esc(t["label"]), *(t[n] for n in names)] for t in counted])
        flag = {True: " &#9873;", False: ""}
        alike = "".join(f"<li><b>{esc(a['name'])}</b>{flag[a['red_flag']]}: {esc(a['separator'])} {esc(a['test'])}</li>" for a in v["look_alikes"])
        flags = "".join(f"<li><b>{say[f['level']]}: {esc(f['name'])}.</b> {esc(f['action'])}</li>" for f in v["red_flags"])
        ladder = "".join(f"<li>{esc(step)}</li>" for step in v["management"])
        parts = [texts_, drawn, f"<p><b>{say['for']}</b></p>", listed(v["for"]), f"<p><b>{say['against']}</b></p>", against]
        parts += [f"<p><b>{say['tests']}</b></p>", tests, f"<p><b>{say['look_alikes']}</b></p><ol>{alike}</ol>"]
        parts += [f"<p><b>{say['red_flags']}</b></p><ul>{flags}</ul>" if flags else f"<p>{say['red_flags_none']}</p>"]
        parts += [f"<p><b>{say['management']}</b></p><ol>{ladder}</ol><p>{say['more']} {esc(v['escalation'])}</p>", f"<p><i>{say['picture']}</i></p>"]
        shown = "".join(parts)
        if not self.shown:
            shown = f"<details><summary>{esc(say['question'].format(name=v['name']))} {say['predict_first']}</summary>{shown}</details>"
        return f"<p><b>{esc(v['name'])}</b></p>{shown}"


def _catalog(text: Speech) -> list[dict]:
    """All conditions with their other names, group by group."""
    frame, names = text.kb.conditions, text.column("conditions", "name")
    rows = []
    for i in sorted(frame.index, key=lambda i: (frame.loc[i, "group"], names[i])):
        also = frame.loc[i, "synonyms"] or ""
        rows.append({"id": i, "name": names[i], "group": text.words[f"group_{frame.loc[i, 'group']}"], "also": also.replace(";", " ")})
    return rows


def card(condition_id: str | None = None, predict: bool = True, kb: KnowledgeBase | None = None, language: str = "en") -> CardExplorer:
    """The card of a condition: what, who, where, why, findings for and against, tests, look-alikes, red flags, management, codes, sources.

    Parameters: `condition_id` at the start (without it the first of the list); unless `predict` is False the student first names two
    look-alikes and the findings that separate them; `language` of the texts.

    Returns a widget with `.state` (dict: condition, shown) and `.result` (DataFrame: part, label, value, basis, source_ids). Raises ValueError
    for an unknown condition or language, naming the nearest.

    >>> explorer = card("tarsal_tunnel_syndrome")
    >>> explorer
    CardExplorer(condition='tarsal_tunnel_syndrome', shown=False)
    >>> result = explorer.result
    >>> result.loc[result["part"] == "management", "value"].iloc[0]
    'Change provoking activity'
    """
    return CardExplorer(kb or load(), predict, language, condition_id)
