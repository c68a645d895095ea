"""Drug against onset: does the beginning of the numbness lie in the time in which the drug was reported to harm nerves?

Fitting in time is one argument for a drug, never proof: the windows come from few reports, and another cause may fit as well.
"""

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from heelkit.errors import InputError
from heelkit.language import ENGLISH, texts, words
from heelkit.tables import KnowledgeBase, load, unknown

YES, NO, NOT_KNOWN = "yes", "no", "not known"
IN_TIME = {  # the verdict, and whether the drug fits in time
    "inside": YES,
    "coasting": YES,
    "too_early": NO,
    "too_late": NO,
    "too_long_after_stop": NO,
    "started_after_onset": NO,
    "not_known": NOT_KNOWN,
}
COLUMNS = [
    "name",
    "days_since_start",
    "days_since_stop",
    "window",
    "verdict",
    "in_time",
    "explanation",
    "onset_words",
    "doubt",
    "basis",
    "source_ids",
]
WEEKS_UNTIL, MONTHS_UNTIL = 84, 730  # days up to which a reader thinks in weeks, in months


def rounded(days: float, say: Mapping[str, str]) -> str:
    """A number of days in the largest unit a reader would use, rounded: 35 is "5 weeks"."""
    days = abs(days)
    for limit, size, unit in ((14, 1, "day"), (WEEKS_UNTIL + 1, 7, "week"), (MONTHS_UNTIL, 30.44, "month"), (math.inf, 365.25, "year")):
        if days < limit:
            n = round(days / size, 1) if unit == "year" else round(days / size)
            return say[f"{unit}_one" if n == 1 else f"{unit}_many"].replace("{n}", f"{n:g}")
    raise AssertionError(days)


def duration(days: float, say: Mapping[str, str]) -> str:
    """A number of days as text, with what it is about in weeks or months.

    >>> import heelkit
    >>> say = words(heelkit.load(), "timeline")
    >>> duration(3, say), duration(35, say), duration(1826, say)
    ('3 days', '35 days (5 weeks)', '5 years')
    """
    if 14 <= abs(days) < MONTHS_UNTIL:
        return f"{say['day_many'].replace('{n}', f'{abs(days):g}')} ({rounded(days, say)})"
    return rounded(days, say)


def window(low: float, high: float, say: Mapping[str, str]) -> str:
    """The reported onset after the start as text; "" when no source gives one."""
    if math.isnan(low) and math.isnan(high):
        return ""
    if math.isnan(high):
        return say["window_from"].replace("{low}", duration(low, say))
    if math.isnan(low) or low == 0:
        return say["window_to"].replace("{high}", duration(high, say))
    return say["window_both"].replace("{low}", duration(low, say)).replace("{high}", duration(high, say))


def _judge(drug, since_start: float, since_stop: float) -> tuple[str, str]:
    """The verdict, and which sentence explains it."""
    low, high, after = drug.onset_days_low, drug.onset_days_high, drug.after_stop_days
    if since_start < 0:
        return "started_after_onset", "started_after_onset"
    if since_start < low:  # a comparison with NaN is False
        return "too_early", "too_early"
    if since_stop > 0:
        if drug.can_begin_after_stop == "no":
            return "too_long_after_stop", "never_after_stop"
        if drug.can_begin_after_stop == "not_known":
            return "not_known", "after_stop_not_known"
        if math.isnan(after):
            return "not_known", "after_stop_no_limit"
        return ("coasting", "coasting") if since_stop <= after else ("too_long_after_stop", "too_long_after_stop")
    if math.isnan(low) and math.isnan(high):
        return "not_known", "no_window"
    return ("too_late", "too_late") if since_start > high else ("inside", "inside")


def _number(value, drug_id: str, what: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"{what} of '{drug_id}' is {value!r}; it must be a number of days.")
    return float(value)


