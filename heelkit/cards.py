"""One condition on one page: what speaks for and against it, its tests, its ladder, and what it is mistaken for.

Everything on a card is read from the tables and from the weights the ranking uses, so a card and `explain` cannot disagree.
"""

import functools
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from heelkit.differential import EXPLAINS
from heelkit.language import speech
from heelkit.lookalikes import MOST, TELLING, LookAlike, alike, impression, sides
from heelkit.odds import comparison
from heelkit.reasons import EXPECTED, provenance
from heelkit.red_flags import patterns
from heelkit.tables import KnowledgeBase, load, unknown
from heelkit.weights import weights

FOR, AGAINST = 10, 4  # findings for; findings against, each of those present and those absent
TELLS = np.log10(TELLING)  # a likelihood ratio between 1/1.5 and 1.5 changes nothing at the bedside
TYPICAL = 0.30  # a region is typical when at least this share has the complaint there: the lower end of the word "often"
PER_GROUP = 3  # findings of one dependence group say nearly the same; more would push others off the card
ALWAYS = 0.95  # what nearly every patient with the condition has
SPELLED = 4  # regions that are named in words; the map shows all
WHERE = {
    "where_pain": "It typically hurts here: {places}.",
    "where_numb": "It is typically numb here: {places}.",
    "where_more": "and {n} more places",
    "where_nowhere": "No place on the skin is typical.",
    "where_stocking": "It spreads like a stocking, from the toes upward.",
    "where_both": "Usually on both sides.",
    "where_one": "Usually on one side.",
}
REGIONS = 2  # the map shows the others
ANATOMY = 0.6  # what only the anatomy predicts comes after what somebody reported, unless it tells much more
CODES = {
    "icd10": ("ICD-10 (World Health Organization)", "icd10_match"),
    "icd10cm": ("ICD-10-CM (United States)", None),
    "icd11_foundation": ("ICD-11 Foundation", None),
    "mondo_id": ("MONDO", "mondo_match"),
    "doid": ("Disease Ontology", None),
    "hpo_id": ("Human Phenotype Ontology", None),
}
Finding = namedtuple("Finding", "finding_id label kind state word frequency probability likelihood_ratio capped basis source_ids why")
Region = namedtuple("Region", "kind region_id label probability basis source_ids")
Rule = namedtuple("Rule", "red_flag_id level name action time_frame findings basis source_ids")
Code = namedtuple("Code", "system code match")
Source = namedtuple("Source", "source_id level weak")
ROWS = {"regions": Region, "findings_for": Finding, "findings_against": Finding, "red_flags": Rule, "look_alikes": LookAlike, "codes": Code, "sources": Source}


@dataclass(frozen=True, eq=False)
class Card:
    """All that is known of one condition. Tables are DataFrames; every row has a basis and sources where the tables give them."""

    condition_id: str
    name: str
    synonyms: list[str]
    one_line: str
    who: str
    why: str  #: the mechanism
    red_flag: bool  #: missing it for hours or days can cost limb, function or life
    red_flag_note: str
    where: str  #: in words
    place: dict  #: what `where` says: `sides` (both, one, ""), `stocking`
    regions: pd.DataFrame  #: kind (pain, numb), region_id, label, probability, basis, source_ids
    findings_for: pd.DataFrame  #: those whose presence speaks most for it
    findings_against: pd.DataFrame  #: those whose presence speaks against it, then those whose absence does
    tests: pd.DataFrame  #: as `odds.comparison`, or empty
    tests_note: str  #: a sentence when no test, or no number, is known
    management: list[str]  #: from least to most
    escalation: str
    red_flags: pd.DataFrame  #: the rules that suspect it
    look_alikes: pd.DataFrame  #: see `heelkit.lookalikes`
    codes: pd.DataFrame  #: system, code, match
    sources: pd.DataFrame  #: source_id, level, weak (secondary), of everything above
    basis: str
    source_ids: str  #: of the texts

    def __repr__(self):
        sizes = [f"{len(v)} {f.name}" for f in fields(self) if isinstance(v := getattr(self, f.name), pd.DataFrame) and f.name != "regions"]
        return f"Card('{self.condition_id}': {', '.join(sizes)})"


