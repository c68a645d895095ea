"""What a schema cannot say about the tables: references inside lists, contradictions, findings without use.

Each rule takes the tables as text and yields problems. A rule whose table could not be read is skipped, and a cell
the schema check already complained about is passed over in silence.
"""

from collections import Counter, defaultdict
from pathlib import Path

from heelkit.alarm_rules import ALARM_RULES
from heelkit.anatomy_rules import ANATOMY_RULES
from heelkit.card_rules import CARD_RULES
from heelkit.case_rules import CASE_RULES
from heelkit.check import Problem, Table, number, same_as_ours, suggester
from heelkit.drawing_rules import drawings, drawings_of
from heelkit.drug_rules import DRUG_RULES
from heelkit.question_rules import QUESTION_RULES
from heelkit.series_rules import SERIES_RULES


def list_references(tables: dict[str, Table]):
    """Every id in a joined list stands in the table it refers to."""
    hints = {}
    for table in tables.values():
        for field in table.schema["fields"]:
            target = tables.get(field.get("references"))
            if target is None:
                continue
            valid = set(target.values(target.schema["primaryKey"]))
            hint = hints.setdefault(target.name, suggester(sorted(valid)))
            for row, cells in table.rows:
                cell = cells.get(field["name"])
                for value in cell.split(field["separator"]) if cell else ():
                    if not value:
                        yield table.problem(row, field["name"], f"a '{field['separator']}' too many: an id is missing before or after it.")
                    elif value not in valid:
                        yield table.problem(row, field["name"], f"'{value}' is not in {target.path}" + hint(value))


def percentages(presentations: Table, frequency_words: Table):
    """Measured percentages fit the frequency word, or a note says why not."""
    bands = {c["frequency"]: (number(c["percent_low"]), number(c["percent_high"])) for _, c in frequency_words.rows}
    for row, cells in presentations.rows:
        low, high = number(cells["percent_low"]), number(cells["percent_high"])
        if (low is None) != (high is None):
            column = "percent_low" if low is None else "percent_high"
            yield presentations.problem(row, column, "one end of the percentage is blank; write the same number twice for a single figure.")
        if low is None or high is None or None in bands.get(cells["frequency"], (None,)):
            continue
        if low > high:
            yield presentations.problem(row, "percent_low", f"{low:g} is larger than percent_high, {high:g}.")
        elif cells["frequency"] == "excluded" and high > 0:
            yield presentations.problem(row, "frequency", f"'excluded' contradicts the {high:g}% in the same row.")
        elif not cells["note"]:
            band = bands[cells["frequency"]]
            if low < band[0] - 0.5 or high > band[1] + 0.99:
                text = f"{low:g} to {high:g}%" if low != high else f"{low:g}%"
                yield presentations.problem(
                    row, "percent_low", f"{text} lies outside '{cells['frequency']}' ({band[0]:g} to {band[1]:g}%) and no note says why."
                )


def separable(presentations: Table, conditions: Table):
    """Every condition has a picture, and no two have the same one."""
    picture = defaultdict(dict)
    for _, cells in presentations.rows:
        picture[cells["condition_id"]][cells["finding_id"]] = (cells["frequency"], cells["percent_low"], cells["percent_high"])
    seen = {}
    for row, cells in conditions.rows:
        mine = frozenset(picture[cells["condition_id"]].items())
        if not mine:
            yield conditions.problem(row, "condition_id", f"'{cells['condition_id']}' has no row in {presentations.path}, so nothing can speak for it.")
        elif mine in seen:
            yield conditions.problem(
                row, "condition_id", f"no finding can separate '{cells['condition_id']}' from '{seen[mine]}': their rows in {presentations.path} are the same."
            )
        seen.setdefault(mine, cells["condition_id"])


def used_findings(findings: Table, *users: Table):
    """Every finding is used by some condition, test, red flag, muscle, reflex or site; a skin region's own two may wait for a use."""
    used = set()
    for table in users:
        for column in table.header:
            if column == "structure" or column.endswith("finding_id"):
                used.update(table.values(column))
    for row, cells in findings.rows:
        if cells["finding_id"] not in used and not cells["region_id"]:
            yield findings.problem(row, "finding_id", f"no condition, test, red flag, muscle, reflex or site uses '{cells['finding_id']}'.")


def region_findings(findings: Table, regions: Table):
    """Every skin region can be numb and can be painful."""
    known = set(findings.values("finding_id"))
    for row, cells in regions.rows:
        for wanted in (f"numb_{cells['region_id']}", f"pain_{cells['region_id']}"):
            if wanted not in known:
                yield regions.problem(row, "region_id", f"{findings.path} has no finding '{wanted}' for this region.")


def distinct_labels(findings: Table):
    """No two findings look the same on screen."""
    seen = {}
    for row, cells in findings.rows:
        label = cells["label"].casefold()
        if label and label in seen:
            yield findings.problem(row, "label", f"'{cells['label']}' is the label of '{seen[label]}' too; students could not tell them apart.")
        seen.setdefault(label, cells["finding_id"])


def pretest_complete(pretest_weights: Table, settings: Table, conditions: Table):
    """Every condition has a pretest weight in every setting."""
    have = {(c["setting_id"], c["condition_id"]) for _, c in pretest_weights.rows}
    for row, cells in conditions.rows:
        for setting in settings.values("setting_id"):
            if (setting, cells["condition_id"]) not in have:
                yield conditions.problem(row, "condition_id", f"'{cells['condition_id']}' has no row for the setting '{setting}' in {pretest_weights.path}.")


