"""The student's progress in JupyterLab: what the record says, and what its buttons do."""

import pytest

import heelkit
from heelkit.progress import record as keep

pytestmark = pytest.mark.browser
EXPLORER = "progress"


@pytest.fixture
def record(lab, sheet, tmp_path):
    """A record of the test's own, with three answers."""
    file = tmp_path / "mine.jsonl"
    asked = heelkit.load().questions.query("notebook == '04'").index[:3]
    for item, right in zip(asked, (True, True, False), strict=True):
        keep("answer", item, topic="04", given="A", right=right, sure=0.75, path=file)
    lab.run_more(sheet, f"import os\nos.environ['HEELKIT_PROGRESS'] = {str(file)!r}")
    yield file
    lab.run_more(sheet, f"os.environ['HEELKIT_PROGRESS'] = {str(lab.progress)!r}")


def test_accuracy_calibration_and_reviews_are_shown(record, explore):
    progress = explore()
    assert progress.locator(".hk-topics li").inner_text().split() == ["04", "2", "/", "3"]
    assert progress.get_by_role("img").get_attribute("aria-label") == "75% sure: 67% right, 3 answers."
    assert "To see again (1 now)" in progress.inner_text()
    assert "missed last time" in progress.locator(".hk-due li").first.inner_text()


def test_the_buttons_export_begin_anew_and_bring_back(record, explore, lab):
    progress = explore()
    progress.get_by_text("Your record:").click()
    progress.get_by_label("Your name or number for the teacher").fill("=cmd()")
    progress.get_by_role("button", name="Write a table for the teacher").click()
    progress.get_by_text("Written for your teacher").wait_for()
    assert (lab.folder / "heelkit_progress.csv").read_text().splitlines()[1].startswith("'=cmd(),")
    progress.get_by_role("button", name="Begin a new record").click()
    progress.get_by_role("button", name="Yes, begin anew").click()
    progress.get_by_text("Nothing is kept yet.").wait_for()
    (old,) = record.parent.glob("mine_*.jsonl")
    progress.get_by_label("File from another machine").fill(str(old))
    progress.get_by_role("button", name="Add from this file").click()
    progress.get_by_text("3 new entries were added.").wait_for()
    assert progress.locator(".hk-topics li").inner_text().split() == ["04", "2", "/", "3"]


def test_a_record_with_a_cut_line_is_shown_with_its_problem(record, explore):
    record.write_bytes(record.read_bytes()[:-10])
    progress = explore()
    assert "line 4: this is not a whole line" in progress.get_by_role("alert").inner_text()
    assert progress.locator(".hk-topics li").inner_text().split() == ["04", "2", "/", "2"]


def test_axe_finds_nothing_and_the_keyboard_reaches_every_button(record, explore, sheet, accessibility_problems):
    progress = explore("language='es'")
    assert accessibility_problems(progress) == []
    progress.get_by_role("button", name="Leer de nuevo el registro").focus()
    sheet.keyboard.press("Tab")
    assert sheet.evaluate("document.activeElement.textContent") == "04"
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    progress.get_by_role("button", name="Escribir una tabla para el docente").wait_for()