def check_drugs(drug_ids: Iterable[str], kb: KnowledgeBase) -> list[str]:
    """The ids as a list. Raises ValueError, naming the nearest, when a drug is not in the table."""
    drug_ids = [drug_ids] if isinstance(drug_ids, str) else list(drug_ids)
    if strangers := [d for d in drug_ids if d not in kb.drugs.index]:
        raise unknown("drug", strangers, kb.drugs.index)
    return drug_ids


def fits(started_days_before_onset, stopped_days_before_onset=None, drug_ids=None, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> pd.DataFrame:
    """Whether the onset of numbness lies in the reported time of each drug.

    Parameters: `started_days_before_onset`, how many days before the onset the drug was started (negative: after it), and
    `stopped_days_before_onset`, how many days before it the last dose was taken (None: still taken at the onset). Each is one number for
    all drugs, or a dict from drug id to number. `drug_ids` says which drugs (without it, those of the dict, or all of the table).

    Returns a DataFrame indexed by drug_id, in the order given: `name`; `days_since_start` and `days_since_stop` at the onset (days, NaN
    when still taken); `window`, the reported onset in words ("" when no source gives one); `verdict` (inside, too_early, too_late,
    coasting: after the last dose but within the time reported for that, too_long_after_stop, started_after_onset, not_known); `in_time`
    (yes, no, not known); `explanation`; `onset_words` and `doubt` from the sources; `basis`; `source_ids`. Fitting in time is not proof,
    and "no" does not exclude a drug: windows come from few reports.

    Raises ValueError for an unknown drug, a stop before the start, or a time that is not a number of days.

    >>> fits(42, drug_ids=["metronidazole", "fluoroquinolone"])["in_time"].to_dict()
    {'metronidazole': 'yes', 'fluoroquinolone': 'no'}
    >>> fits({"cisplatin": 200}, {"cisplatin": 60}).loc["cisplatin", "verdict"]
    'coasting'
    >>> fits(900, drug_ids="statins").loc["statins", "in_time"]
    'not known'
    >>> fits(30, drug_ids="metronidazol")
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown drug 'metronidazol'; nearest: 'metronidazole'.
    """
    kb = kb or load()
    given = started_days_before_onset if isinstance(started_days_before_onset, Mapping) else {}
    drug_ids = check_drugs(drug_ids if drug_ids is not None else given or kb.drugs.index, kb)
    say = words(kb, "timeline", language)
    told = {field: texts(kb, "drugs", field, language) for field in ("name", "onset_words", "note")}
    rows = []
    for drug_id in drug_ids:
        times = [(t.get(drug_id) if isinstance(t, Mapping) else t) for t in (started_days_before_onset, stopped_days_before_onset)]
        start, stop = (_number(t, drug_id, what) for t, what in zip(times, ("The start", "The stop"), strict=True))
        if math.isnan(start):
            raise InputError(f"No start is given for '{drug_id}'.")
        if stop > start:
            raise InputError(f"'{drug_id}' was stopped {stop:g} days before the onset, but started only {start:g} days before it.")
        drug, since_stop = kb.drugs.loc[drug_id], stop if stop > 0 else math.nan
        verdict, sentence = _judge(drug, start, since_stop)
        span = window(drug.onset_days_low, drug.onset_days_high, say)
        shown = {"since": duration(start, say), "window": span}
        if since_stop > 0:
            shown |= {"stop": duration(since_stop, say), "after": duration(drug.after_stop_days, say) if drug.after_stop_days >= 0 else ""}
        explanation = say[sentence]
        for name, text in shown.items():
            explanation = explanation.replace(f"{{{name}}}", text)
        note = told["note"][drug_id]
        doubt = note if isinstance(note, str) else ""
        rows.append(
            {
                "name": told["name"][drug_id],
                "days_since_start": start,
                "days_since_stop": since_stop,
                "window": span,
                "verdict": verdict,
                "in_time": IN_TIME[verdict],
                "explanation": explanation,
                "onset_words": told["onset_words"][drug_id],
                "doubt": doubt,
                "basis": drug["basis"],
                "source_ids": drug["source_ids"],
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS, index=pd.Index(drug_ids, name="drug_id", dtype=object))