def accuracy_rows(test_accuracy: Table):
    """One default per finding and condition; a default row has a ratio, a number a source; limits enclose their value."""
    first = {}
    for row, cells in test_accuracy.rows:
        pair = (cells["finding_id"], cells["condition_id"])
        if cells["use"] == "default" and cells["condition_id"]:
            if pair in first:
                yield test_accuracy.problem(
                    row, "use", f"row {first[pair]} is the default for '{pair[0]}' and '{pair[1]}' already; make one of them 'alternative'."
                )
            first.setdefault(pair, row)
        if cells["use"] == "default" and not cells["lr_positive"] and not cells["lr_negative"]:
            yield test_accuracy.problem(row, "lr_positive", "a default row needs a likelihood ratio on at least one side.")
        if not cells["source_ids"] and cells["use"] != "no_number":
            yield test_accuracy.problem(row, "source_ids", "the cell is blank but a measured number must have a source.")
        for what in ("sensitivity", "specificity"):
            low, value, high = (number(cells[c]) for c in (f"{what}_low", what, f"{what}_high"))
            if low is not None and high is not None and low > high:
                yield test_accuracy.problem(row, f"{what}_low", f"{low:g} is larger than {what}_high, {high:g}.")
            elif value is not None and ((low is not None and value < low) or (high is not None and value > high)):
                yield test_accuracy.problem(row, what, f"{value:g} lies outside its own limits.")


def red_flag_rules(red_flags: Table, red_flag_findings: Table, conditions: Table):
    """Every rule has findings, and every red-flag condition is suspected by a rule."""
    with_findings = set(red_flag_findings.values("red_flag_id"))
    suspected = set()
    for row, cells in red_flags.rows:
        suspected.update(cells["suspected_condition_ids"].split(";"))
        if cells["red_flag_id"] not in with_findings:
            yield red_flags.problem(row, "red_flag_id", f"'{cells['red_flag_id']}' has no findings in {red_flag_findings.path}, so it can never fire.")
    for row, cells in conditions.rows:
        if cells["red_flag"] == "true" and cells["condition_id"] not in suspected:
            yield conditions.problem(row, "red_flag", f"'{cells['condition_id']}' is marked as a red flag but no rule in {red_flags.path} suspects it.")


def slots(red_flag_findings: Table, finding_sets: Table, finding_set_members: Table):
    """A row of a red flag names a finding or a set, not both; a set has members."""
    for row, cells in red_flag_findings.rows:
        if bool(cells["finding_id"]) == bool(cells["set_id"]):
            yield red_flag_findings.problem(row, "finding_id", "name either a finding_id or a set_id, one of the two.")
    filled = set(finding_set_members.values("set_id"))
    for row, cells in finding_sets.rows:
        if cells["set_id"] not in filled:
            yield finding_sets.problem(row, "set_id", f"'{cells['set_id']}' has no members in {finding_set_members.path}.")


def absence_caps(presentations: Table, conditions: Table):
    """Findings that a dangerous condition often lacks have a cap on what their absence takes away."""
    dangerous = {c["condition_id"] for _, c in conditions.rows if c["red_flag"] == "true"}
    often_missing = ("frequent", "occasional", "very_rare")
    for row, cells in presentations.rows:
        if cells["condition_id"] in dangerous and cells["frequency"] in often_missing and not cells["absence_cap"]:
            yield presentations.problem(row, "absence_cap", f"'{cells['condition_id']}' is dangerous and often lacks this finding; write a cap, such as 0.1.")


def groups_in_use(findings: Table, dependence_groups: Table, topics: Table):
    """A dependence group has at least two findings, and a topic at least one."""
    members = Counter(findings.values("group_id"))
    for row, cells in dependence_groups.rows:
        if members[cells["group_id"]] < 2:
            yield dependence_groups.problem(row, "group_id", f"'{cells['group_id']}' has {members[cells['group_id']]} findings; a group needs at least two.")
    topics_used = set(findings.values("topic_id"))
    for row, cells in topics.rows:
        if cells["topic_id"] not in topics_used:
            yield topics.problem(row, "topic_id", f"no finding belongs to '{cells['topic_id']}'.")


RULES = {
    list_references: None,  # takes all tables
    percentages: ("presentations", "frequency_words"),
    separable: ("presentations", "conditions"),
    used_findings: (
        "findings",
        "presentations",
        "test_accuracy",
        "red_flag_findings",
        "finding_set_members",
        "muscles",
        "reflexes",
        "site_deficits",
    ),
    region_findings: ("findings", "regions"),
    distinct_labels: ("findings",),
    pretest_complete: ("pretest_weights", "settings", "conditions"),
    accuracy_rows: ("test_accuracy",),
    red_flag_rules: ("red_flags", "red_flag_findings", "conditions"),
    slots: ("red_flag_findings", "finding_sets", "finding_set_members"),
    absence_caps: ("presentations", "conditions"),
    groups_in_use: ("findings", "dependence_groups", "topics"),
    **ALARM_RULES,
    **ANATOMY_RULES,
    **CARD_RULES,
    **DRUG_RULES,
    **QUESTION_RULES,
    **CASE_RULES,
    **SERIES_RULES,
}


def rule_problems(tables: dict[str, Table], folder: Path, changed: set[str]) -> list[Problem]:
    """The problems that the rules find whose tables could be read, and those of the drawings in `folder`; nothing where nothing has `changed`."""
    found = []
    if "regions" in tables and ("regions" in changed or not same_as_ours(folder, drawings_of(tables["regions"]))):
        found += drawings(tables["regions"], folder)
    for rule, names in RULES.items():
        if names is None:
            found += rule(tables)
        elif changed.intersection(names) and all(name in tables for name in names):
            found += rule(*(tables[name] for name in names))
    return found