def _frequency(condition_id: str, finding_id: str, probability: float, kb: KnowledgeBase, shown: dict) -> tuple[str, str]:
    """How often the condition shows the finding: the frequency word where that is all, and what to print: percentages, word, or what anatomy gives."""
    row = shown.get((condition_id, finding_id))
    if row is None:
        return "", f"about {probability:.0%}"
    if pd.isna(row.percent_low):
        return row.frequency, kb.frequency_words.at[row.frequency, "label"]
    low, high = f"{row.percent_low:g}", f"{row.percent_high:g}"
    return "", f"{low}%" if low == high else f"{low} to {high}%"


@functools.lru_cache(maxsize=4)
def _shown(kb: KnowledgeBase) -> dict:
    return {(r.condition_id, r.finding_id): r for r in kb.presentations.itertuples()}


def _few(order, groups, regions, most: int) -> list[int]:
    """The first rows of `order`: at most `PER_GROUP` of one dependence group and `REGIONS` regions of the skin, none repeating a finding of its group.

    `groups` has the dependence group of every finding, `regions` is True for one that is a region ("buttock pain" and "pain at the buttock" are one).
    """
    taken: list[int] = []
    for i in order:
        kin = [j for j in taken if groups[j] == groups[i]]
        full = sum(regions[taken]) >= REGIONS or not all(regions[kin]) if regions[i] else len(kin) >= PER_GROUP
        if not full:
            taken.append(int(i))
        if len(taken) == most:
            break
    return taken


def _findings(condition_id: str, rows: list[int], state: str, kb: KnowledgeBase) -> list[Finding]:
    """What stands on the card of these rows of `weights`, strongest first."""
    w, at, shown, say = weights(kb), weights(kb).column[condition_id], _shown(kb), speech(kb, "card")
    weight = w.present if state == "present" else w.absent
    found = []
    for i in sorted(rows, key=lambda i: (-abs(weight[i, at]), w.findings[i])):
        finding = w.findings[i]
        basis, sources, why = provenance(condition_id, finding, state, kb)
        word, often = _frequency(condition_id, finding, w.probability[i, at], kb, shown)
        row = shown.get((condition_id, finding))
        cap = np.nan if row is None else row.absence_cap
        if (condition_id, finding) in w.anatomy:
            cap = w.anatomy[condition_id, finding].absence_cap
        capped = state == "absent" and bool(np.isclose(w.absent[i, at], -cap))
        label, kind = (say.of("findings", column, finding) for column in ("label", "kind"))
        found.append(Finding(finding, label, kind, state, word, often, w.probability[i, at], 10 ** weight[i, at], capped, basis, sources, why))
    return found


def _for_and_against(condition_id: str, rivals: list[str], measured: set[str], kb: KnowledgeBase) -> tuple[list[Finding], list[Finding]]:
    """What speaks for the condition and what against it.

    Those whose presence speaks for it are chosen by what they add in the average patient (how often x how much), so that a telling sign
    that hardly anybody has does not push out a good one; they are listed by likelihood ratio. Of those whose presence speaks against it only
    what a look-alike (`rivals`) shows at least sometimes is named, chosen by how much it says times how often the likeliest of them shows
    it: half of a full table "practically never" belongs to the condition, and worth asking is what would make it another. What follows
    from a finding that is always there (a child is not over 60) is left out, and so is a test that was `measured` in this condition.
    """
    w, at = weights(kb), weights(kb).column[condition_id]
    kinds, regions = kb.findings["kind"].to_numpy(), kb.findings["region_id"].notna().to_numpy()
    elsewhere = np.array([impression(f) or (kinds[i] == "test" and f in measured) for i, f in enumerate(w.findings)])  # stands among the tests
    present, absent, p = w.present[:, at], w.absent[:, at], w.probability[:, at]
    usable = w.speaks[:, at] & ~elsewhere
    reported = np.array([ANATOMY if (condition_id, f) in w.anatomy else 1.0 for f in w.findings])

    def strongest(gain, most):
        order = [i for i in np.argsort(-gain, kind="stable") if gain[i] > 0]
        return _few(order, w.group, regions, most)

    speaks_for = strongest(np.where(usable & (p >= EXPLAINS) & (present >= TELLS), reported * p * present, 0), FOR)
    missing = strongest(np.where(usable & (p >= EXPLAINS) & (absent <= -TELLS), -absent, 0), AGAINST)
    fresh = usable & ~np.isin(w.group, w.group[usable & (p >= ALWAYS)])
    others = [w.column[c] for c in rivals]
    shown = np.where(w.speaks[:, others], w.probability[:, others], 0).max(axis=1)
    unfit = strongest(np.where(fresh & (shown >= EXPLAINS) & (present <= -TELLS), -present * shown, 0), AGAINST)
    against = _findings(condition_id, unfit, "present", kb) + _findings(condition_id, missing, "absent", kb)
    return _findings(condition_id, speaks_for, "present", kb), against


