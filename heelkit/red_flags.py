"""Red flags: a rule table of its own, always evaluated. No ranking code can reach it."""

import functools

import pandas as pd

from heelkit.errors import InputError
from heelkit.language import ENGLISH, texts
from heelkit.tables import KnowledgeBase, load, unknown

LEVELS = ("act_now", "think_of_it")


@functools.lru_cache(maxsize=4)
def patterns(kb: KnowledgeBase) -> dict[str, list[list[frozenset[str]]]]:
    """Rule -> patterns -> slots; a slot is filled by any one of its findings."""
    members: dict[str, set[str]] = {}
    for row in kb.finding_set_members.itertuples():
        members.setdefault(row.set_id, set()).add(row.finding_id)
    found: dict[tuple, set[str]] = {}
    for row in kb.red_flag_findings.itertuples():
        slot = found.setdefault((row.red_flag_id, row.pattern, row.any_of), set())
        slot.update([row.finding_id] if isinstance(row.finding_id, str) else (), members[row.set_id] if isinstance(row.set_id, str) else ())
    rules: dict[str, dict] = {}
    for rule, pattern, slot in sorted(found):
        rules.setdefault(rule, {}).setdefault(pattern, []).append(frozenset(found[rule, pattern, slot]))
    return {rule: list(alternatives.values()) for rule, alternatives in rules.items()}


@functools.lru_cache(maxsize=8)
def _rules(kb: KnowledgeBase, language: str) -> pd.DataFrame:
    """All rules in a language, the urgent ones first; `findings` is filled in by `red_flags`."""
    spoken = {field: texts(kb, "red_flags", field, language) for field in ("name", "action", "time_frame")}
    table = kb.red_flags.assign(**spoken, findings="").rename(columns={"suspected_condition_ids": "suspected_condition_id"})
    columns = ["level", "name", "suspected_condition_id", "action", "time_frame", "findings", "basis", "source_ids"]
    return table[columns].sort_index().sort_values("level", kind="stable")


def red_flags(present=(), absent=(), kb: KnowledgeBase | None = None, language: str = ENGLISH) -> pd.DataFrame:
    """The red flags whose findings are present, whatever else is known.

    Rules have no negation, so neither an absent finding nor a further one that is present can silence a rule.

    Returns a DataFrame, "act_now" before "think_of_it", with columns `red_flag_id`, `level`, `name`,
    `suspected_condition_id` (several joined by ';'), `action` (for the clinician), `time_frame`, `findings` (those
    present that fired the rule, joined by ';'), `basis` and `source_ids`; name, action and time frame in the `language`. Empty when no rule fires.

    Raises ValueError for an unknown finding or one that is both present and absent.

    >>> import heelkit
    >>> heelkit.red_flags(present=["saddle_anesthesia", "urinary_retention"])["level"].iloc[0]
    'act_now'
    >>> len(heelkit.red_flags(present=["first_step_pain"]))
    0
    """
    kb = kb or load()
    present, absent = ([given] if isinstance(given, str) else list(given) for given in (present, absent))
    strangers = [f for given in (present, absent) for f in given if f not in kb.findings.index]
    if strangers:
        raise unknown("finding", strangers, kb.findings.index)
    both = sorted(set(present) & set(absent))
    if both:
        raise InputError(f"Both present and absent: {', '.join(both)}. A finding can only be one of them.")
    present = set(present)
    fired = {}
    for rule, alternatives in patterns(kb).items():
        for slots in alternatives:
            if not any(slot.isdisjoint(present) for slot in slots):
                fired.setdefault(rule, set()).update(*(slot & present for slot in slots))
    rules = _rules(kb, language)
    table = rules[rules.index.isin(fired)].reset_index(names="red_flag_id")
    table["findings"] = [";".join(sorted(fired[rule])) for rule in table["red_flag_id"]]
    return table
