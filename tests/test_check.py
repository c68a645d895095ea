"""`check` names every problem, and nothing else, in one sentence each."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import heelkit
from heelkit.check import problems
from heelkit.describe import markdown
from heelkit.rules import RULES
from heelkit.tables import TableError, bundled_folder
from heelkit.teacher import copy_tables

HERE = Path(__file__).parent
EXPECTED = list(csv.DictReader((HERE / "broken" / "expected.csv").read_text(encoding="utf-8").splitlines()))


def test_bundled_tables_are_sound():
    assert [str(p) for p in problems()] == []


def test_worked_example_is_sound(worked_example):
    assert [str(p) for p in problems(worked_example)] == []


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda e: e["broken"])
def test_broken_table_is_named(expected, worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    shutil.copytree(HERE / "broken" / expected["broken"], folder, dirs_exist_ok=True)
    found = problems(folder)
    wanted = (expected["file"], int(expected["row"]), expected["column"])
    assert any((p.file, p.row, p.column) == wanted and expected["says"] in p.sentence for p in found), [str(p) for p in found]


@pytest.mark.parametrize("broken", ["unknown_foreign_key", "empty_file", "not_utf8", "descriptor_not_json"])
def test_broken_folder_is_not_loaded_at_all(broken, worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    shutil.copytree(HERE / "broken" / broken, folder, dirs_exist_ok=True)
    with pytest.raises(TableError) as refused:
        heelkit.load(folder)
    assert str(refused.value).splitlines()[0] in map(str, problems(folder))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('"name": "claims"', '"name": "clams"', "nearest valid: 'clams'"),
        ('"name": "verdict"', '"name": "verdikt"', "nearest valid: 'verdikt'"),
        ('"name": "verdict", "type": "string"', '"name": "verdict", "type": "number"', "must have the type string"),
        ('"path": "claims.csv"', '"path": "../claims.csv"', "leads out of the folder"),
        ('"minimum": 0.01', '"minimum": true', "must be numbers"),
        ('"references": "sources"', '"references": "topics"', "must have the references 'sources'"),
    ],
)
def test_descriptor_that_promises_too_little_is_named(before, after, says, worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    descriptor = (folder / "datapackage.json").read_text(encoding="utf-8")
    assert before in descriptor
    (folder / "datapackage.json").write_text(descriptor.replace(before, after), encoding="utf-8")
    assert any(p.file == "datapackage.json" and says in p.sentence for p in problems(folder))


def test_every_broken_folder_is_expected_and_every_rule_has_one():
    folders = {p.name for p in (HERE / "broken").iterdir() if p.is_dir()}
    assert folders == {e["broken"] for e in EXPECTED}
    assert len(folders) > len(RULES)


def test_all_problems_come_at_once(worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    for name in ("unknown_foreign_key", "out_of_range", "topic_without_findings", "empty_file"):
        shutil.copytree(HERE / "broken" / name, folder, dirs_exist_ok=True)
    files = {p.file for p in problems(folder)}
    assert {"presentations.csv", "findings.csv", "topics.csv", "claims.csv"} <= files


def test_missing_file_is_named(worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    (folder / "claims.csv").unlink()
    assert [str(p) for p in problems(folder)] == ["claims.csv: the file is missing."]


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(TableError, match="no such folder"):
        heelkit.load(tmp_path / "nowhere")


def spreadsheet(text: str, how: str) -> bytes:
    """The table as a spreadsheet would save it."""
    if how == "windows line ends":
        return text.replace("\n", "\r\n").encode()
    if how == "byte-order mark":
        return text.encode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    numbers = {
        "weight",
        "background_frequency",
        "probability",
        "none_of_these",
        "shrink",
        "cap",
        "sensitivity",
        "sensitivity_low",
        "sensitivity_high",
        "absence_cap",
    }
    for row in rows[1:]:
        for i, column in enumerate(rows[0]):
            if column in numbers:
                row[i] = row[i].replace(".", ",")
    lines = [";".join(f'"{c}"' if ";" in c or "\n" in c or '"' in c else c for c in row) for row in rows]
    return "\r\n".join(lines).encode("utf-8-sig")


@pytest.mark.parametrize("how", ["windows line ends", "byte-order mark", "semicolons and decimal commas"])
def test_what_a_spreadsheet_saves_is_simply_read(how, worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    for path in folder.rglob("*.csv"):
        path.write_bytes(spreadsheet(path.read_text(encoding="utf-8"), how))
    asked = {"present": ["numbness", "tinel_tarsal_tunnel"], "absent": ["first_step_pain"]}
    assert heelkit.rank(**asked, kb=heelkit.load(folder)).equals(heelkit.rank(**asked, kb=heelkit.load(worked_example)))


def test_columns_in_another_order_are_simply_read(worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    rows = list(csv.reader((folder / "topics.csv").read_text(encoding="utf-8").splitlines()))
    (folder / "topics.csv").write_text("\n".join(",".join(reversed(row)) for row in rows) + "\n", encoding="utf-8")
    assert heelkit.load(folder).topics.loc["signs", "label"] == "Signs"


def test_changed_folder_is_read_again(worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    assert heelkit.load(folder) is heelkit.load(folder)
    text = (folder / "topics.csv").read_text(encoding="utf-8")
    (folder / "topics.csv").write_text(text.replace("Signs", "Examination"), encoding="utf-8")
    assert heelkit.load(folder).topics.loc["signs", "label"] == "Examination"


def test_tables_stay_as_they_were_when_they_were_loaded(worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    kb = heelkit.load(folder)
    shutil.rmtree(folder)
    assert kb.topics.loc["signs", "label"] == "Signs"
    kb.topics.loc["signs", "label"] = "Examination"
    assert heelkit.load(worked_example).topics.loc["signs", "label"] == "Signs", "another knowledge base has its own"


@pytest.mark.parametrize(  # what is changed in a copy, and where the problem is then: in a table that is as it was
    ("file", "before", "after", "problem"),
    [
        ("topics.csv", "back_bladder,", "back,", ("findings.csv", "topic_id", "'back_bladder' is not in topics")),
        ("settings.csv", "primary_care,", "village_practice,", ("conditions.csv", "condition_id", "no row for the setting 'village_practice'")),
        ("sources.csv", "aafp_charcot,", "aafp_charkot,", ("presentations.csv", "source_ids", "nearest valid: 'aafp_charkot'")),
        ("anatomy/regions.geojson", '"heel_medial"', '"heel_inside"', ("anatomy/regions.geojson", "", "'heel_inside' is not a skin region")),
    ],
)
def test_a_change_that_breaks_another_table_is_named(file, before, after, problem, tmp_path):
    folder = copy_tables(tmp_path / "tables")
    assert problems(folder) == []
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after), encoding="utf-8")
    found = problems(folder)
    assert any((p.file, p.column) == problem[:2] and problem[2] in p.sentence for p in found), [str(p) for p in found[:5]]
    (folder / file).write_text(text, encoding="utf-8")
    assert problems(folder) == []


def test_command_exits_1_and_prints_the_sentence(worked_example, tmp_path):
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    shutil.copytree(HERE / "broken" / "excluded_but_80_percent", folder, dirs_exist_ok=True)
    run = subprocess.run([sys.executable, "-m", "heelkit", "check", str(folder)], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "presentations.csv, row" in run.stdout
    assert "'excluded' contradicts the 80%" in run.stdout
    sound = subprocess.run([sys.executable, "-m", "heelkit", "check", str(worked_example)], capture_output=True, text=True, check=False)
    assert (sound.returncode, sound.stdout) == (0, "0 problems.\n")


def test_data_readme_is_made_from_the_descriptor():
    assert (bundled_folder() / "README.md").read_text(encoding="utf-8") == markdown()


def test_every_field_is_described_and_every_table_sorted_by_key():
    kb = heelkit.load()
    for resource in kb.descriptor["resources"]:
        assert all(field["description"].endswith(".") for field in resource["schema"]["fields"]), resource["name"]
        key = resource["schema"]["primaryKey"]
        with (kb.folder / resource["path"]).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        keys = [tuple(int(r[k]) if r[k].isdigit() else r[k] for k in ([key] if isinstance(key, str) else key)) for r in rows]
        assert keys == sorted(keys), resource["path"]