def _regions(condition_id: str, kb: KnowledgeBase) -> list[Region]:
    """Where it hurts and where it is numb in a typical patient, likeliest first; a complaint that is typical nowhere has no row."""
    w, at = weights(kb), weights(kb).column[condition_id]
    found = []
    for region in kb.regions.index:
        for kind in ("pain", "numb"):
            i = w.row[f"{kind}_{region}"]
            if w.speaks[i, at] and w.probability[i, at] >= TYPICAL:
                basis, sources, _ = provenance(condition_id, w.findings[i], "present", kb)
                found.append(Region(kind, region, kb.regions.at[region, "plain_label"], w.probability[i, at], basis, sources))
    return sorted(found, key=lambda r: (r.kind != "pain", -r.probability, r.region_id))


def _place(condition_id: str, kb: KnowledgeBase) -> dict:
    """Whether the complaint is on one side or both, and whether it spreads like a stocking."""
    w, at = weights(kb), weights(kb).column[condition_id]

    i = w.row.get("stocking_distribution")
    stocking = i is not None and bool(w.speaks[i, at]) and bool(w.probability[i, at] >= EXPECTED)
    return {"sides": {1: "both", -1: "one", 0: ""}[sides(condition_id, kb)], "stocking": stocking}


def where_text(regions: list[Region], place: dict, label: Callable[[str], str], say: dict) -> str:
    """The place in words. `label` names a region, `say` has the phrases: the keys of `WHERE`, perhaps in another language."""
    parts = []
    for kind, phrase in (("pain", say["where_pain"]), ("numb", say["where_numb"])):
        here = [label(r.region_id) for r in regions if r.kind == kind]
        if here:
            more = say["where_more"].format(n=len(here) - SPELLED) if len(here) > SPELLED + 1 else ""
            parts.append(phrase.format(places=", ".join(here[:SPELLED]) + f" {more}" if more else ", ".join(here)))
    parts = parts or [say["where_nowhere"]]
    parts += [say["where_stocking"]] if place["stocking"] else []
    parts += [say[f"where_{place['sides']}"]] if place["sides"] else []
    return " ".join(parts)


def _tests(condition_id: str, kb: KnowledgeBase) -> pd.DataFrame:
    if (kb.test_accuracy["condition_id"] == condition_id).any():
        return comparison(condition_id, kb)
    return pd.DataFrame(columns=["finding_id", "label"])


def _tests_note(tests: list) -> str:
    if not tests:
        return "No accuracy study of a test for this condition was found: no likelihood ratio is known."
    known = any(not (pd.isna(t.lr_positive) and pd.isna(t.lr_negative)) for t in tests)
    return "" if known else "Tests have been described, but no likelihood ratio is known for any of them."


def _codes(condition: pd.Series) -> list[Code]:
    rows = []
    for column, (system, match) in CODES.items():
        code = condition[column]
        known = not pd.isna(code)
        word = condition[match] if match and known and condition[match] else ""
        rows.append(Code(system, str(code) if known else "none known", word))
    return rows


def _red_flags(condition_id: str, kb: KnowledgeBase) -> list[Rule]:
    """The rules that suspect the condition, act now first, each with the ids of the findings that can fire it."""
    found = []
    for rule, suspected in kb.red_flags["suspected_condition_ids"].items():
        if condition_id in (suspected or "").split(";"):
            told = {column: kb.red_flags.at[rule, column] for column in ("level", "name", "action", "time_frame", "basis", "source_ids")}
            fires = set().union(*(slot for slots in patterns(kb)[rule] for slot in slots))
            found.append(Rule(red_flag_id=rule, findings=";".join(sorted(fires)), **told))
    return sorted(found, key=lambda r: (r.level, r.red_flag_id))


