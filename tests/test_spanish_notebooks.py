"""The lessons in Spanish: the code of the English lesson, the same numbers, and every explorer speaking Spanish."""

import ast
import inspect
import json
import re
from pathlib import Path

import pytest

import heelkit
from heelkit.language import FALLBACK

FOLDER = Path(__file__).parent.parent / "notebooks"
SPANISH = sorted((FOLDER / "es").glob("*.ipynb"))

pytestmark = pytest.mark.parametrize("path", SPANISH, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> dict[str, dict]:
    """The cells of one kind by id, in their order; sources as one text."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: cell | {"source": "".join(cell["source"])} for cell in found if cell["cell_type"] == kind}


class WithoutLanguage(ast.NodeTransformer):
    """Code in which only the language can no longer be told: no `language=`, no column `label_es`, no sentences."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        node.keywords = [keyword for keyword in node.keywords if keyword.arg != "language"]
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, str):
            node.value = "a sentence" if " " in node.value else node.value.removesuffix("_es")
        return node


def bare(code: str) -> str:
    return ast.dump(WithoutLanguage().visit(ast.parse(code)))


def speakers(code: str) -> list[tuple[str, ast.Call]]:
    """The calls of heelkit's functions that can speak another language, by name."""
    found = []
    for node in ast.walk(ast.parse(code)):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if re.fullmatch(r"heelkit(\.\w+)+", name):
            function = heelkit
            for part in name.split(".")[1:]:
                function = getattr(function, part)
            if "language" in inspect.signature(function).parameters:
                found.append((name, node))
    return found


def test_the_code_is_that_of_the_english_lesson(path):
    english, spanish = cells(FOLDER / path.name, "code"), cells(path, "code")
    assert list(spanish) == list(english)
    assert [i for i in spanish if bare(spanish[i]["source"]) != bare(english[i]["source"])] == []


def test_the_prose_has_the_numbers_of_the_english_lesson(path):
    def numbers(cell: dict) -> list[str]:
        return sorted(re.findall(r"\d+\.\d+", cell["source"]))

    english, spanish = cells(FOLDER / path.name, "markdown"), cells(path, "markdown")
    assert list(spanish) == list(english)
    assert [i for i in spanish if numbers(spanish[i]) != numbers(english[i])] == []


def test_everything_that_can_speak_spanish_does(path):
    calls = [call for cell in cells(path, "code").values() for call in speakers(cell["source"])]
    assert [name for name, _ in calls if name.startswith("heelkit.explore.")]
    told = [(name, [ast.literal_eval(k.value) for k in call.keywords if k.arg == "language"]) for name, call in calls]
    assert [name for name, language in told if language != ["es"]] == []


def test_no_output_falls_back_to_english(path):
    outputs = {i: json.dumps(cell["outputs"], ensure_ascii=False) for i, cell in cells(path, "code").items()}
    assert [i for i, shown in outputs.items() if FALLBACK in shown] == []
