"""What a story of the red-flag lesson needs: a rule, a speed that follows from it, and a clue that really stands in the story."""

import re

from heelkit.check import Table

URGENCIES = ("act_now", "today", "this_week", "no_hurry")  # fastest first
ALLOWED = {"act_now": ("act_now", "today"), "think_of_it": ("today", "this_week")}  # level of a rule -> speeds of its stories
# Words of a rule's time frame that allow a speed; a rule says "immediate if ...; otherwise within days", so several may be allowed.
SPEAKS_OF = {
    "act_now": r"\b(immediate(ly)?|now|hours?)\b",
    "today": r"\b(same day|same visit|immediate(ly)?|now|1 working day|(24|48) hours)\b",
    "this_week": r"\b(days|weeks?)\b",
}


def every_rule_has_a_story(red_flags: Table, alarms: Table):
    """In a folder with stories, every rule has one; a folder without any has no such lesson."""
    told = set(alarms.values("red_flag_id"))
    if not alarms.rows:
        return
    for row, cells in red_flags.rows:
        if cells["red_flag_id"] not in told:
            yield red_flags.problem(row, "red_flag_id", f"'{cells['red_flag_id']}' has no story in {alarms.path}, so no student decides on it.")


def urgency_follows_the_rule(alarms: Table, red_flags: Table):
    """The speed of a story is one that the level and the time frame of its rule allow; without a rule there is no hurry."""
    rules = {cells["red_flag_id"]: cells for _, cells in red_flags.rows}
    for row, cells in alarms.rows:
        urgency, rule = cells["urgency"], rules.get(cells["red_flag_id"])
        if not cells["red_flag_id"]:
            if urgency != "no_hurry":
                yield alarms.problem(row, "urgency", f"'{urgency}' has no rule behind it; name the red_flag_id, or write 'no_hurry'.")
            continue
        if rule is None or rule["level"] not in ALLOWED or urgency not in URGENCIES:
            continue  # the schema check says it
        if urgency not in ALLOWED[rule["level"]]:
            speeds = " or ".join(f"'{u}'" for u in ALLOWED[rule["level"]])
            yield alarms.problem(row, "urgency", f"'{urgency}' does not fit a rule of the level '{rule['level']}'; write {speeds}.")
        elif not re.search(SPEAKS_OF[urgency], rule["time_frame"], re.IGNORECASE):
            yield alarms.problem(row, "urgency", f"'{urgency}' does not fit the time frame of '{cells['red_flag_id']}' ({rule['time_frame']}).")


def clue_stands_in_the_story(alarms: Table):
    """The deciding words are a literal part of the story, in each language."""
    for row, cells in alarms.rows:
        for end in ("", "_es"):
            clue, story = cells.get(f"clue{end}"), cells.get(f"story{end}") or ""
            if clue and clue not in story:
                yield alarms.problem(row, f"clue{end}", f"'{clue}' does not stand in the story in these words.")


def findings_of_a_story(alarms: Table):
    """A story states findings, and none of them both ways."""
    for row, cells in alarms.rows:
        present, absent = (set(filter(None, cells[column].split(";"))) for column in ("present", "absent"))
        for finding in sorted(present & absent):
            yield alarms.problem(row, "absent", f"'{finding}' is present and absent in the same story.")


def price_of_rushing(alarms: Table):
    """What rushing costs is said for every speed but the fastest."""
    for row, cells in alarms.rows:
        if bool(cells["too_early"]) == (cells["urgency"] == "act_now"):
            says = "nothing is faster than 'act_now', so leave the cell blank." if cells["too_early"] else "the cell is blank; say what it would cost to rush."
            yield alarms.problem(row, "too_early", says)


ALARM_RULES = {
    every_rule_has_a_story: ("red_flags", "alarms"),
    urgency_follows_the_rule: ("alarms", "red_flags"),
    clue_stands_in_the_story: ("alarms",),
    findings_of_a_story: ("alarms",),
    price_of_rushing: ("alarms",),
}
