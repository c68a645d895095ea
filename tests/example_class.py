"""Invents a class of 14 students and writes what they would have exported: `notebooks/example_class.csv`, for the teacher's lesson.

Nobody in it exists. Every student gets an ability, every question a difficulty, and dice with a fixed seed do the rest, so
`python tests/example_class.py` always writes the same file from the same tables. One question, BACKWARD, is made to fool
the strong students, so that the lesson can show what a discrimination below 0 looks like.
"""

import random
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import numpy as np

import heelkit
from heelkit.cases import Encounter
from heelkit.explore.quiz import SURE
from heelkit.marking import best_path, summary
from heelkit.progress import export, record
from heelkit.questions import questions, right_letter

TARGET = Path(__file__).parents[1] / "notebooks" / "example_class.csv"
STUDENTS, SEED = 14, 20261109
LESSONS = ("03", "04", "06", "10")
BACKWARD = "06_odds_of_release"
DIFFICULTY = {"recall": -1.5, "apply": -0.9, "analyze": -0.2}
STEEPNESS, GUESSING = 1.3, 0.15
FIRST_LESSON = datetime(2026, 11, 2, 9, tzinfo=UTC)
# Each case with the places that a hasty student names instead of the right one; None: no nerve at one place.
CASES = {
    "c_early_miles": ["tarsal_tunnel_proximal", "tarsal_tunnel_proximal", None],
    "c_retired_gardener": ["site_root_s1", "site_root_s1", None],
    "c_wet_road": ["tarsal_tunnel_proximal", "tarsal_tunnel_proximal", "site_root_s1"],
    "c_parked_car": ["site_root_l5", "site_root_s1", "site_root_l5"],
    "c_returning_ache": [None, None, "medial_calcaneal_fascial_exit"],
}


def chance_of_right(ability: float, difficulty: float) -> float:
    """A logistic curve with a floor for guessing."""
    return GUESSING + (1 - GUESSING) / (1 + np.exp(-STEEPNESS * (ability - difficulty)))


def how_sure(dice: np.random.Generator, chance: float) -> float:
    """What a student says: a little too sure, as people are."""
    felt = 0.35 + 0.62 * chance + dice.normal(0, 0.12)
    return min(SURE, key=lambda percent: abs(percent / 100 - felt)) / 100


def answer_questions(dice: np.random.Generator, abilities: np.ndarray, keep) -> None:
    for day, lesson in enumerate(LESSONS):
        for minute, (question_id, asked) in enumerate(questions(lesson).iterrows()):
            right = right_letter(question_id)
            wrong = [option["letter"] for option in asked["options"] if option["letter"] != right]
            pull = dice.dirichlet(np.full(len(wrong), 0.7))  # one wrong option often attracts most of those who err
            difficulty = DIFFICULTY[heelkit.load().questions.loc[question_id, "level"]] + dice.normal(0, 0.7)
            for student, ability in enumerate(abilities):
                chance = chance_of_right(-ability if question_id == BACKWARD else ability, difficulty)
                given = right if dice.random() < chance else str(dice.choice(wrong, p=pull))
                at = FIRST_LESSON + timedelta(days=2 * day, minutes=2 * minute, seconds=11 * student)
                keep(student, "answer", question_id, topic=lesson, given=given, right=given == right, sure=how_sure(dice, chance), at=at)


def see_patients(dice: np.random.Generator, abilities: np.ndarray, keep) -> None:
    kb = heelkit.load()
    for day, (case_id, elsewhere) in enumerate(CASES.items()):
        script = Encounter(case_id).script
        hidden, best = script.index[~script["opening"]], set(best_path(Encounter(case_id), 12).index)
        habit = {finding: dice.normal(0, 0.8) for finding in hidden}  # what this class likes to ask, and what it forgets
        for student, ability in enumerate(abilities):
            patient = Encounter(case_id)
            for finding in dice.permutation(hidden):
                wish = habit[finding] + (0.5 + 0.7 * ability if finding in best else -1.2)
                if dice.random() < 1 / (1 + np.exp(-wish)):
                    verb = {"history": patient.ask, "examination": patient.examine, "test": patient.order}[kb.findings.loc[finding, "kind"]]
                    verb(str(finding))
            knows = chance_of_right(ability, 0.1)
            present, absent = patient.split()
            likely = heelkit.rank(present, absent, setting=patient.case["setting_id"]).index
            main = patient.answers.index[patient.answers == "main"][0]
            others = [c for c in likely if c not in patient.answers.index and c in kb.conditions.index]
            condition = main if dice.random() < knows else others[int(dice.integers(2))]
            site = patient.case["site_id"] if isinstance(patient.case["site_id"], str) else None
            site = site if dice.random() < knows else elsewhere[int(dice.integers(len(elsewhere)))]
            urgency = patient.case["urgency"] if dice.random() < knows else str(dice.choice(["this_week", "no_hurry", "today"]))
            patient.commit(condition, site=site, urgency=urgency, confidence=how_sure(dice, knows))
            at = FIRST_LESSON + timedelta(days=14 + day, minutes=9 * student)
            right, sure = condition in patient.answers.index, patient.commitment.confidence
            keep(student, "case", case_id, topic="cases", given=condition, right=right, sure=sure, more=summary(patient), at=at)


def main() -> None:
    dice, ids = np.random.default_rng(SEED), random.Random(SEED)
    abilities = dice.permutation(np.linspace(-1.5, 1.5, STUDENTS))
    with tempfile.TemporaryDirectory() as folder, mock.patch("uuid.uuid4", lambda: uuid.UUID(int=ids.getrandbits(128), version=4)):
        records = [Path(folder) / f"{n}.jsonl" for n in range(STUDENTS)]

        def keep(student: int, kind: str, item: str, **event) -> None:
            record(kind, item, path=records[student], **event)

        answer_questions(dice, abilities, keep)
        see_patients(dice, abilities, keep)
        exports = [export(path.with_suffix(".csv"), f"Student {n:02}", path).read_text(encoding="utf-8") for n, path in enumerate(records, start=1)]
    header = exports[0].splitlines()[0]
    rows = [row for text in exports for row in text.splitlines()[1:]]
    TARGET.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(rows)} events, {TARGET.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
