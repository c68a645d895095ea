"""How good an encounter was, line by line, each line with its reason."""

import math

import pandas as pd

from heelkit.cases import URGENCIES, Encounter
from heelkit.differential import DISCOUNT, posterior, probabilities
from heelkit.errors import InputError
from heelkit.language import Speech, speech
from heelkit.reasons import explain
from heelkit.red_flags import red_flags

POINTS = {"condition": 4, "site": 2, "alarm": 2, "urgency": 2, "efficiency": 2, "confidence": 2}
SHOWN_OF_PATH = 5  # steps of the best path that a student sees
SMALL_BUDGET = 8.0  # who asked little is shown what this effort would have told


def chance(encounter: Encounter, known: dict[str, str]) -> float:
    """Probability (0..1) that the ranking gives to what the patient has, when this much is known.

    For a patient with two conditions it is the geometric mean of two probabilities, each as if the other condition were known already:
    the ranking gives shares of one whole, so that what speaks for the second disease would otherwise look like a loss for the first.
    """
    present, absent = ([f for f, state in known.items() if state == wanted] for wanted in ("present", "absent"))
    w, scores, _, _ = posterior(encounter.kb, present, absent, encounter.case["setting_id"], DISCOUNT)
    mine = probabilities(scores)[[w.column[c] for c in encounter.answers.index]]
    return float((mine / (mine + 1 - mine.sum())).prod() ** (1 / len(mine)))


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


def _condition_line(encounter: Encounter, say: Speech) -> tuple:
    chosen, answers, names = encounter.commitment.conditions, encounter.answers, say.column("conditions", "name")
    right = [c for c in chosen if c in answers.index]
    wrong = [c for c in chosen if c not in answers.index]
    share = len(right) / len(answers)
    points = POINTS["condition"] * share * (0.5 if right and wrong else 1)  # a second guess to be safe is not free
    truth = f" {say('and')} ".join(names[answers.index])
    why = say("patient_has", names=truth)
    if wrong and right:
        why += f" {say('not_part', name=names[wrong[0]])}"
    elif len(right) < len(answers) and right:
        why += f" {say('one_of_two')}"
    return points, POINTS["condition"], ", ".join(names[list(chosen)]), truth, why


def _site_line(encounter: Encounter, say: Speech) -> tuple:
    kb, given, right = encounter.kb, encounter.commitment.site, encounter.case["site_id"]
    names = say.column("sites", "name")
    said = names[given] if given else say("no_place")
    if not isinstance(right, str):
        fits = given is None
        return POINTS["site"] * fits, POINTS["site"], said, say("no_place"), say("right_no_place" if fits else "has_no_place")
    if given == right:
        return POINTS["site"], POINTS["site"], said, names[right], say("exactly")
    nerve = kb.site_nodes["node_id"].map(kb.nodes["nerve"])
    nerves = [set(nerve[kb.site_nodes["site_id"] == site]) for site in (given, right)]
    near = bool(nerves[0] & nerves[1])
    why = say("right_nerve") if near else say("place_is", place=say.of("sites", "place", right).rstrip("."))
    return POINTS["site"] * 0.5 * near, POINTS["site"], said, names[right], why


def _alarm_line(encounter: Encounter, say: Speech) -> tuple | None:
    wanted = [i for i in (encounter.case["red_flag_ids"] or "").split(";") if i]
    if not wanted:
        return None
    names = say.column("red_flags", "name")
    found = [i for i in wanted if i in set(encounter.red_flags()["red_flag_id"])]
    missed = [i for i in wanted if i not in found]
    why = say("never_uncovered", names="; ".join(names[missed])) if missed else say("all_uncovered")
    return POINTS["alarm"] * len(found) / len(wanted), POINTS["alarm"], "; ".join(names[found]) or say("none_uncovered"), "; ".join(names[wanted]), why


def _urgency_line(encounter: Encounter, say: Speech) -> tuple:
    given, right = encounter.commitment.urgency, encounter.case["urgency"]
    late = URGENCIES.index(given) - URGENCIES.index(right)
    points = POINTS["urgency"] if late == 0 else POINTS["urgency"] / 2 if late == -1 else 0
    why = say("in_time" if late == 0 else "too_fast" if late < 0 else "too_slow")
    flags = red_flags([f for f, s in encounter.script["state"].items() if s == "present"], [], kb=encounter.kb, language=encounter.language)
    if late > 0 and len(flags):
        why += f" {flags.iloc[0]['name']}: {flags.iloc[0]['time_frame']}."
    return points, POINTS["urgency"], say(given), say(right), why


