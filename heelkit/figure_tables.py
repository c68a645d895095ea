"""What the figures show, without drawing it: a table for each figure to print beside it, and the sentence of its caption.

Everything here is computed from the tables of heelkit; nothing needs plotly, so a lesson or a test can use the numbers alone.
"""

import numpy as np
import pandas as pd

from heelkit.citations import percent
from heelkit.errors import InputError
from heelkit.ratios import post_test, wilson
from heelkit.reasons import PRETEST

PRETESTS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
PEOPLE = {  # group of the icon array -> what it is called
    "true_positive": "has it, test positive",
    "false_negative": "has it, but missed",
    "false_positive": "false alarm (does not have it)",
    "true_negative": "rightly negative",
}


def need(table, columns: list[str], figure: str, giver: str):
    """Raise an InputError that says which columns are missing and which function gives them."""
    missing = [c for c in columns if c not in getattr(table, "columns", ())]
    if missing:
        raise InputError(f"{figure} needs a table with the column{'s' * (len(missing) > 1)} {', '.join(missing)}; {giver} gives one.")
    if not len(table):
        raise InputError(f"The table for {figure} has no rows, so there is nothing to draw.")


def times(ratio: float) -> str:
    """A likelihood ratio as what it does to the odds.

    >>> times(0.25)
    '÷ 4'
    """
    return f"\u00d7 {ratio:.3g}" if ratio >= 1 else f"÷ {1 / ratio:.3g}"


def fine(p: float) -> str:
    """A probability with a digit more at both ends, where `percent` only says "<1%".

    >>> fine(0.004), fine(0.31), fine(0.998)
    ('0.4%', '31%', '99.8%')
    """
    return f"{p * 100:.2g}%" if p < 0.1 else f"{p * 100:.3g}%" if p >= 0.99 else percent(p)


def odds_words(odds: float) -> str:
    """Odds as they are read out.

    >>> odds_words(0.25)
    '1 : 4'
    """
    return f"{odds:.3g} : 1" if odds >= 1 else f"1 : {1 / odds:.3g}"


def lines_of(lines: pd.DataFrame, pretest: float | None) -> tuple[list[str], list[float], float]:
    """Label and ratio of every line of the nomogram, and where the slider starts."""
    if "ratio_counted" in getattr(lines, "columns", ()):
        need(lines.iloc[1:], ["label", "result", "ratio_counted", "probability"], "nomogram", "odds.chain")
        tests, start = lines.iloc[1:], float(lines["probability"].iloc[0])
        labels = [f"{'then ' if i else ''}{r.label}: {r.result}" for i, r in enumerate(tests.itertuples())]
        ratios = tests["ratio_counted"].cumprod().tolist()
    else:
        need(lines, ["label", "ratio"], "nomogram", "odds.chain")
        labels, ratios, start = lines["label"].tolist(), lines["ratio"].astype(float).tolist(), 0.1
    start = start if pretest is None else pretest
    for ratio in ratios:
        post_test(start, ratio)  # refuses what is not a probability or a ratio
    if not 0 < start < 1:
        raise InputError(f"The pretest probability is {start!r}; a nomogram needs one strictly between 0 and 1 (0.1 means 10 %).")
    return labels, ratios, float(start)


def nomogram_table(lines: pd.DataFrame, pretest: float | None = None) -> pd.DataFrame:
    """What the nomogram shows: every line at every position of the slider.

    Parameters: as in `nomogram`. Returns a DataFrame with columns `label`, `ratio`, `pretest` and `post_test` (0..1).

    >>> table = nomogram_table(pd.DataFrame({"label": ["low ferritin"], "ratio": [6]}), pretest=0.31)
    >>> table[table["pretest"] == 0.31]["post_test"].round(2).tolist()
    [0.73]
    """
    labels, ratios, start = lines_of(lines, pretest)
    places = sorted({*PRETESTS, start})
    rows = [(label, ratio, p, post_test(p, ratio)) for p in places for label, ratio in zip(labels, ratios, strict=True)]
    return pd.DataFrame(rows, columns=["label", "ratio", "pretest", "post_test"])


