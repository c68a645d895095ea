"""What a condition card needs: texts, a ladder, findings, a place and codes, so that no card has an empty part."""

from collections import Counter

from heelkit.check import Table

FINDINGS, STEPS = 5, 2
NO_MORE = "nothing more is known"  # in the management cell: the ladder really has one step


def complete_cards(conditions: Table, presentations: Table, condition_sites: Table, findings: Table):
    """Every condition has what its card shows. Cells that the schema requires are the schema's business."""
    sourced = Counter(c["condition_id"] for _, c in presentations.rows if c["source_ids"])
    regional = {c["finding_id"] for _, c in findings.rows if c["region_id"]}
    placed = set(condition_sites.values("condition_id")) | {c["condition_id"] for _, c in presentations.rows if c["finding_id"] in regional}
    for row, cells in conditions.rows:
        condition, management = cells["condition_id"], cells["management"]
        steps = [step for step in management.split(" > ") if step.strip()]
        if management and len(steps) < STEPS and NO_MORE not in management:
            yield conditions.problem(
                row, "management", f"'{condition}' has {len(steps)} step; write at least {STEPS}, separated by ' > ', or add '({NO_MORE})'."
            )
        if sourced[condition] < FINDINGS:
            why = f"'{condition}' has {sourced[condition]} findings with a source in {presentations.path}; its card needs at least {FINDINGS}."
            yield conditions.problem(row, "condition_id", why)
        if condition not in placed:
            why = f"'{condition}' has no place: neither a row in {condition_sites.path} nor a region finding in {presentations.path}."
            yield conditions.problem(row, "condition_id", why)
        if cells["red_flag"] == "true" and not cells["red_flag_note"]:
            yield conditions.problem(row, "red_flag_note", f"'{condition}' is marked as a red flag but nothing says why it is urgent.")
        if not cells["icd10"]:
            yield conditions.problem(row, "icd10", f"'{condition}' has no ICD-10 code; a broad one is better than none.")
        if not cells["mondo_id"] and cells["mondo_match"] != "none":
            yield conditions.problem(row, "mondo_match", f"'{condition}' has no MONDO term; write 'none' when there really is none.")


CARD_RULES = {complete_cards: ("conditions", "presentations", "condition_sites", "findings")}