def _sources(cells, kb: KnowledgeBase) -> list[Source]:
    ids = sorted({i for cell in cells if isinstance(cell, str) for i in cell.split(";") if i})
    levels = {i: speech(kb, "card").of("sources", "level", i) for i in ids}
    return [Source(i, level, level == "secondary") for i, level in levels.items()]


def rests_on_weak(source_ids: str | None, kb: KnowledgeBase) -> bool:
    """True when a fact has sources and all of them are secondary: clinic pages, mirrors and summaries.

    >>> rests_on_weak("mondelli1998tts", load())
    False
    """
    ids = [i for i in (source_ids or "").split(";") if i]
    return bool(ids) and all(speech(kb, "card").of("sources", "level", i) == "secondary" for i in ids)


@functools.lru_cache(maxsize=128)
def plain_card(condition_id: str, kb: KnowledgeBase) -> Card:
    """The card of a known condition with lists of named rows in place of its tables, for a page that reads all of them at every click.

    Rows are faster to read; and a DataFrame that is kept never quite forgets the views that were made of it.
    """
    condition = kb.conditions.loc[condition_id]
    similar, place = alike(condition_id, MOST, kb), _place(condition_id, kb)
    regions, rules, tests = _regions(condition_id, kb), _red_flags(condition_id, kb), list(_tests(condition_id, kb).itertuples())
    speaks_for, against = _for_and_against(condition_id, [s.condition_id for s in similar], {t.finding_id for t in tests}, kb)
    return Card(
        condition_id=condition_id,
        name=condition["name"],
        synonyms=[s for s in (condition["synonyms"] or "").split(";") if s],
        one_line=condition["one_line"],
        who=condition["who"],
        why=condition["mechanism"],
        red_flag=bool(condition["red_flag"]),
        red_flag_note=condition["red_flag_note"] or "",
        where=where_text(regions, place, kb.regions["plain_label"].get, WHERE),
        place=place,
        regions=regions,
        findings_for=speaks_for,
        findings_against=against,
        tests=tests,
        tests_note=_tests_note(tests),
        management=[step.strip() for step in condition["management"].split(" > ")],
        escalation=condition["escalation"],
        red_flags=rules,
        look_alikes=similar,
        codes=_codes(condition),
        sources=_sources([condition["source_ids"], *(row.source_ids for row in (*speaks_for, *against, *regions, *rules, *tests))], kb),
        basis=condition["basis"],
        source_ids=condition["source_ids"],
    )


@functools.lru_cache(maxsize=128)
def _card(condition_id: str, kb: KnowledgeBase) -> Card:
    plain = plain_card(condition_id, kb)
    tables = {name: pd.DataFrame(getattr(plain, name), columns=row._fields) for name, row in ROWS.items()}
    return replace(plain, tests=_tests(condition_id, kb), **tables)


def card(condition_id: str, kb: KnowledgeBase | None = None) -> Card:
    """The card of a condition: everything the tables and the model know of it, in the order a clinician asks.

    Returns a `Card`. Likelihood ratios are those the ranking uses (shrunk by study quality, capped, and for dangerous conditions with the
    cap on what an absent finding may take away), so they are the ratios of `heelkit.explain` before any discount. Probabilities are 0..1.

    Raises ValueError for an unknown condition, naming the nearest.

    >>> tunnel = card("tarsal_tunnel_syndrome")
    >>> tunnel.management[0]
    'Change provoking activity'
    >>> "tinel_tarsal_tunnel" in set(tunnel.findings_for["finding_id"])
    True
    >>> card("tarsal_tunel_syndrome")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown condition 'tarsal_tunel_syndrome'; nearest: 'tarsal_tunnel_syndrome', ...
    """
    kb = kb or load()
    if condition_id not in kb.conditions.index:
        raise unknown("condition", [condition_id], kb.conditions.index)
    return _card(condition_id, kb)
