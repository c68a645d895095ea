"""The arithmetic of tests, without any table: two-by-two counts, likelihood ratios, before and after a test."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd

from heelkit.errors import InputError


class Ratios(NamedTuple):
    """The two likelihood ratios of a test."""

    present: float  #: of a positive result: sensitivity / (1 - specificity)
    absent: float  #: of a negative result: (1 - sensitivity) / specificity


def _probability(value: float, what: str, ends: bool = True) -> float:
    if isinstance(value, (int, float, np.number)) and (0 <= value <= 1 if ends else 0 < value < 1):
        return float(value)
    raise InputError(f"{what} is {value!r}; it must lie {'between 0 and 1' if ends else 'strictly between 0 and 1'} (0.8 means 80 %).")


def post_test(pretest: float, likelihood_ratio: float) -> float:
    """The probability (0..1) after a result, from the probability before it and the likelihood ratio of the result.

    Raises ValueError for a probability outside 0..1, or a ratio that is not a positive, finite number. Method: Bayes' theorem on odds.

    >>> round(post_test(0.31, 6), 2)  # low ferritin, worked example of the Centre for Evidence-Based Medicine
    0.73
    >>> post_test(0.31, 0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: The likelihood ratio is 0; it must be a positive, finite number. No test proves or excludes: ...
    """
    before = _probability(pretest, "The pretest probability")
    if not (isinstance(likelihood_ratio, (int, float, np.number)) and 0 < likelihood_ratio < math.inf):
        advice = "No test proves or excludes: add 0.5 to each cell, as two_by_two does."
        raise InputError(f"The likelihood ratio is {likelihood_ratio!r}; it must be a positive, finite number. {advice}")
    return float(before * likelihood_ratio / (before * likelihood_ratio + (1 - before)))


def from_sensitivity(sensitivity: float, specificity: float) -> Ratios:
    """The likelihood ratios that follow from sensitivity and specificity (0..1).

    Raises ValueError when one of them is 0 or 1 (then a cell of the table was zero and the counts are needed) or outside.

    >>> ratios = from_sensitivity(0.36, 0.74)  # straight leg raise, Capra 2011
    >>> round(ratios.present, 2), round(ratios.absent, 2)
    (1.38, 0.86)
    >>> from_sensitivity(0.82, 1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: The specificity is 1; it must lie strictly between 0 and 1 (0.8 means 80 %). With 0 or 1 ...
    """
    try:
        sens, spec = _probability(sensitivity, "The sensitivity", ends=False), _probability(specificity, "The specificity", ends=False)
    except ValueError as error:
        more = " With 0 or 1 a cell was zero: give the counts to two_by_two." if {0, 1} & {sensitivity, specificity} else ""
        raise InputError(f"{error}{more}") from None
    return Ratios(sens / (1 - spec), (1 - sens) / spec)


def _normal(confidence: float) -> float:
    """How many standard errors reach from the middle to each limit."""
    return -NormalDist().inv_cdf((1 - confidence) / 2)


def wilson(count: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """The limits (0..1) between which a share lies of which `count` among `total` were seen. Method: Wilson 1927, without continuity correction.

    >>> [round(limit, 4) for limit in wilson(81, 263)]  # Newcombe 1998, table I
    [0.2553, 0.3662]
    """
    z, share = _normal(confidence), count / total
    middle = share + z**2 / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return max((middle - reach) / (1 + z**2 / total), 0.0), min((middle + reach) / (1 + z**2 / total), 1.0)


def _ratio_of_shares(a: float, b: float, c: float, d: float, confidence: float) -> tuple[float, float, float]:
    """a / (a + b) to c / (c + d), with its limits on the logarithmic scale."""
    ratio = (a / (a + b)) / (c / (c + d))
    reach = math.exp(_normal(confidence) * math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)))
    return ratio, ratio / reach, ratio * reach


def two_by_two(true_positive: int, false_positive: int, false_negative: int, true_negative: int, confidence: float = 0.95) -> pd.DataFrame:
    """Everything a two-by-two table says about a test.

    Returns a DataFrame indexed by `measure` (sensitivity, specificity, positive_predictive_value, negative_predictive_value,
    likelihood_ratio_positive, likelihood_ratio_negative) with columns `value`, `low` and `high` (confidence limits), `meaning`,
    `method` and `note`. When a cell is zero, 0.5 is added to each cell for the two ratios: the note and `attrs["added"]` say so.
    `attrs` also has `n`, `prevalence` (the predictive values hold only there) and `confidence`.

    Raises ValueError for counts that are not whole numbers from 0 up, when nobody has the disease or nobody is free of it,
    or for a confidence not strictly between 0 and 1.

    Method: intervals of Wilson 1927 for proportions; the log method of Simel 1991 for the ratios.

    >>> table = two_by_two(36, 0, 8, 100)  # dorsiflexion-eversion test, Kinoshita 2001, against healthy feet
    >>> table["value"].round(2).tolist()
    [0.82, 1.0, 1.0, 0.93, 163.84, 0.19]
    >>> table.attrs["added"], table.loc["likelihood_ratio_positive", "note"]
    (0.5, 'A cell is zero, so 0.5 was added to each cell.')
    """
    confidence = _probability(confidence, "The confidence", ends=False)
    cells = {"true_positive": true_positive, "false_positive": false_positive, "false_negative": false_negative, "true_negative": true_negative}
    for name, count in cells.items():
        if not (isinstance(count, (int, float, np.number)) and 0 <= count < math.inf and count == int(count)):
            raise InputError(f"{name} is {count!r}; it must be a whole number of people, 0 or more.")
    tp, fp, fn, tn = (int(count) for count in cells.values())
    if not tp + fn:
        raise InputError("Nobody in the table has the disease (true_positive and false_negative are both 0), so there is no sensitivity.")
    if not fp + tn:
        raise InputError("Nobody in the table is free of the disease (false_positive and true_negative are both 0), so there is no specificity.")
    rows = {}
    for measure, count, total, meaning in [
        ("sensitivity", tp, tp + fn, "Of the people with the disease, the share with a positive test."),
        ("specificity", tn, tn + fp, "Of the people without the disease, the share with a negative test."),
        ("positive_predictive_value", tp, tp + fp, "Of the people with a positive test, the share with the disease."),
        ("negative_predictive_value", tn, tn + fn, "Of the people with a negative test, the share without the disease."),
    ]:
        limits = wilson(count, total, confidence) if total else (math.nan, math.nan)
        value, note = (count / total, "") if total else (math.nan, f"Nobody tested {measure.split('_')[0]}, so it cannot be known.")
        rows[measure] = value, *limits, meaning, "Wilson", note
    added = 0.5 if 0 in (tp, fp, fn, tn) else 0.0
    note = "A cell is zero, so 0.5 was added to each cell." if added else ""
    for result, with_disease, without in [("positive", (tp, fn), (fp, tn)), ("negative", (fn, tp), (tn, fp))]:
        limits = _ratio_of_shares(*(count + added for count in (*with_disease, *without)), confidence)
        meaning = f"How many times commoner a {result} test is with the disease than without."
        rows[f"likelihood_ratio_{result}"] = *limits, meaning, "log method (Simel)", note
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high", "meaning", "method", "note"]).rename_axis("measure")
    n = tp + fp + fn + tn
    frame.attrs = {"added": added, "n": n, "prevalence": (tp + fn) / n, "confidence": confidence}
    return frame
