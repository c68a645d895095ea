"""What happens to a student in JupyterLab: a kernel that restarts, cells run twice or out of order, two copies of a lesson, a page read again."""

import pytest

import heelkit
from heelkit.progress import read_events

pytestmark = pytest.mark.browser
QUIZ = "import heelkit\ncheck = heelkit.explore.quiz('05')\ncheck"
ASKED = list(heelkit.explore.quiz("05").result.index)


@pytest.fixture
def kept(lab):
    """The questions that were answered since the test began, as the record says."""
    before = len(read_events(lab.progress))
    return lambda: read_events(lab.progress)["item"].tolist()[before:]


def open_and_run(lab, page, name: str, *cells: str):
    lab.open_notebook(page, lab.write_notebook(name, *cells))
    lab.run_all(page)


def quiz(page):
    shown = page.locator(".hk-quiz[data-ready='true']")
    shown.wait_for()
    return shown


def answer(shown):
    """Answer the question on the page with A and go to the next."""
    shown.locator(".hk-option[data-letter='A'] input").check()
    shown.get_by_role("button", name="Commit").click()
    shown.get_by_role("button", name="Next").click()


def expect(page, found, wanted):
    for _ in range(100):
        if found() == wanted:
            return
        page.wait_for_timeout(50)
    assert found() == wanted


def run_again(lab, page):
    """Run All Cells when all have run before."""
    last = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").last
    before = last.inner_text()
    lab.run_all(page)
    page.wait_for_function(
        "([cell, old]) => /^\\[\\d+\\]:$/.test(cell.textContent.trim()) && cell.textContent.trim() !== old", arg=[last.element_handle(), before]
    )


def test_a_restarted_kernel_is_said_plainly_and_loses_nothing_that_was_kept(lab, page, kept):
    conditions = "heelkit.explore.conditions(predict=False)"
    open_and_run(lab, page, "restart.ipynb", QUIZ, conditions)
    answer(quiz(page))
    expect(page, kept, ASKED[:1])
    lab.restart_kernel("restart.ipynb")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")
    answer(quiz(page))
    explorer = page.locator(".hk-conditions[data-ready='true']")
    explorer.locator("summary").first.click()
    explorer.locator("button[data-state='present']:visible").first.click()
    quiz(page).get_by_text("what you answer now is not kept in your record").wait_for(timeout=10_000)
    explorer.get_by_text("No answer from Python yet").wait_for(timeout=10_000)
    assert quiz(page).locator(".hk-step").nth(1).inner_text() != "2"  # what was answered stays on the screen
    lab.run_all(page)
    page.get_by_text("what you answer now is not kept").wait_for(state="hidden")  # a new explorer is there
    answer(quiz(page))
    expect(page, kept, [ASKED[0], ASKED[0]])
    assert read_events(lab.progress).attrs["problems"] == []
    assert page.console_errors == []


def test_run_all_twice_shows_each_explorer_once_and_the_new_one_answers(lab, page, kept):
    open_and_run(lab, page, "twice.ipynb", QUIZ, "heelkit.explore.skin('root_s1')", "heelkit.explore.where()")
    answer(quiz(page))
    run_again(lab, page)
    for name in ("quiz", "skin", "where"):
        page.locator(f".hk-{name}[data-ready='true']").wait_for()
        assert page.locator(f".hk-{name}").count() == 1
    assert quiz(page).locator(".hk-step").first.inner_text() == "1"  # a new quiz
    answer(quiz(page))
    expect(page, kept, [ASKED[0], ASKED[0]])
    assert page.get_by_text("Error displaying widget").count() == 0
    assert page.console_errors == []


def test_cells_run_out_of_order_say_what_is_missing_and_work_afterward(lab, page):
    cells = ("import heelkit", "explorer = heelkit.explore.conditions(predict=False)", "explorer", "print(explorer.state['present'])")
    lab.open_notebook(page, lab.write_notebook("order.ipynb", *cells))
    shown = page.locator(".jp-Notebook .jp-CodeCell")

    def run(number: int):
        cell = shown.nth(number)
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        return cell.locator(".jp-OutputArea-output").last

    run(3).get_by_text("name 'explorer' is not defined").wait_for()
    run(0)
    run(1)
    run(2).locator(".hk-conditions[data-ready='true']").wait_for()
    run(1)  # a new explorer, while the old one is still on the page
    old = page.locator(".hk-conditions")
    old.locator("summary").first.click()
    button = old.locator("button[data-state='present']:visible").first
    button.click()
    old.locator(".hk-sofar button").wait_for()
    run(3).get_by_text("[]", exact=True).wait_for()
    run(2).locator(".hk-conditions[data-ready='true'] .hk-sofar:not(:has(button))").wait_for(state="attached")
    assert page.console_errors == []


def test_two_copies_of_a_lesson_at_once_write_into_one_record(lab, page, new_page, kept):
    other = new_page()
    open_and_run(lab, page, "copy_one.ipynb", QUIZ)
    open_and_run(lab, other, "copy_two.ipynb", QUIZ)
    for _ in range(3):
        answer(quiz(page))
        answer(quiz(other))
    expect(page, lambda: sorted(kept()), sorted(ASKED[:3] * 2))
    assert read_events(lab.progress)["event_id"].is_unique
    assert read_events(lab.progress).attrs["problems"] == []
    assert page.console_errors == other.console_errors == []
    other.context.close()


def test_a_page_that_is_read_again_shows_what_was_answered_and_goes_on(lab, page, kept):
    open_and_run(lab, page, "reload.ipynb", QUIZ)
    answer(quiz(page))
    expect(page, kept, ASKED[:1])
    lab.save(page, "reload.ipynb")
    page.reload()
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")
    assert quiz(page).locator(".hk-step").first.inner_text() in ("1 ✓", "1 ✗")
    answer(quiz(page))
    expect(page, kept, ASKED[:2])
    assert page.console_errors == []
