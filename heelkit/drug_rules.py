"""Rules for the table of drugs: its days must make sense together, or the timeline would teach nonsense."""

from heelkit.check import Table, number

COASTING = "after_stop_days"


def drug_times(drugs: Table):
    """The earliest onset is not later than the latest, and days after stopping stand only where symptoms can begin then."""
    for row, cells in drugs.rows:
        low, high = number(cells["onset_days_low"]), number(cells["onset_days_high"])
        if low is not None and high is not None and low > high:
            yield drugs.problem(row, "onset_days_low", f"{low:g} is larger than onset_days_high, {high:g}.")
        if cells[COASTING] and cells["can_begin_after_stop"] != "yes":
            yield drugs.problem(
                row, COASTING, f"days stand here, but can_begin_after_stop is '{cells['can_begin_after_stop']}'; write yes, or leave this blank."
            )


def drug_conditions(drugs: Table, presentations: Table):
    """The condition of a drug is one that a drug, or what a drug does to a vitamin, can cause: its picture names an exposure."""
    exposures = {
        cells["condition_id"]
        for _, cells in presentations.rows
        if cells["finding_id"].endswith(("_exposure", "_use", "_risk")) or cells["finding_id"] == "metformin"
    }
    for row, cells in drugs.rows:
        condition = cells["condition_id"]
        if condition and condition not in exposures and cells["drug_class"] != "other":
            yield drugs.problem(row, "condition_id", f"no presentation of '{condition}' asks for a drug or supplement, so it is not an effect of one.")


DRUG_RULES = {
    drug_times: ("drugs",),
    drug_conditions: ("drugs", "presentations"),
}
