"""What a test really tells: two-by-two table, likelihood ratio, post-test probability, and the study behind the number.

One line of arithmetic runs through this room, on plain odds: odds after = odds before x likelihood ratio.
"""

import functools
import math
import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from heelkit.differential import DISCOUNT, check_discount, check_findings, pretest
from heelkit.errors import InputError
from heelkit.language import ENGLISH, Speech, speech
from heelkit.ratios import Ratios, from_sensitivity, post_test, two_by_two
from heelkit.reasons import PRETEST
from heelkit.tables import KnowledgeBase, load, nearest, read_rows, unknown
from heelkit.weights import discounted, shrunk

__all__ = ["Measured", "Ratios", "chain", "comparison", "disagreements", "from_sensitivity", "post_test", "test_result", "two_by_two"]

RESULTS = {"present": "lr_positive", "absent": "lr_negative"}
USES = ["default", "circular", "alternative", "sensitivity_or_specificity_only", "no_number"]
LEVELS = {  # results of one measurement that exclude each other
    "wells": ("wells_dvt_high", "wells_dvt_low"),
    "nerve_conduction": ("ncs_demyelinating", "ncs_axonal_polyneuropathy", "ncs_normal"),
}
CUTOFFS = {"residual": ("pvr_gt_200", "pvr_gt_100"), "age": ("age_over_70", "age_over_60")}  # the first implies the second
WARNINGS = {  # what a reader must know about the study behind a number
    "circular": "The test is part of its own reference standard, or nearly the same as it, so it agrees with itself.",
    "few_without_disease": "Hardly anybody in the study was free of the disease, so the specificity rests on a handful of people.",
    "healthy_controls": "The people without the disease were healthy, not patients with similar complaints, which flatters the test.",
    "zero_cell": "A cell of the two-by-two table is zero, so the ratio is at most a limit, never a proof.",
    "middle_dropped": "In-between results were left out of the study, which stretches both ratios.",
    "one_sided": "A ratio is known for one result only; the other result weighs nothing.",
    "unverified": "The figures were seen only at second hand.",
    "disagrees": "The printed ratio does not follow from the printed sensitivity and specificity.",
    "absence_capped": "The condition often lacks this finding, so its absence may hardly lower it.",
    "not_used": "The engine does not use this number.",
}
_SAID = {  # where the table says so: columns to read, words to look for
    "circular": (["quality_reason", "reference_standard"], r"circular|own reference standard|same maneuver|define the disease|definition of the disease"),
    "few_without_disease": (["quality_reason", "lr_origin_note"], r"\b(only|on) (one|a single|\d+) (foot|people|limbs)"),
    "healthy_controls": (["quality_reason", "n"], r"healthy"),
    "middle_dropped": (["quality_reason", "note"], r"[Ii]ntermediate results were dropped"),
    "unverified": (["quality", "quality_reason"], r"unverified|secondary|[Ss]een only|saw only|student appraisal"),
}


class Measured(NamedTuple):
    """The measured likelihood ratio of one result, and the study behind it."""

    accuracy_id: str
    finding_id: str
    condition_id: str
    result: str  #: present or absent
    printed: float  #: as in the table; NaN where none is known for this result
    used: float  #: shrunk by quality and capped; 1 weighs nothing
    origin: str  #: printed, or how it was worked out
    quality: str
    use: str
    reason: str  #: why this quality
    warnings: dict[str, str]  #: word of `WARNINGS` -> sentence
    source_ids: str


@functools.lru_cache(maxsize=4)
def _disagreements(kb: KnowledgeBase) -> pd.DataFrame:
    resource = next(r for r in kb.descriptor["resources"] if r["name"] == "test_accuracy")
    header, cells = read_rows(kb.folder / resource["path"], resource["schema"]["fields"])
    found = []
    for row in (dict(zip(header, row, strict=True)) for row in cells):
        if row["use"] != "default" or row["lr_origin"] != "printed" or not (row["sensitivity"] and row["specificity"]):
            continue
        sens, spec = float(row["sensitivity"]), float(row["specificity"])
        if {sens, spec} & {0, 1}:
            continue  # a zero cell, marked as such
        half = [min(_half_a_digit(row[name]), 0.005) for name in ("sensitivity", "specificity")]  # never coarser than a percent
        least, most = from_sensitivity(sens - half[0], spec - half[1]), from_sensitivity(sens + half[0], spec + half[1])
        bounds = {"present": (least.present, most.present), "absent": (most.absent, least.absent)}
        for result, column in RESULTS.items():
            slack = _half_a_digit(row[column]) + 1e-9
            low, high = bounds[result]
            if row[column] and not low - slack <= float(row[column]) <= high + slack:
                about = [s for s in re.split(r"(?<=\.) ", row["note"]) if "ratio" in s] or [row["note"] or "The table gives no explanation."]
                implied = getattr(from_sensitivity(sens, spec), result)
                found.append((row["accuracy_id"], row["finding_id"], row["condition_id"], result, float(row[column]), implied, low, high, " ".join(about)))
    columns = ["accuracy_id", "finding_id", "condition_id", "result", "printed", "implied", "implied_low", "implied_high", "explanation"]
    return pd.DataFrame(found, columns=columns).sort_values(["accuracy_id", "result"], ignore_index=True)