def nomogram_caption(table: pd.DataFrame, start: float) -> str:
    """Where each line of `nomogram_table` leads from `start`."""
    ends = "; ".join(f"{r.label} (likelihood ratio {r.ratio:.3g}) leads to {fine(r.post_test)}" for r in table[table["pretest"] == start].itertuples())
    return f"Starting from {fine(start)}: {ends}. Move the slider to start elsewhere."


def waterfall_table(steps: pd.DataFrame) -> pd.DataFrame:
    """The steps of the waterfall, from the table of `odds.chain` or of `explain`.

    Returns a DataFrame with columns `label`, `ratio` (what the step multiplies the odds by), `log10_before`, `log10_after` and `odds` so far;
    the first row is the start. What weighs nothing is one row together.

    >>> import heelkit
    >>> table = waterfall_table(heelkit.explain("heel_spur", present=["heel_spur_xray"]))
    >>> table["label"].tolist()
    ['Before anything was asked', 'X-ray: heel spur: present']
    """
    chain = "ratio_counted" in getattr(steps, "columns", ())
    ratio = "ratio_counted" if chain else "likelihood_ratio"
    state = "result" if chain else "state"
    need(steps, ["label", state, ratio, *(["odds"] if chain else [])], "waterfall", "odds.chain or explain")
    first, rest = steps.iloc[0], steps.iloc[1:]
    if first[state] != PRETEST:
        raise InputError("The first row of a waterfall is the starting point (pretest); give the whole table of odds.chain or explain.")
    weigh = rest[np.abs(np.log10(rest[ratio])) >= 0.005]
    rows = [(first["label"], float(first["odds"] if chain else first[ratio]))]
    rows += [(f"{label}: {result}", float(r)) for label, result, r in zip(weigh["label"], weigh[state], weigh[ratio], strict=True)]
    if len(silent := rest.drop(weigh.index)):
        rows.append((f"{len(silent)} more that weigh{'s' * (len(silent) == 1)} nothing", float(silent[ratio].prod())))
    after = np.cumsum(np.log10([r for _, r in rows]))
    before = np.concatenate([[0.0], after[:-1]])
    return pd.DataFrame({"label": [label for label, _ in rows], "ratio": [r for _, r in rows], "log10_before": before, "log10_after": after, "odds": 10**after})


def against_what(steps: pd.DataFrame) -> str:
    """What the odds of a waterfall are against: `odds.chain` and `explain` differ in this."""
    return "everything else" if "ratio_counted" in steps else "none of these"


def waterfall_caption(table: pd.DataFrame, steps: pd.DataFrame) -> str:
    """The odds at the start and the end of `waterfall_table`, and each step between."""
    parts = "; ".join(f"{r.label}{' ' + times(r.ratio) if 'nothing' not in r.label else ''}" for r in table.iloc[1:].itertuples()) or "nothing else was asked"
    start, end = odds_words(table["odds"].iloc[0]), odds_words(table["odds"].iloc[-1])
    sentence = f"The odds (it : {against_what(steps)}) go from {start} to {end}: {parts}."
    if "probability" in steps:
        sentence += f" As a probability: from {fine(steps['probability'].iloc[0])} to {fine(steps['probability'].iloc[-1])}."
    return sentence


