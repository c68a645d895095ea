"""The questions at the end of a lesson, answered in JupyterLab with mouse and keyboard; the record that they leave."""

import json
from pathlib import Path

import pytest

from heelkit.questions import questions, right_letter

pytestmark = pytest.mark.browser
EXPLORER = "quiz"
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"


def answer(quiz, letter: str):
    quiz.locator(f".hk-option[data-letter='{letter}']").click()
    quiz.get_by_role("button", name="Commit to this answer").click()
    quiz.locator(".hk-explained").first.wait_for()


def test_every_option_shows_its_reason_only_after_committing(explore, python):
    quiz = explore("'05'")
    first = questions("05").iloc[0]
    assert quiz.locator(".hk-reason").count() == 0
    assert quiz.locator(".hk-stem").inner_text() == first["stem"]
    answer(quiz, "A")
    for shown, option in zip(quiz.locator(".hk-reason").all_inner_texts(), first["options"], strict=True):
        assert shown.startswith(option["reason"])
    marked = quiz.locator(".hk-right").get_attribute("data-letter")
    assert marked == right_letter(first.name)
    state = "right" if marked == "A" else "wrong"
    assert python("explorer.result['state'].iloc[0], explorer.result['state'].eq('open').sum()") == f"{state} {len(questions('05')) - 1}"


def test_what_a_student_commits_is_kept_and_what_code_sets_is_not(lab, explore, python):
    quiz = explore("'05'")
    first, second = questions("05").index[:2]
    python(f"setattr(explorer, 'state', {{'answers': {{{second!r}: 'B'}}}})")
    quiz.get_by_label("75%").check()
    answer(quiz, "A")
    assert python("explorer.notice or 'kept'") == "kept"
    events = [json.loads(line) for line in Path(lab.progress).read_text().splitlines()[1:]]
    mine = [e for e in events if e["item"] in (first, second)]
    assert [(e["item"], e["given"], e["sure"]) for e in mine[-1:]] == [(first, "A", 0.75)]
    assert second not in [e["item"] for e in mine]


def test_the_whole_quiz_can_be_answered_with_the_keyboard(explore, sheet, python):
    quiz = explore("'04'")
    asked = questions("04")
    quiz.locator(".hk-step").first.focus()
    for _ in asked.index:
        quiz.locator(".hk-option input").first.focus()
        sheet.keyboard.press("Space")
        quiz.get_by_role("button", name="Commit to this answer").focus()
        sheet.keyboard.press("Enter")
        quiz.locator(".hk-explained").first.wait_for()
        assert sheet.evaluate("document.activeElement.textContent") == "Next question"
        sheet.keyboard.press("Enter")
    right = sum(right_letter(q) == "A" for q in asked.index)
    assert quiz.locator(".hk-score").inner_text() == f"{right} of {len(asked)} right, {len(asked)} questions in all"
    missed = {asked.loc[q, "objective_id"] for q in asked.index if right_letter(q) != "A"}
    assert quiz.locator(".hk-missed li").count() == len(missed)
    assert python("(explorer.result['state'] == 'right').sum()") == str(right)


def test_starting_over_forgets_the_answers_on_the_page(explore, python):
    quiz = explore("'05'")
    answer(quiz, "B")
    quiz.get_by_role("button", name="Start over").click()
    quiz.locator("label.hk-option").first.wait_for()
    assert python("explorer.state['answers']") == "{}"


def test_spanish_words_stand_on_the_buttons(explore):
    quiz = explore("'05', language='es'")
    assert quiz.get_by_role("button", name="Confirmar esta respuesta").count() == 1
    assert quiz.locator(".hk-score").inner_text() == f"{len(questions('05'))} preguntas"


def test_html_in_a_table_is_shown_as_text(lab, explore, sheet):
    lab.run_more(sheet, "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())")
    columns = "[('questions', 'stem'), ('questions', 'lead_in'), ('question_options', 'option'), ('question_options', 'reason'), ('objectives', 'objective')]"
    lab.run_more(sheet, f'for table, column in {columns}:\n    spoiled.tables[table][column] = """{SCRIPT}""" + spoiled.tables[table][column]')
    quiz = explore("'05', kb=spoiled")
    assert SCRIPT in quiz.locator(".hk-stem").inner_text()
    answer(quiz, "A")
    for part in (".hk-question", ".hk-explained", ".hk-reason", ".hk-verdict"):
        assert SCRIPT in quiz.locator(part).first.inner_text(), part
    assert quiz.locator("img, script").count() == 0
    assert sheet.title() not in ("1", "2")


def test_axe_finds_nothing_before_and_after_answering(explore, accessibility_problems):
    quiz = explore("'05'")
    assert accessibility_problems(quiz) == []
    answer(quiz, "A")
    assert accessibility_problems(quiz) == []


def test_a_record_that_cannot_be_written_is_said_and_the_quiz_goes_on(lab, explore, sheet):
    lab.run_more(sheet, "import os\nos.environ['HEELKIT_PROGRESS'], kept_at = '/dev/null/record.jsonl', os.environ['HEELKIT_PROGRESS']")
    quiz = explore("'05'")
    answer(quiz, "A")
    quiz.get_by_text("could not be kept").wait_for()
    assert quiz.locator(".hk-reason").count() == len(questions("05").iloc[0]["options"])
    lab.run_more(sheet, "os.environ['HEELKIT_PROGRESS'] = kept_at")