def _half_a_digit(text: str) -> float:
    """Half a unit of the last printed digit: how far the unrounded number may lie away."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2])


def disagreements(kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """The numbers in use whose source prints a likelihood ratio that its own sensitivity and specificity cannot give.

    Returns a DataFrame, a row per ratio: `accuracy_id`, `finding_id`, `condition_id`, `result`, `printed` ratio, `implied` by the printed
    sensitivity and specificity, `implied_low` and `implied_high` (all that rounding allows) and `explanation`, from the row's note.
    How far a number was rounded is read from its printed digits. Rows with a sensitivity or specificity of 0 or 1 imply no ratio.

    >>> disagreements()[["finding_id", "printed", "implied"]].round(2).to_numpy().tolist()
    [['abi_low', 4.18, 5.36], ['xray_osteomyelitis', 1.97, 3.17]]
    """
    return _disagreements(kb or load()).copy()


@functools.lru_cache(maxsize=4)
def _by_id(kb: KnowledgeBase) -> dict[str, dict]:
    """The rows of the table as plain dicts, which explorers read by the dozen at a click."""
    return kb.test_accuracy.to_dict("index")


@functools.lru_cache(maxsize=4096)
def _warned(accuracy_id: str, kb: KnowledgeBase) -> dict[str, str]:
    row = _by_id(kb)[accuracy_id]
    found = {word for word, (columns, said) in _SAID.items() if re.search(said, " ".join(row[column] or "" for column in columns))}
    odd = {row["sensitivity"], row["specificity"]} & {0.0, 1.0} or 0.0 in (row["lr_positive"], row["lr_negative"])
    conditions = {
        "circular": row["use"] == "circular",
        "zero_cell": row["lr_origin"] == "from_two_by_two_plus_half" or odd,
        "one_sided": pd.isna(row["lr_positive"]) != pd.isna(row["lr_negative"]),
        "disagrees": accuracy_id in set(_disagreements(kb)["accuracy_id"]),
        "not_used": row["use"] != "default" and not (pd.isna(row["lr_positive"]) and pd.isna(row["lr_negative"])),
    }
    found |= {word for word, holds in conditions.items() if holds}
    return {word: sentence for word, sentence in WARNINGS.items() if word in found}


@functools.lru_cache(maxsize=256)
def _rows(kb: KnowledgeBase, condition_id: str) -> pd.DataFrame:
    """All test rows of a condition, those in use first. Raises ValueError when there are none."""
    if condition_id not in kb.conditions.index:
        raise unknown("condition", [condition_id], kb.conditions.index)
    rows = kb.test_accuracy[kb.test_accuracy["condition_id"] == condition_id]
    if rows.empty:
        have = sorted(kb.test_accuracy["condition_id"].dropna().unique())
        raise InputError(f"No test is in the table for '{condition_id}'. Conditions with tests: {', '.join(have)}.")
    return rows.assign(order=rows["use"].map(USES.index)).sort_values(["order", "finding_id", "accuracy_id"]).drop(columns="order")


def _with_number(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["lr_positive"].notna() | rows["lr_negative"].notna()]


def test_result(finding_id: str, condition_id: str, result: str = "present", kb: KnowledgeBase | None = None) -> Measured:
    """The measured likelihood ratio of one result of a test for one condition, as printed and as the engine uses it.

    Parameters: `result` is "present" (positive) or "absent" (negative). Returns a `Measured`. A number the engine does not use (a circular
    reference standard, a study of another part of the body) comes with `used` 1 and says so, as does a result without a ratio.

    Raises ValueError for an unknown finding, condition or result, and for a test with no number for that condition.

    >>> test = test_result("dorsiflexion_eversion_test", "tarsal_tunnel_syndrome")
    >>> test.printed, round(test.used, 2), list(test.warnings)
    (163.84, 5.01, ['healthy_controls', 'zero_cell'])
    >>> test_result("cuff_test", "tarsal_tunnel_syndrome")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: No likelihood ratio is known for 'cuff_test' in tarsal_tunnel_syndrome. We saw no accuracy study. Tests with a number: ...
    """
    kb = kb or load()
    if result not in RESULTS:
        raise unknown("result", [result], RESULTS)
    check_findings([finding_id], [], kb)
    found = _measured(finding_id, condition_id, result, kb)
    return found._replace(warnings=found.warnings.copy())


@functools.lru_cache(maxsize=4096)
def _measured(finding_id: str, condition_id: str, result: str, kb: KnowledgeBase) -> Measured:
    """What `test_result` gives, looked up in the tables once."""
    rows = _rows(kb, condition_id)
    own = [_by_id(kb)[i] | {"id": i} for i, finding in rows["finding_id"].items() if finding == finding_id]
    known = [row for row in own if not (pd.isna(row["lr_positive"]) and pd.isna(row["lr_negative"]))]
    if not known:
        why = f" {own[0]['quality_reason']}" if own else ""
        valid = sorted(_with_number(rows)["finding_id"].unique())
        close = ", ".join(nearest(finding_id, valid, 1) + [v for v in valid if v not in nearest(finding_id, valid, 1)]) or "none"
        raise InputError(f"No likelihood ratio is known for '{finding_id}' in {condition_id}.{why} Tests with a number: {close}.")
    row = known[0]
    warnings, used = _warned(row["id"], kb).copy(), 1.0
    if row["use"] == "default":
        used = 10 ** _shrunk(kb)[result][row["id"]]
        least = 10 ** -_absence_caps(kb).get((condition_id, finding_id), math.nan)
        if result == "absent" and used < least:
            used, warnings["absence_capped"] = least, WARNINGS["absence_capped"]
    about = (row[column] for column in ("lr_origin", "quality", "use", "quality_reason"))
    return Measured(row["id"], finding_id, condition_id, result, row[RESULTS[result]], used, *about, warnings, row["source_ids"])


@functools.lru_cache(maxsize=4)
def _shrunk(kb: KnowledgeBase) -> dict[str, dict[str, float]]:
    """Result -> row -> what the engine makes of the ratio, as a base-10 logarithm."""
    tests = kb.test_accuracy
    found = {result: shrunk(tests[column], tests["quality"], kb) for result, column in RESULTS.items()}
    return {result: dict(zip(tests.index, weights.tolist(), strict=True)) for result, weights in found.items()}


@functools.lru_cache(maxsize=4)
def _absence_caps(kb: KnowledgeBase) -> dict[tuple[str, str], float]:
    shown = kb.presentations
    return dict(zip(zip(shown["condition_id"], shown["finding_id"], strict=True), shown["absence_cap"].tolist(), strict=True))


test_result.__test__ = False  # not a test of ours, whatever pytest makes of its name


def _one_measurement(present: list[str], absent: list[str], say: Speech) -> dict[str, str]:
    """Results that follow from another one of the same measurement, each with a sentence. Raises ValueError when two exclude each other."""
    silent, named = {}, (lambda finding: finding) if say.language == ENGLISH else say.column("findings", "label").__getitem__
    for name, levels in LEVELS.items():
        at, name = [f for f in levels if f in present], say(f"measurement_{name}")
        if len(at) > 1:
            raise InputError(say("one_result", name=name, one=named(at[0]), other=named(at[1])))
        silent |= {f: say("already", name=name, result=named(at[0])) for f in levels if at and f in absent}
    for name, (narrow, wide) in CUTOFFS.items():
        if narrow in present and wide in absent:
            raise InputError(say("impossible", name=say(f"measurement_{name}"), one=named(narrow), other=named(wide)))
        silent |= {wide: say("follows", result=named(narrow))} if narrow in present and wide in present else {}
        silent |= {narrow: say("follows_absent", result=named(wide))} if narrow in absent and wide in absent else {}
    return silent


def chain(
    condition_id: str, present=(), absent=(), setting="primary_care", discount=DISCOUNT, kb: KnowledgeBase | None = None, language: str = ENGLISH
) -> pd.DataFrame:
    """Several tests in a row: from the pretest odds of a condition, against everything else, to its odds after each result.

    Parameters: tests that came out `present` and `absent`, taken in this order; `setting` and `discount` as in `rank`; the `language` of sentences.
    Only measured ratios count here. Inside a dependence group the strongest test counts fully, the next times `discount`, and so on, so a step may also correct
    what an earlier, weaker test of its group counted. Levels of one score exclude each other: being in one says all about the others.

    Returns a DataFrame, first row `pretest`, then a row per test: `finding_id`, `label`, `result`, `ratio_printed`, `ratio_used` (shrunk and
    capped), `ratio_counted` (what this step multiplies the odds by), `odds` and `probability` so far, `warnings` (joined by ';') and `why`.

    Raises ValueError for an empty list, a test with no number for the condition, two levels of one score, and as `rank` does.

    >>> steps = chain("deep_vein_thrombosis", present=["wells_dvt_high", "d_dimer_raised"], setting="emergency_department")
    >>> steps[["ratio_used", "ratio_counted"]].round(2).to_numpy().tolist()[1:]
    [[5.2, 5.2], [1.71, 1.31]]
    >>> chain("deep_vein_thrombosis", present=["wells_dvt_high", "wells_dvt_low"])
    Traceback (most recent call last):
    heelkit.errors.InputError: The Wells score has one result, so wells_dvt_high and wells_dvt_low cannot both be present.
    """
    kb = kb or load()
    present, absent = check_findings(present, absent, kb)
    discount, numbers = check_discount(discount), _with_number(_rows(kb, condition_id))
    if not present and not absent:
        raise InputError(f"Name at least one test. Tests with a number for {condition_id}: {', '.join(sorted(numbers['finding_id'].unique())) or 'none'}.")
    say = speech(kb, "odds", language)
    silent, labels = _one_measurement(present, absent, say), say.column("findings", "label")
    tests = [test_result(f, condition_id, "present" if f in present else "absent", kb) for f in [*present, *absent]]
    weight = np.array([[0.0 if t.finding_id in silent else math.log10(t.used)] for t in tests])
    groups = kb.findings.loc[[t.finding_id for t in tests], "group_id"].fillna("").tolist()
    probability = float(pretest(kb, setting)[condition_id])
    odds = probability / (1 - probability)
    start = say("starting_point", setting=say.of("settings", "label", setting))
    rows = [(PRETEST, say("before_any_test"), PRETEST, math.nan, math.nan, math.nan, odds, probability, "", start)]
    for i, test in enumerate(tests):
        before = [j for j in range(i) if groups[i] and groups[j] == groups[i]]
        counted = float(10 ** (discounted(weight[[*before, i]], discount).sum() - discounted(weight[before], discount).sum()))
        odds *= counted
        why = silent.get(test.finding_id, "")
        if "not_used" in test.warnings:
            why = f"{say('warning_not_used')} {say.of('test_accuracy', 'quality_reason', test.accuracy_id)}"
        elif not why and not math.isclose(counted, test.used):
            group = say.of("dependence_groups", "label", groups[i])
            why = say("counts_as", counted=f"{counted:.2f}", used=f"{test.used:.2f}", group=group)
        why = why or say("no_number_known" if math.isnan(test.printed) else "counts_fully")
        name, warnings = labels[test.finding_id], ";".join(test.warnings)
        rows.append((test.finding_id, name, test.result, test.printed, test.used, counted, odds, odds / (1 + odds), warnings, why))
    columns = ["finding_id", "label", "result", "ratio_printed", "ratio_used", "ratio_counted", "odds", "probability", "warnings", "why"]
    return pd.DataFrame(rows, columns=columns)


def comparison(condition_id: str, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> pd.DataFrame:
    """All tests for one condition side by side, those the engine uses first; labels in a `language`, "en" or "es".

    Returns a DataFrame indexed by `accuracy_id`: `finding_id`, `label`; `sensitivity` and `specificity` with `_low` and `_high` limits (NaN
    where the source prints none) and `interval_kind`; `lr_positive`, `lr_negative` as in the table; `used_present`, `used_absent` as the
    engine uses them (NaN when it does not); `quality`, `quality_reason`, `use`, `warnings` (words of `WARNINGS`, joined by ';'), `n`,
    `setting`, `source_ids`. A row without any number says in `quality_reason` why.

    Raises ValueError for an unknown condition or language and for a condition without tests.

    >>> table = comparison("tarsal_tunnel_syndrome")
    >>> table["use"].iloc[0], int((table["use"] == "no_number").sum())
    ('default', 3)
    """
    kb = kb or load()
    rows = _rows(kb, condition_id)
    limits = [f"{name}{end}" for name in ("sensitivity", "specificity") for end in ("", "_low", "_high")]
    made = {"label": rows["finding_id"].map(speech(kb, "odds", language).column("findings", "label"))}
    in_use = (rows["use"] == "default") & rows.index.isin(_with_number(rows).index)
    for result in RESULTS:
        used = [test_result(f, condition_id, result, kb).used if use else math.nan for f, use in zip(rows["finding_id"], in_use, strict=True)]
        made[f"used_{result}"] = used
    made["warnings"] = [";".join(_warned(i, kb)) for i in rows.index]
    order = ["finding_id", "label", *limits, "interval_kind", "lr_positive", "lr_negative", "used_present", "used_absent"]
    return rows.assign(**made)[[*order, "quality", "quality_reason", "use", "warnings", "n", "setting", "source_ids"]]
