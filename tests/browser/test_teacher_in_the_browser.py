"""A teacher's own tables, typed into CSV files, in a lesson made from the template, used in JupyterLab."""

import importlib.util
from pathlib import Path

import nbformat
import pytest

import heelkit

pytestmark = pytest.mark.browser
EXPLORERS = ('conditions(present=["monday_pain", "pain_heel_plantar"])', 'quiz("90")', 'clinic("c_once_a_week")')
_spec = importlib.util.spec_from_file_location("own_class", Path(__file__).parents[1] / "own_class.py")
own_class = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(own_class)


def test_a_condition_a_case_and_a_question_typed_into_csv_files_work_in_a_new_lesson(lab, page):
    tables = heelkit.teacher.copy_tables(lab.folder / "own_tables")
    own_class.type_rows(tables)
    lesson = heelkit.teacher.new_lesson("Own lesson", lab.folder, tables)

    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(f"heelkit.explore.{explorer}") for explorer in EXPLORERS]
    nbformat.write(notebook, lesson)

    lab.open_notebook(page, lesson.name)
    lab.run_all(page)
    assert page.locator(".jp-Notebook .jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0

    patient = page.locator(".hk-conditions[data-ready='true']").last
    assert "Monday heel" in patient.locator(".hk-bar[data-condition='monday_heel']").inner_text()

    quiz = page.locator(".hk-quiz[data-ready='true']").last
    quiz.get_by_text("A made-up patient has a sore heel once a week.").wait_for()
    quiz.locator(".hk-option[data-letter='B']").click()
    quiz.get_by_role("button", name="Commit to this answer").click()
    quiz.locator(".hk-right[data-letter='B']").wait_for()

    clinic = page.locator(".hk-clinic[data-ready='true']")
    assert clinic.locator(".hk-opening").inner_text() == "My heel hurts."
    clinic.get_by_label("Search what to ask").fill("monday")
    clinic.locator("[data-finding='monday_pain']").click()
    assert "Only on Mondays." in clinic.locator("[data-reply='monday_pain']").inner_text()
    clinic.get_by_label("What does this patient have?").select_option("monday_heel")
    clinic.get_by_label("How fast would you act?").select_option("no_hurry")
    clinic.get_by_role("button", name="Commit and see the marking").click()
    clinic.get_by_text("Ask which day.").wait_for()

    assert page.console_errors == []
    assert page.left_the_machine == []
