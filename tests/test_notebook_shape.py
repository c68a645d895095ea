"""Every notebook keeps the shape of the template, whoever wrote it, whatever it teaches and in whatever language."""

import ast
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

import heelkit

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = [*sorted(FOLDER.glob("*.ipynb")), *sorted(FOLDER.glob("es/*.ipynb"))]
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users|private|var|mnt|opt|usr)/|\b[A-Za-z]:\\{1,2}\w|file://")


class Phrases(NamedTuple):
    """What every lesson says in the words of its language."""

    minutes: str
    objectives: str
    last_sections: list[str]
    not_a_device: str
    translated: str | None  # the first line of a translation, with its lesson as {stem}
    told: str  # to an explorer


PHRASES = {
    "en": Phrases(
        minutes=r"\*\*About \d+ minutes",
        objectives="**After this lesson you can**",
        last_sections=["Check yourself", "Take home", "Sources"],
        not_a_device="teaching material, not a medical device",
        translated=None,
        told="",
    ),
    "es": Phrases(
        minutes=r"\*\*Unos \d+ minutos",
        objectives="**Tras esta lección usted puede**",
        last_sections=["Compruebe lo aprendido", "Para llevar", "Fuentes"],
        not_a_device="material didáctico, no es un dispositivo médico",
        translated=r"\*Traducción al español de \[[^]]+\]\(\.\./{stem}\.ipynb\)\.\*",
        told=', language="es"',
    ),
}

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(FOLDER).with_suffix("").as_posix())


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def phrases(path: Path) -> Phrases:
    return PHRASES["en" if path.parent == FOLDER else path.parent.name]


def text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def sources(path: Path, kind: str) -> list[str]:
    return [text(cell["source"]) for cell in read(path)["cells"] if cell["cell_type"] == kind]


def code_cells(path: Path) -> list[dict]:
    return [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]


def test_every_code_cell_was_run_once_from_top_to_bottom(path):
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_output_is_an_error_or_a_warning(path):
    outputs = [output for cell in code_cells(path) for output in cell["outputs"]]
    assert [o["ename"] for o in outputs if o["output_type"] == "error"] == []
    assert [text(o["text"]) for o in outputs if o.get("name") == "stderr"] == []


def test_no_widget_state_is_stored(path):
    assert "widgets" not in read(path)["metadata"]


def test_the_kernel_is_plain_python3(path):
    assert read(path)["metadata"]["kernelspec"]["name"] == "python3"


def test_every_cell_has_an_id_of_its_own(path):
    ids = [cell["id"] for cell in read(path)["cells"]]
    assert len(set(ids)) == len(ids)


def test_a_code_cell_has_at_most_three_lines_that_fit_a_projector(path):
    for code in sources(path, "code"):
        lines = [line for line in code.splitlines() if line.strip()]
        assert 1 <= len(lines) <= 3, code
        assert max(map(len, lines)) <= 120, code
        assert len(ast.parse(code).body) <= len(lines), f"several statements on one line: {code}"


def test_code_cells_define_no_helpers_and_no_loops(path):
    helpers = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.For, ast.While)
    for code in sources(path, "code"):
        assert not [node for node in ast.walk(ast.parse(code)) if isinstance(node, helpers)], code


def test_setting_up_is_one_line(path):
    assert sources(path, "code")[0] == "import heelkit"
    assert not [code for code in sources(path, "code")[1:] if re.search(r"^\s*(import|from)\s", code, re.MULTILINE)]


def test_the_file_is_smaller_than_300_kilobytes(path):
    assert path.stat().st_size < 300_000


def test_outputs_name_no_place_on_a_machine(path):
    assert MACHINE_PATH.findall(json.dumps([cell["outputs"] for cell in code_cells(path)])) == []


def test_the_first_cell_has_title_promise_minutes_and_objectives(path):
    first = read(path)["cells"][0]
    assert first["cell_type"] == "markdown"
    lines = [line for line in text(first["source"]).splitlines() if line.strip()]
    said = phrases(path)
    if said.translated:
        assert re.fullmatch(said.translated.format(stem=path.stem), lines.pop(0)), "the first line names the lesson that this translates"
    assert re.fullmatch(rf"# {path.stem[:2]} · \S.*", lines[0])
    assert re.fullmatch(r"\*[^*]+\*", lines[1]), "the promise is one line in italics"
    assert re.search(said.minutes, lines[2])
    at = lines.index(said.objectives)
    objectives = [line for line in lines[at + 1 :] if line.startswith("- ")]
    assert len(objectives) >= 3
    assert all(re.match(r"- \*\*[a-záéíóúñ]+\*\* ", line) for line in objectives), "each objective starts with a verb in bold"


def test_sections_come_in_the_order_of_the_template_and_end_with_printed_sources(path):
    headings = [line[3:] for cell in sources(path, "markdown") for line in cell.splitlines() if line.startswith("## ")]
    assert headings[-3:] == phrases(path).last_sections
    last = read(path)["cells"][-1]
    assert last["cell_type"] == "code"
    assert "sources" in text(last["source"])
    assert last["outputs"], "the sources are printed from the tables"


def test_check_yourself_asks_the_questions_of_the_lesson(path):
    number = path.stem[:2]
    if number not in set(heelkit.load().questions["notebook"]):
        pytest.skip("this lesson has no questions in the tables")
    codes = sources(path, "code")
    assert f'check = heelkit.explore.quiz("{number}"{phrases(path).told})\ncheck' in codes
    assert "len(check.result)" in codes


def test_questions_written_into_a_page_give_their_reasons_on_demand(path):
    for question in [cell for cell in sources(path, "markdown") if re.search(r"^\*\*\d\. .*\?\*\*$", cell, re.MULTILINE)]:
        asked, _, reasons = question.partition("<details>")
        options = re.findall(r"^- ([A-E])\. ", asked, re.MULTILINE)
        assert len(options) >= 3, question
        assert re.findall(r"^- \*\*([A-E]) ", reasons, re.MULTILINE) == options, question
        assert reasons.rstrip().endswith("</details>")


def test_every_number_with_decimals_in_the_prose_is_printed_by_a_cell(path):
    printed = set()
    for output in (output for cell in code_cells(path) for output in cell["outputs"]):
        shown = text(output.get("text", "")) + text(output.get("data", {}).get("text/plain", ""))
        printed |= {round(float(number), 2) for number in re.findall(r"\d+\.\d+", shown)}
    told = {n for cell in sources(path, "markdown") for n in re.findall(r"(?<![\w.])\d+\.\d+(?![\w.]*\w)", cell)}
    set_by_hand = {n for code in sources(path, "code") for n in re.findall(r"\d+\.\d+", code)}
    assert {n for n in told - set_by_hand if round(float(n), 2) not in printed} == set()


def test_it_says_that_it_is_teaching_material_and_not_a_medical_device(path):
    assert phrases(path).not_a_device in " ".join(sources(path, "markdown"))


def test_links_to_other_lessons_lead_somewhere(path):
    links = [link for cell in sources(path, "markdown") for link in re.findall(r"\]\(([^)#:]+\.ipynb)\)", cell)]
    assert [link for link in links if not (path.parent / link).is_file()] == []
