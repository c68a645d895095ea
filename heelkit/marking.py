"""How good an encounter was, line by line, each line with its reason."""

import math

import pandas as pd

from heelkit.cases import URGENCIES, Encounter
from heelkit.differential import rank
from heelkit.errors import InputError
from heelkit.reasons import explain
from heelkit.red_flags import red_flags

POINTS = {"condition": 4, "site": 2, "alarm": 2, "urgency": 2, "efficiency": 2, "confidence": 2}


def chance(encounter: Encounter, known: dict[str, str]) -> float:
    """Probability (0..1) that the ranking gives to what the patient has (both conditions together), when this much is known."""
    present, absent = ([f for f, state in known.items() if state == wanted] for wanted in ("present", "absent"))
    ranking = rank(present, absent, setting=encounter.case["setting_id"], kb=encounter.kb)
    return float(ranking.loc[encounter.answers.index, "probability"].sum())


def best_path(encounter: Encounter, budget: float) -> pd.DataFrame:
    """The questions that would have told most about this patient for their effort, within an effort of `budget`.

    Returns a DataFrame indexed by finding_id in the order of asking, with `effort` and `bits`: how much the answer raises the base-2
    logarithm of the probability of what the patient has. Greedy: each step takes the finding of this case with most bits per effort, and it
    stops when none raises the probability any more.
    """
    known, left, steps = dict(encounter.told), float(budget), []
    open_ones = encounter.script.loc[~encounter.script["opening"], "state"].to_dict()
    effort = encounter.kb.findings["effort"].astype(float)
    now = chance(encounter, known)
    while offers := {f: chance(encounter, known | {f: state}) for f, state in open_ones.items() if effort[f] <= left}:
        gains = {f: math.log2(p / now) for f, p in offers.items()}
        best = max(gains, key=lambda f: (gains[f] / effort[f], f))
        if gains[best] <= 0:
            break
        steps.append((best, effort[best], gains[best]))
        known[best], now, left = open_ones.pop(best), offers[best], left - effort[best]
    return pd.DataFrame(steps, columns=["finding_id", "effort", "bits"]).set_index("finding_id")


def _full_weights(encounter: Encounter, condition_id: str, present, absent) -> pd.Series:
    reasons = explain(condition_id, present, absent, setting=encounter.case["setting_id"], discount=1, kb=encounter.kb)
    return reasons.set_index("finding_id")["log10_lr"].reindex(encounter.script.index, fill_value=0.0)


def turning_finding(encounter: Encounter, chosen: str) -> pd.Series | None:
    """The finding of this case that speaks most for what the patient has against the `chosen` condition.

    Returns a Series with `finding_id`, `log10_for`, `log10_against` (weights for the truth and for the choice) and `asked`; None when no
    finding of the case separates them.
    """
    truth = encounter.answers.index[encounter.answers == "main"][0]
    present = encounter.script.index[encounter.script["state"] == "present"]
    absent = encounter.script.index[encounter.script["state"] == "absent"]
    mine, theirs = (_full_weights(encounter, condition, present, absent) for condition in (truth, chosen))
    lead = mine - theirs
    if lead.max() <= 0:
        return None
    best = lead.idxmax()
    return pd.Series({"finding_id": best, "log10_for": mine[best], "log10_against": theirs[best], "asked": best in encounter.known})


def _condition_line(encounter: Encounter, names: pd.Series) -> tuple:
    chosen, answers = encounter.commitment.conditions, encounter.answers
    main = answers.index[answers == "main"][0]
    right = [c for c in chosen if c in answers.index]
    wrong = [c for c in chosen if c not in answers.index]
    share = len(right) / len(answers)
    if len(answers) == 1 and chosen[0] != main and right:
        share = 0.5  # named, but not first
    points = POINTS["condition"] * share * (0.5 if right and wrong and len(answers) > 1 else 1)
    truth = " and ".join(names[answers.index])
    why = f"The patient has {truth}."
    if wrong and right:
        why += f" {names[wrong[0]]} is not part of it."
    elif len(right) < len(answers) and right:
        why += " There were two conditions; one was named."
    return points, POINTS["condition"], ", ".join(names[list(chosen)]), truth, why


def _site_line(encounter: Encounter) -> tuple:
    kb, given, right = encounter.kb, encounter.commitment.site, encounter.case["site_id"]
    names = kb.sites["name"]
    said = names[given] if given else "no nerve at one place"
    if not isinstance(right, str):
        fits = given is None
        why = "No single nerve is hurt at one place in this patient." if not fits else "Right: this is not a nerve hurt at one place."
        return POINTS["site"] * fits, POINTS["site"], said, "no nerve at one place", why
    if given == right:
        return POINTS["site"], POINTS["site"], said, names[right], "Exactly there."
    nerve = kb.site_nodes["node_id"].map(kb.nodes["nerve"])
    nerves = [set(nerve[kb.site_nodes["site_id"] == site]) for site in (given, right)]
    near = bool(nerves[0] & nerves[1])
    why = "The right nerve, but another place on it." if near else f"The place is: {kb.sites.loc[right, 'place']}."
    return POINTS["site"] * 0.5 * near, POINTS["site"], said, names[right], why


