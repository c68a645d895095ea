"""Rules for the published series and the pretest weights that rest on them."""

from heelkit.check import Table, number

ROUNDING = 0.51  # percentage points: sources round to whole percent


def series_counts(series: Table):
    """What was counted is a part of `n`, and makes the percentage."""
    for row, cells in series.rows:
        counted, n, percent = (number(cells[c]) for c in ("counted", "n", "percent"))
        if counted is None:
            continue
        if n is None:
            yield series.problem(row, "n", "how many were counted stands here, but not out of how many.")
        elif counted > n:
            yield series.problem(row, "counted", f"{counted:g} is larger than n, {n:g}.")
        elif n and percent is not None and abs(100 * counted / n - percent) > ROUNDING:
            yield series.problem(row, "percent", f"{counted:g} of {n:g} is {100 * counted / n:.1f}%, not {percent:g}%.")


def series_targets(series: Table):
    """The same target names the same conditions everywhere, or figures for different things would be compared."""
    first = {}
    for row, cells in series.rows:
        ids = frozenset(cells["condition_ids"].split(";"))
        if cells["target"] not in first:
            first[cells["target"]] = row, ids
        elif ids != first[cells["target"]][1]:
            yield series.problem(row, "condition_ids", f"the same target names other conditions in row {first[cells['target']][0]}.")


def weights_cited(pretest_weights: Table):
    """A pretest weight that is more than an estimate cites what it rests on."""
    for row, cells in pretest_weights.rows:
        if cells["basis"] not in ("", "estimate") and not cells["source_ids"]:
            yield pretest_weights.problem(row, "source_ids", f"the cell is blank but the basis is '{cells['basis']}'; name the source, or write 'estimate'.")


SERIES_RULES = {
    series_counts: ("series",),
    series_targets: ("series",),
    weights_cited: ("pretest_weights",),
}
