"""What a teacher types into a copied folder, in a spreadsheet: a condition with its findings, a case and a question. All of it made up."""

import csv
from pathlib import Path

ROWS = {
    "sources.csv": [{"source_id": "my_class_2026", "level": "other", "kind": "made up", "authors": "My class", "year": "2026", "title": "Made up"}],
    "findings.csv": [
        {
            "finding_id": "monday_pain",
            "label": "Heel pain on Mondays",
            "plain_label": "the heel hurts on Mondays",
            "kind": "history",
            "topic_id": "onset_pattern",
            "background_frequency": "0.02",
            "background_basis": "estimate",
            "effort": "1",
            "hpo_match": "none",
        }
    ],
    "conditions.csv": [
        {
            "condition_id": "monday_heel",
            "name": "Monday heel",
            "group": "heel_msk",
            "one_line": "Made up for a test.",
            "mechanism": "Made up.",
            "who": "Made up.",
            "pretest_note": "Made up.",
            "red_flag": "false",
            "management": "Wait for Tuesday > Work less",
            "escalation": "Made up.",
            "icd10": "M79.6",
            "icd10_match": "broad",
            "mondo_match": "none",
            "basis": "estimate",
            "source_ids": "my_class_2026",
        }
    ],
    "pretest_weights.csv": [
        {"setting_id": setting, "condition_id": "monday_heel", "weight": "20", "basis": "estimate", "note": "Made up."}
        for setting in ("diabetes_foot_clinic", "emergency_department", "primary_care", "running_clinic")
    ],
    "presentations.csv": [
        {"condition_id": "monday_heel", "finding_id": finding, "frequency": word, "basis": "estimate", "source_ids": "my_class_2026"}
        for finding, word in (
            ("monday_pain", "very_frequent"),
            ("pain_heel_plantar", "frequent"),
            ("first_step_pain", "occasional"),
            ("numbness", "very_rare"),
            ("tingling", "very_rare"),
        )
    ],
    "objectives.csv": [{"objective_id": "90_a", "notebook": "90", "objective": "name the day"}],
    "questions.csv": [
        {
            "question_id": "90_day",
            "notebook": "90",
            "objective_id": "90_a",
            "stem": "A made-up patient has a sore heel once a week.",
            "lead_in": "Which day is it most likely?",
            "level": "recall",
        }
    ],
    "question_options.csv": [
        {"question_id": "90_day", "letter": letter, "option": day, "right": str(day == "Monday").lower(), "reason": "Made up.", "source_ids": "my_class_2026"}
        for letter, day in zip("ABCD", ("Sunday", "Monday", "Friday", "Saturday"), strict=True)
    ],
    "cases.csv": [
        {
            "case_id": "c_once_a_week",
            "title": "Once a week",
            "level": "1",
            "setting_id": "primary_care",
            "opening": "My heel hurts.",
            "urgency": "no_hurry",
            "teaching_point": "Ask which day.",
            "origin": "textbook",
            "source_ids": "my_class_2026",
        }
    ],
    "case_conditions.csv": [{"case_id": "c_once_a_week", "condition_id": "monday_heel", "role": "main"}],
    "case_findings.csv": [
        {"case_id": "c_once_a_week", "finding_id": "pain_heel_plantar", "state": "present", "opening": "true", "reply": "Below the heel."},
        {"case_id": "c_once_a_week", "finding_id": "monday_pain", "state": "present", "opening": "false", "reply": "Only on Mondays."},
        {"case_id": "c_once_a_week", "finding_id": "numbness", "state": "absent", "opening": "false", "reply": "No."},
    ],
}


def type_rows(folder: Path, tables=tuple(ROWS)):
    """Adds the rows to the CSV files as a spreadsheet saves them: at the end, with a byte-order mark and Windows line ends."""
    for name in tables:
        path = folder / name
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
            header = list(rows[0]) if rows else path.read_text(encoding="utf-8-sig").strip().split(",")
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(rows + ROWS[name])