def _efficiency_line(encounter: Encounter, say: Speech) -> tuple:
    start = chance(encounter, encounter.told)
    gained = math.log2(chance(encounter, encounter.known) / start)
    effort = encounter.effort
    path = best_path(encounter, effort)
    possible = float(path["bits"].sum())
    labels = say.column("findings", "label")
    if not effort:
        fallback = best_path(encounter, 12)
        why = say("nothing_done")
        why += f" {say('first_would_be', label=labels[fallback.index[0]])}" if len(fallback) else ""
        return 0.0, POINTS["efficiency"], say("bits", n=0), "", why
    share = 1.0 if possible <= 0 else min(max(gained / possible, 0.0), 1.0)
    told = {"effort": f"{effort:g}", "bits": f"{possible:.1f}", "first": "; ".join(labels[path.index[:3]])}
    why = say("best_path_first" if told["first"] else "best_path", **told)
    return POINTS["efficiency"] * share, POINTS["efficiency"], say("bits", n=f"{gained:.1f}"), say("bits", n=f"{possible:.1f}"), why


def _confidence_line(encounter: Encounter, say: Speech) -> tuple:
    right = encounter.commitment.conditions[0] in encounter.answers.index
    brier = (encounter.commitment.confidence - right) ** 2
    why = say("brier", brier=f"{brier:.2f}", sure=f"{encounter.commitment.confidence:.2f}", truth=int(right))
    said = say("sure", share=f"{encounter.commitment.confidence:.0%}")
    return POINTS["confidence"] * (1 - brier), POINTS["confidence"], said, say("right" if right else "not_right"), why


def marks(encounter: Encounter) -> pd.DataFrame:
    """The marking, line by line.

    Returns a DataFrame indexed by `what` (condition, site, alarm when the case has one, urgency, efficiency, confidence, and change_of_mind
    when the main condition was not named first) with columns `points`, `out_of`, `said`, `answer`, `why`. The last line carries no points: it names
    the finding that should have changed the student's mind. The words are in the encounter's language. Raises ValueError before the commitment.
    """
    if encounter.commitment is None:
        raise InputError("Commit to an answer first; then it can be marked.")
    say = speech(encounter.kb, "marking", encounter.language)
    lines = {
        "condition": _condition_line(encounter, say),
        "site": _site_line(encounter, say),
        "alarm": _alarm_line(encounter, say),
        "urgency": _urgency_line(encounter, say),
        "efficiency": _efficiency_line(encounter, say),
        "confidence": _confidence_line(encounter, say),
        "change_of_mind": _change_of_mind_line(encounter, say),
    }
    rows = {what: line for what, line in lines.items() if line}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["points", "out_of", "said", "answer", "why"]).rename_axis("what")


def _change_of_mind_line(encounter: Encounter, say: Speech) -> tuple | None:
    chosen = encounter.commitment.conditions[0]
    if chosen in encounter.answers.index:
        return None
    turn, name = turning_finding(encounter, chosen), say.of("conditions", "name", chosen)
    if turn is None:
        return 0.0, 0, "", "", say("nothing_separates", name=name)
    finding = turn["finding_id"]
    times = 10 ** (turn["log10_for"] - turn["log10_against"])
    why = f"{say('speaks_for', times=f'{times:.0f}', name=name)} {encounter.script.loc[finding, 'reply']}"
    answer = f"{say.of('findings', 'label', finding)}: {say(encounter.script.loc[finding, 'state'])}"
    return 0.0, 0, say("knew_it" if turn["asked"] else "did_not_look"), answer, why


def summary(encounter: Encounter) -> dict:
    """What a record keeps of a marked encounter, for the student and the teacher: ids, points and what was missed, as JSON can hold it."""
    table, path = marks(encounter), best_path(encounter, max(encounter.effort, SMALL_BUDGET))
    site = encounter.case["site_id"]
    return {
        "answer": list(encounter.answers.index),
        "site": encounter.commitment.site,
        "right_site": site if isinstance(site, str) else None,
        "site_found": bool(table.loc["site", "points"] >= table.loc["site", "out_of"]),
        "urgency": encounter.commitment.urgency,
        "right_urgency": encounter.case["urgency"],
        "asked": [reply.finding_id for reply in encounter.replies],
        "missed": [f for f in path.index[:SHOWN_OF_PATH] if f not in encounter.known],
        "points": float(table["points"].sum()),
        "out_of": float(table["out_of"].sum()),
    }