def icon_array_table(pretest: float, sensitivity: float, specificity: float, patients: int = 1000) -> pd.DataFrame:
    """How many of so many patients fall into each of the four cells, in whole people.

    Returns a DataFrame indexed by `group` with columns `people` and `label`; the people add up to `patients`.
    Raises ValueError for a probability outside 0..1 or a number of patients that is not a whole number from 1 to 10000.

    >>> icon_array_table(pretest=0.05, sensitivity=0.9, specificity=0.9)["people"].to_dict()
    {'true_positive': 45, 'false_negative': 5, 'false_positive': 95, 'true_negative': 855}
    """
    for name, value in {"pretest probability": pretest, "sensitivity": sensitivity, "specificity": specificity}.items():
        if not (isinstance(value, (int, float, np.number)) and 0 <= value <= 1):
            raise InputError(f"The {name} is {value!r}; it must lie between 0 and 1 (0.8 means 80 %).")
    if not (isinstance(patients, (int, np.integer)) and 1 <= patients <= 10_000):
        raise InputError(f"patients is {patients!r}; it must be a whole number from 1 to 10000.")
    sick = int(patients * pretest + 0.5)
    found, alarms = int(sick * sensitivity + 0.5), int(round((patients - sick) * (1 - specificity), 9) + 0.5)
    people = [found, sick - found, alarms, patients - sick - alarms]
    return pd.DataFrame({"people": people, "label": list(PEOPLE.values())}, index=pd.Index(PEOPLE, name="group"))


def icon_array_caption(people: pd.DataFrame) -> str:
    """The four cells of `icon_array_table` in natural frequencies."""
    tp, fn, fp, _ = (int(n) for n in people["people"])
    positive = f"of {tp + fp} positive tests {tp} are right ({percent(tp / (tp + fp))})" if tp + fp else "no test is positive"
    return f"Of {people['people'].sum()} patients, {tp + fn} have it: the test finds {tp} and misses {fn}. It also raises {fp} false alarms, so {positive}."


def test_comparison_table(tests: pd.DataFrame) -> pd.DataFrame:
    """What the test comparison shows: the rows of `odds.comparison` with both numbers, with the `mark` they have in the figure.

    >>> import heelkit
    >>> table = test_comparison_table(heelkit.odds.comparison("s1_radiculopathy"))
    >>> table["mark"].tolist() == list(range(1, len(table) + 1))
    True
    """
    columns = ["label", "sensitivity", "specificity", "sensitivity_low", "sensitivity_high", "specificity_low", "specificity_high", "quality", "use"]
    need(tests, columns, "test_comparison", "odds.comparison")
    both = tests[tests["sensitivity"].notna() & tests["specificity"].notna()]
    if both.empty:
        raise InputError("No test in this table has both a sensitivity and a specificity, so none has a place in the figure.")
    return both[columns].assign(mark=range(1, len(both) + 1))[["mark", *columns]]


def marks_of(table: pd.DataFrame) -> dict[int, str]:
    """What stands beside each point: its number; points that nearly coincide share one text, at the first of them."""
    at, said = table.set_index("mark")[["sensitivity", "specificity"]], {}
    for mark in at.index:
        near = next((m for m in said if (at.loc[m] - at.loc[mark]).abs().max() < 0.06), mark)
        said[near] = [*said.get(near, []), mark]
    return {mark: ", ".join(map(str, said.get(mark, []))) for mark in at.index}


def test_comparison_caption(table: pd.DataFrame, tests: pd.DataFrame) -> str:
    """The study farthest from the line that tells nothing, and the tests that have no place in the figure."""
    used = table[table["use"] == "default"]
    best = max((table if used.empty else used).itertuples(), key=lambda r: r.sensitivity + r.specificity)
    left_out = sorted(set(tests["label"]) - set(table["label"]))
    sentence = (
        f"{len(table)} of {len(tests)} studies print both numbers. {'' if used.empty else 'Of those in use, '}farthest from the line "
        f"that tells nothing: {best.label} (sensitivity "
        f"{best.sensitivity:.0%}, specificity {best.specificity:.0%}, {best.quality.replace('_', ' ')} quality). Higher and further left is better."
    )
    return sentence + (f" No place in the figure, because a number is missing: {'; '.join(left_out)}." if left_out else "")


test_comparison_table.__test__ = test_comparison_caption.__test__ = False  # not tests of ours