def _alarm_line(encounter: Encounter) -> tuple | None:
    wanted = [i for i in (encounter.case["red_flag_ids"] or "").split(";") if i]
    if not wanted:
        return None
    names = encounter.kb.red_flags["name"]
    found = [i for i in wanted if i in set(encounter.red_flags()["red_flag_id"])]
    missed = [i for i in wanted if i not in found]
    why = "All alarm findings were uncovered." if not missed else f"Never uncovered: what points to {'; '.join(names[missed])}."
    return POINTS["alarm"] * len(found) / len(wanted), POINTS["alarm"], "; ".join(names[found]) or "none uncovered", "; ".join(names[wanted]), why


def _urgency_line(encounter: Encounter) -> tuple:
    given, right = encounter.commitment.urgency, encounter.case["urgency"]
    late = URGENCIES.index(given) - URGENCIES.index(right)
    points = POINTS["urgency"] if late == 0 else POINTS["urgency"] / 2 if late == -1 else 0
    why = "As fast as this needs." if late == 0 else "Faster than needed: safe, but not free." if late < 0 else "Too slow for this patient."
    flags = red_flags([f for f, s in encounter.script["state"].items() if s == "present"], [], kb=encounter.kb)
    if late > 0 and len(flags):
        why += f" {flags.iloc[0]['name']}: {flags.iloc[0]['time_frame']}."
    return points, POINTS["urgency"], given.replace("_", " "), right.replace("_", " "), why


def _efficiency_line(encounter: Encounter) -> tuple:
    start = chance(encounter, encounter.told)
    gained = math.log2(chance(encounter, encounter.known) / start)
    effort = encounter.effort
    path = best_path(encounter, effort)
    possible = float(path["bits"].sum())
    labels = encounter.kb.findings["label"]
    if not effort:
        fallback = best_path(encounter, 12)
        why = "Nothing was asked, examined or ordered."
        why += f" First would have been: {labels[fallback.index[0]]}." if len(fallback) else ""
        return 0.0, POINTS["efficiency"], "0 bits", "", why
    share = 1.0 if possible <= 0 else min(max(gained / possible, 0.0), 1.0)
    first = "; ".join(labels[path.index[:3]])
    why = f"With the same effort of {effort:g}, the best path gains {possible:.1f} bits" + (f", starting with: {first}." if first else ".")
    return POINTS["efficiency"] * share, POINTS["efficiency"], f"{gained:.1f} bits", f"{possible:.1f} bits", why


def _confidence_line(encounter: Encounter) -> tuple:
    right = encounter.commitment.conditions[0] in encounter.answers.index
    brier = (encounter.commitment.confidence - right) ** 2
    said = f"{encounter.commitment.confidence:.0%} sure"
    why = f"Brier score {brier:.2f}: the square of the distance between {encounter.commitment.confidence:.2f} and {int(right)}; 0 is perfect."
    return POINTS["confidence"] * (1 - brier), POINTS["confidence"], said, "right" if right else "not right", why


def marks(encounter: Encounter) -> pd.DataFrame:
    """The marking, line by line.

    Returns a DataFrame indexed by `what` (condition, site, alarm when the case has one, urgency, efficiency, confidence, and change_of_mind
    when the main condition was not named first) with columns `points`, `out_of`, `said`, `answer`, `why`. The last line carries no points: it names
    the finding that should have changed the student's mind. Raises ValueError before the commitment.
    """
    if encounter.commitment is None:
        raise InputError("Commit to an answer first; then it can be marked.")
    names = encounter.kb.conditions["name"]
    lines = {
        "condition": _condition_line(encounter, names),
        "site": _site_line(encounter),
        "alarm": _alarm_line(encounter),
        "urgency": _urgency_line(encounter),
        "efficiency": _efficiency_line(encounter),
        "confidence": _confidence_line(encounter),
        "change_of_mind": _change_of_mind_line(encounter, names),
    }
    rows = {what: line for what, line in lines.items() if line}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["points", "out_of", "said", "answer", "why"]).rename_axis("what")


def _change_of_mind_line(encounter: Encounter, names: pd.Series) -> tuple | None:
    chosen = encounter.commitment.conditions[0]
    if chosen in encounter.answers.index:
        return None
    turn = turning_finding(encounter, chosen)
    if turn is None:
        return 0.0, 0, "", "", f"No single finding of this case separates it from {names[chosen]}; the sum of all does."
    finding = turn["finding_id"]
    times = 10 ** (turn["log10_for"] - turn["log10_against"])
    why = f"It speaks {times:.0f} times more for the answer than for {names[chosen]}. {encounter.script.loc[finding, 'reply']}"
    said = "You knew it." if turn["asked"] else "You did not look for it."
    return 0.0, 0, said, f"{encounter.kb.findings.loc[finding, 'label']}: {encounter.script.loc[finding, 'state']}", why
