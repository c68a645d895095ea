"""A teacher who knows no code: own tables, own lesson, paper for the class."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import heelkit
from heelkit.cases import Encounter
from heelkit.errors import InputError, TableError
from heelkit.explore.clinic import clinic
from heelkit.language import languages, texts
from heelkit.marking import marks
from heelkit.questions import right_letter

teacher = heelkit.teacher
_spec = importlib.util.spec_from_file_location("own_class", Path(__file__).with_name("own_class.py"))
own_class = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(own_class)
SCRIPT = "<script>document.title=2</script>"


@pytest.fixture
def folder(tmp_path) -> Path:
    return teacher.copy_tables(tmp_path / "my_class")


@pytest.fixture
def used(folder):
    own_class.type_rows(folder)
    yield heelkit.use(folder)
    heelkit.use()


def test_a_condition_a_case_and_a_question_added_by_editing_csv_only_work_everywhere(used):
    assert heelkit.rank(["monday_pain", "pain_heel_plantar"]).index[0] == "monday_heel"
    assert heelkit.explore.conditions(present=["monday_pain"]).result.index[0] == "monday_heel"
    assert heelkit.explore.card("monday_heel", predict=False).result.query("part == 'management'")["value"].tolist() == ["Wait for Tuesday", "Work less"]
    assert right_letter("90_day") == "B"
    assert len(heelkit.explore.quiz("90").result) == 1
    assert "Once a week" in [case["title"] for case in clinic().catalog["cases"]]
    patient = Encounter("c_once_a_week")
    assert patient.ask("monday_pain").text == "Only on Mondays."
    patient.commit("monday_heel", urgency="no_hurry", confidence=1)
    assert marks(patient)["points"].sum() == marks(patient)["out_of"].sum()


def test_without_the_own_folder_nothing_of_it_is_left():
    assert "monday_heel" not in heelkit.load().conditions.index


def test_a_folder_with_a_problem_is_refused_and_the_tables_in_use_stay(folder):
    own_class.type_rows(folder, ["conditions.csv"])
    with pytest.raises(TableError, match=r"my_class_2026"):
        heelkit.use(folder)
    assert heelkit.load() is heelkit.load(None)
    assert "monday_heel" not in heelkit.load().conditions.index


def test_copying_again_leaves_a_teachers_work_as_it_is(folder):
    own_class.type_rows(folder)
    before = (folder / "conditions.csv").read_bytes()
    assert teacher.copy_tables(folder) == folder
    assert (folder / "conditions.csv").read_bytes() == before


def test_copying_never_mixes_with_other_files(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        teacher.copy_tables(tmp_path / "thesis")
    assert [p.name for p in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


def test_a_row_can_be_added_and_changed_without_a_spreadsheet(folder):
    for name, rows in own_class.ROWS.items():
        for row in rows:
            teacher.add_row(folder, name.removesuffix(".csv"), **row)
    assert teacher.problems(folder) == []
    teacher.add_row(folder, "conditions", condition_id="monday_heel", name="Tuesday heel")
    assert heelkit.load(folder).conditions.loc["monday_heel", ["name", "group"]].tolist() == ["Tuesday heel", "heel_msk"]


@pytest.mark.parametrize(
    ("table", "cells", "says"),
    [
        ("condition", {"condition_id": "x"}, "Unknown table 'condition'; nearest: 'conditions'"),
        ("conditions", {"condition_id": "x", "nam": "X"}, "Unknown column of conditions 'nam'; nearest: 'name'"),
        ("presentations", {"condition_id": "x"}, "presentations.csv: give the key finding_id"),
    ],
)
def test_a_row_that_fits_no_table_is_refused(folder, table, cells, says):
    with pytest.raises(InputError, match=says):
        teacher.add_row(folder, table, **cells)
    assert teacher.problems(folder) == []


def test_several_rows_at_once_are_as_good_as_one_after_the_other(folder):
    for name, rows in own_class.ROWS.items():
        teacher.add_rows(folder, name.removesuffix(".csv"), **{column: [row[column] for row in rows] for column in rows[0]})
    assert repr(teacher.problems(folder)) == "No problems: heelkit can use this folder."
    teacher.add_rows(folder, "presentations", condition_id="monday_heel", finding_id=["monday_pain", "numbness"], frequency="freqent")
    assert repr(teacher.problems(folder)).count("'freqent' is not in frequency_words; nearest valid: 'frequent'") == 2
    with pytest.raises(InputError, match=r"2 \(finding_id\), 1 \(frequency\)"):
        teacher.add_rows(folder, "presentations", condition_id="monday_heel", finding_id=["monday_pain", "numbness"], frequency=["frequent"])


def test_a_handout_is_shown_in_a_frame_of_its_own(used):
    sheet = teacher.case_page("c_once_a_week", answers=False)
    assert repr(sheet) == "<a handout of 1 sheet>"
    shown = sheet._repr_html_()
    assert shown.startswith("<iframe") and 'sandbox=""' in shown
    assert "<section>" not in shown, "its style must not reach the notebook"


def test_a_new_language_falls_back_to_english_visibly_until_it_is_filled_in(folder):
    assert teacher.add_language(folder, "fr") > 0
    assert teacher.add_language(folder, "fr") == 0
    teacher.add_row(folder, "words", explorer="shared", word_id="start_over", text_fr="Recommencer")
    kb = heelkit.load(folder)
    assert languages(kb) == ["en", "es", "fr"]
    words = heelkit.explore.quiz("05", kb=kb, language="fr").words
    assert words["start_over"] == "Recommencer"
    assert words["commit"] == "[en] Commit to this answer"
    assert texts(kb, "articles", "label", "fr").str.startswith("[en] ").all()


@pytest.mark.parametrize("language", ["french", "F", "FR", ""])
def test_a_language_needs_two_letters(folder, language):
    with pytest.raises(InputError, match="two small letters"):
        teacher.add_language(folder, language)


def test_a_new_lesson_runs_at_once_on_the_classs_own_tables(folder, tmp_path):
    own_class.type_rows(folder)
    path = teacher.new_lesson("¿Mi lección? #1", tmp_path, folder)
    assert path.name == "mi_leccion_1.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert 'heelkit.use("my_class")' in [cell.source for cell in notebook.cells]
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--stdout", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    shown = [output for cell in json.loads(done.stdout)["cells"] if cell["cell_type"] == "code" for output in cell["outputs"]]
    assert len(shown) >= 6
    assert not [output for output in shown if output["output_type"] == "error"]


def test_a_lesson_that_is_there_is_left_as_it_is(tmp_path):
    path = teacher.new_lesson("My lesson", tmp_path)
    path.write_text("mine")
    assert teacher.new_lesson("My lesson", tmp_path) == path
    assert path.read_text() == "mine"


@pytest.mark.parametrize("title", ["", "???"])
def test_a_title_needs_a_letter(tmp_path, title):
    with pytest.raises(InputError, match="no letter or digit"):
        teacher.new_lesson(title, tmp_path)


def test_cards_on_paper_say_what_the_card_says_with_its_sources(tmp_path):
    page = teacher.cards_page(["tarsal_tunnel_syndrome", "s1_radiculopathy"])
    target = teacher.write_handout(page, tmp_path / "cards.html")
    text = target.read_text(encoding="utf-8")
    assert text.count("<section>") == 2
    for step in heelkit.cards.card("tarsal_tunnel_syndrome").management:
        assert step in text
    assert heelkit.cite("kiel2021tarsal")["source"].iloc[0][:40] in text


def test_a_case_sheet_without_answers_gives_nothing_away(used):
    blank, solved = (teacher.case_page("c_once_a_week", answers=answers) for answers in (False, True))
    assert "My heel hurts." in blank
    for secret in ("Monday heel", "Only on Mondays.", "Ask which day."):
        assert secret not in blank
        assert secret in solved


def test_html_in_a_table_is_text_on_paper(folder, tmp_path):
    own_class.type_rows(folder)
    teacher.add_row(folder, "cases", case_id="c_once_a_week", title=SCRIPT, opening=SCRIPT, teaching_point=SCRIPT)
    page = teacher.case_page("c_once_a_week", answers=True, kb=heelkit.load(folder))
    assert SCRIPT not in page
    assert page.count("&lt;script&gt;") == 3


@pytest.mark.parametrize("name", ["handout.doc", "handout"])
def test_only_html_and_pdf_can_be_written(tmp_path, name):
    with pytest.raises(InputError, match="Unknown ending"):
        teacher.write_handout("<p>x</p>", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_does_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-m", "heelkit", *arguments], capture_output=True, text=True, timeout=120, check=False)

    assert run("copy", "my_class").stdout.strip() == "my_class"
    assert run("check", "my_class").stdout.strip() == "0 problems."
    assert run("new", "My lesson", "--data", "my_class").stdout.strip() == "my_lesson.ipynb"
    assert run("cards", "heel_spur", "--to", "card.html", "--data", "my_class").returncode == 0
    assert "Heel spur" in Path("card.html").read_text(encoding="utf-8") or "heel spur" in Path("card.html").read_text(encoding="utf-8")
    wrong = run("cards", "heel_spurr", "--to", "wrong.html")
    assert (wrong.returncode, wrong.stderr.strip()) == (1, "Unknown condition 'heel_spurr'; nearest: 'heel_spur'.")
    assert not Path("wrong.html").exists()
