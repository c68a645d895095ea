"""What a case needs: one main answer, an opening, something left to ask, and a place that fits the answer."""

from collections import defaultdict

from heelkit.check import Table, suggest


def playable_cases(cases: Table, case_conditions: Table, case_findings: Table):
    """One main condition; an opening that tells something; at least one finding that must be asked for."""
    main, told, hidden = defaultdict(int), defaultdict(int), defaultdict(int)
    for _, cells in case_conditions.rows:
        main[cells["case_id"]] += cells["role"] == "main"
    for _, cells in case_findings.rows:
        (told if cells["opening"] == "true" else hidden)[cells["case_id"]] += 1
    for row, cells in cases.rows:
        case = cells["case_id"]
        if main[case] != 1:
            count = f"{main[case]} main conditions" if main[case] else "no main condition"
            yield cases.problem(row, "case_id", f"'{case}' has {count} in {case_conditions.path}; exactly one is needed.")
        if not told[case]:
            yield cases.problem(row, "case_id", f"'{case}' says nothing in its opening; set opening to true for a finding in {case_findings.path}.")
        if not hidden[case]:
            yield cases.problem(row, "case_id", f"nothing is left to ask in '{case}': every finding in {case_findings.path} stands in the opening.")


def place_fits_the_answer(cases: Table, case_conditions: Table, condition_sites: Table):
    """Where the tables say at which sites a condition sits, the case's site is one of them."""
    sites, answers = defaultdict(set), defaultdict(set)
    for _, cells in condition_sites.rows:
        sites[cells["condition_id"]].add(cells["site_id"])
    for _, cells in case_conditions.rows:
        answers[cells["case_id"]].add(cells["condition_id"])
    for row, cells in cases.rows:
        valid = set().union(*(sites[c] for c in answers[cells["case_id"]]))
        if cells["site_id"] and valid and cells["site_id"] not in valid:
            named = " or ".join(sorted(answers[cells["case_id"]]))
            yield cases.problem(row, "site_id", f"'{cells['site_id']}' is no site of {named} in {condition_sites.path}" + suggest(cells["site_id"], valid))


CASE_RULES = {
    playable_cases: ("cases", "case_conditions", "case_findings"),
    place_fits_the_answer: ("cases", "case_conditions", "condition_sites"),
}
