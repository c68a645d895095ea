"""The questions keep the rules of good item writing, as far as a machine can check them."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

import heelkit

FOLDER = Path(__file__).parent.parent / "notebooks"
LESSONS = [f"{number:02d}" for number in range(1, 12)]
FORBIDDEN = re.compile(r"\b(?:(?:all|none|any|both) of (?:the above|these (?:options|answers))|always|never)\b", re.IGNORECASE)
NEGATIVE = re.compile(r"\bNOT\b|\bEXCEPT\b|\b(?:is|are|does|do|would|should|can) (?:not|least)\b|\bexcept\b|n't\b")
MOST_ON_ONE_LETTER = MOST_LONGEST = 0.4
FEWEST = 8
MOST_RECALL = 3

KB = heelkit.load()
OPTIONS = KB.question_options
EVERY = list(KB.questions.index)
each_lesson = pytest.mark.parametrize("lesson", LESSONS)
each_question = pytest.mark.parametrize("question_id", EVERY)


def options_of(question_id):
    return OPTIONS[OPTIONS["question_id"] == question_id].sort_values("letter")


def questions_of(lesson):
    return KB.questions[KB.questions["notebook"] == lesson]


def right_of(lesson):
    return OPTIONS[OPTIONS["question_id"].isin(questions_of(lesson).index) & OPTIONS["right"]]


def stands_out(options):
    """Whether the right option is longer than every other."""
    length = options["option"].str.len()
    return length[options["right"]].max() > length[~options["right"]].max()


def plain(text):
    return re.sub(r"\s+", " ", text.replace("**", "").replace("*", "")).strip(" ;.")


def bullets(lesson):
    """What the first cell of a lesson promises after "After this lesson you can"."""
    path = next(FOLDER.glob(f"{lesson}_*.ipynb"))
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]
    lines = (first if isinstance(first, str) else "".join(first)).splitlines()
    return [plain(line[2:]) for line in lines[lines.index("**After this lesson you can**") :] if line.startswith("- ")]


# ---- one question


@each_question
def test_exactly_one_of_four_or_five_options_is_right(question_id):
    options = options_of(question_id)
    assert 4 <= len(options) <= 5
    assert options["right"].sum() == 1
    assert "".join(options["letter"]) == "ABCDE"[: len(options)]


@each_question
def test_the_options_differ(question_id):
    offered = [plain(option).casefold() for option in options_of(question_id)["option"]]
    assert len(set(offered)) == len(offered)


@each_question
def test_the_lead_in_is_one_question_without_a_negation(question_id):
    lead_in = KB.questions.loc[question_id, "lead_in"]
    assert lead_in.endswith("?") and lead_in.count("?") == 1
    assert not NEGATIVE.search(lead_in)
    assert not re.search(r"\bfollowing\b(?! (?:day|week|month|year))", lead_in), "a lead-in that points at the options cannot be answered with them covered"


@each_question
def test_no_phrase_gives_an_option_away(question_id):
    texts = [KB.questions.loc[question_id, "lead_in"], *options_of(question_id)["option"]]
    assert [text for text in texts if FORBIDDEN.search(text)] == []


@each_question
def test_every_option_says_why_and_from_where(question_id):
    options = options_of(question_id)
    assert (options["reason"].str.split().str.len() >= 4).all()
    assert options["reason"].is_unique
    for source_ids in options["source_ids"]:
        assert set(source_ids.split(";")) <= set(KB.sources.index)


@each_question
def test_the_options_belong_to_the_same_kind_of_sentence(question_id):
    """Either every option is a sentence with a full stop or none is, and all begin with the same case (a name such as MRI or S1 may stand)."""
    offered = [option.strip('"') for option in options_of(question_id)["option"]]
    assert len({option.endswith(".") for option in offered}) == 1
    assert len({option[0].isupper() for option in offered if option[0].isalpha() and not option[:2].isupper()}) <= 1


@each_question
def test_the_spanish_is_complete_or_missing(question_id):
    question, options = KB.questions.loc[question_id], options_of(question_id)
    translated = [question["stem_es"], question["lead_in_es"], *options["option_es"], *options["reason_es"]]
    assert len({isinstance(text, str) and bool(text.strip()) for text in translated}) == 1
    if isinstance(question["lead_in_es"], str):
        assert question["lead_in_es"].startswith("¿") and question["lead_in_es"].endswith("?")
        assert len(set(options["option_es"])) == len(options)


# ---- one lesson


@each_lesson
def test_a_lesson_asks_enough_and_little_by_heart(lesson):
    asked = questions_of(lesson)
    assert len(asked) >= FEWEST
    assert (asked["level"] == "recall").sum() <= MOST_RECALL


@each_lesson
def test_no_letter_is_right_too_often(lesson):
    letters = Counter(right_of(lesson)["letter"])
    assert letters
    assert letters.most_common(1)[0][1] <= MOST_ON_ONE_LETTER * letters.total(), letters


@each_lesson
def test_the_longest_option_is_no_hint(lesson):
    asked = list(questions_of(lesson).index)
    longest = [question_id for question_id in asked if stands_out(options_of(question_id))]
    assert asked and len(longest) <= MOST_LONGEST * len(asked), longest


@each_lesson
def test_no_two_questions_of_a_lesson_are_the_same(lesson):
    asked = questions_of(lesson)
    assert (asked["stem"] + asked["lead_in"]).is_unique


@each_lesson
def test_every_objective_has_a_question(lesson):
    objectives = set(KB.objectives.index[KB.objectives["notebook"] == lesson])
    assert objectives and objectives <= set(questions_of(lesson)["objective_id"])


@each_lesson
def test_the_objectives_are_the_bullets_of_the_notebook(lesson):
    told = KB.objectives[KB.objectives["notebook"] == lesson].sort_index()["objective"]
    assert [plain(objective) for objective in told] == bullets(lesson)


@each_lesson
def test_the_quiz_of_a_lesson_asks_its_questions(lesson):
    quiz = heelkit.explore.quiz(lesson)
    assert list(quiz.result.index) == list(questions_of(lesson).index)
    assert set(quiz.result["state"]) == {"open"}


# ---- the rules themselves can fail


@pytest.mark.parametrize("lead_in", ["Which test is NOT needed?", "Which muscle does not weaken?", "All are true except?", "Which isn't right?"])
def test_a_negative_lead_in_is_found(lead_in):
    assert NEGATIVE.search(lead_in)


@pytest.mark.parametrize("option", ["All of the above", "none of these answers", "It is always numb", "Never the sole"])
def test_a_forbidden_phrase_is_found(option):
    assert FORBIDDEN.search(option)


def test_a_right_option_that_stands_out_is_found():
    options = options_of(EVERY[0]).copy()
    options["option"] = ["long, careful, and complete" if right else "short" for right in options["right"]]
    assert stands_out(options)
    options["option"] = "same length"
    assert not stands_out(options)