def information_table(questions: pd.DataFrame, top: int = 10) -> pd.DataFrame:
    """What the information figure shows: the first `top` rows of `next_questions`.

    >>> import heelkit
    >>> information_table(heelkit.next_questions(present=["tingling"]), top=3).index.tolist()
    [0, 1, 2]
    """
    need(questions, ["label", "bits", "kind", "effort", "bits_per_effort", "red_flag"], "information", "next_questions")
    if not (isinstance(top, (int, np.integer)) and top >= 1):
        raise InputError(f"top is {top!r}; it must be a whole number, 1 or more.")
    return questions.head(top).reset_index(drop=True)


def information_caption(table: pd.DataFrame, stop: str = "") -> str:
    """The question that tells most for the effort, the red-flag questions, and whether to stop."""
    best = table.loc[table["bits_per_effort"].idxmax()]
    sentence = f"Most for the effort: {best['label']} ({best['bits']:.2f} bits, effort {best['effort']}, so {best['bits_per_effort']:.2f} per effort)."
    flagged = table[table["red_flag"] != ""]["label"].tolist()
    sentence += f" Red-flag questions: {'; '.join(flagged)}." if flagged else " No red flag is one answer away."
    return f"{sentence} {stop}".strip()


def calibration_table(predictions: pd.DataFrame, bins: int = 5) -> pd.DataFrame:
    """Predictions in bins of equal width: what was said, what happened.

    Parameters: a table with columns `probability` (0..1) and `outcome` (0 or 1; False or True), a row per prediction.

    Returns a DataFrame, a row per bin that is not empty: `from`, `to`, `n`, `predicted` (mean), `observed` (share), `low` and `high`
    (Wilson interval, 95 %). `attrs["brier"]` is the mean squared error (Brier 1950). Raises ValueError for anything else in the columns.

    >>> table = calibration_table(pd.DataFrame({"probability": [0.1, 0.1, 0.9, 0.9], "outcome": [0, 0, 1, 0]}), bins=2)
    >>> table[["n", "predicted", "observed"]].to_numpy().tolist()
    [[2.0, 0.1, 0.0], [2.0, 0.9, 0.5]]
    """
    need(predictions, ["probability", "outcome"], "calibration", "a row per patient")
    if not (isinstance(bins, (int, np.integer)) and 1 <= bins <= 50):
        raise InputError(f"bins is {bins!r}; it must be a whole number from 1 to 50.")
    p, outcome = (pd.to_numeric(predictions[c], errors="coerce").to_numpy(dtype=float) for c in ("probability", "outcome"))
    if not ((p >= 0) & (p <= 1)).all():
        raise InputError("Every probability must lie between 0 and 1 (0.8 means 80 %); at least one does not, or is missing.")
    if not np.isin(outcome, (0, 1)).all():
        raise InputError("Every outcome must be 0 (did not have it) or 1 (had it); at least one is not.")
    edges = np.linspace(0, 1, bins + 1)
    place = np.minimum((p * bins + 1e-9).astype(int), bins - 1)
    rows = []
    for b in np.unique(place):
        inside = place == b
        n, hits = int(inside.sum()), int(outcome[inside].sum())
        rows.append((edges[b], edges[b + 1], n, float(p[inside].mean()), hits / n, *wilson(hits, n)))
    table = pd.DataFrame(rows, columns=["from", "to", "n", "predicted", "observed", "low", "high"])
    table.attrs["brier"] = float(np.mean((p - outcome) ** 2))
    return table


def calibration_caption(table: pd.DataFrame) -> str:
    """Each bin of `calibration_table` in words."""
    said = "; ".join(f"said {r.predicted:.0%}, happened {r.observed:.0%} ({round(r.observed * r.n)} of {r.n})" for r in table.itertuples())
    return f"{table['n'].sum()} predictions: {said}. Mean squared error (Brier score) {table.attrs['brier']:.3f}."
