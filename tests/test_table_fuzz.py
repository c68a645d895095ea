"""Whatever happens to a table: `check` does not crash, names the file and the row of what is broken, and simply reads what is harmless.

Each round copies the bundled tables and changes every one of them in some way. A few rounds belong to every test run; `make fuzz` makes
10,000 changes.
"""

import copy
import importlib.util
import json
import os
import random
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import heelkit
from heelkit.check import problems
from heelkit.errors import TableError
from heelkit.tables import bundled_folder

_spec = importlib.util.spec_from_file_location("table_mutations", Path(__file__).with_name("table_mutations.py"))
mutations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mutations)

FULL = os.environ.get("HEELKIT_FUZZ") == "full"
DESCRIPTOR = json.loads((bundled_folder() / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = DESCRIPTOR["resources"]
CHANGES = 10_000 if FULL else 200
ROUNDS = -(-CHANGES // len(RESOURCES))
HARMLESS_ROUNDS = -(-ROUNDS // 7)
JUNK = (None, True, 0, -1, "", "x", "../x", [], {}, ["x"], {"x": 1}, 1e300)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {r["path"]: (bundled_folder() / r["path"]).read_bytes().decode() for r in RESOURCES}


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(bundled_folder(), tmp_path / "tables"))


def sheets_of(texts) -> dict[str, "mutations.Sheet"]:
    return {r["name"]: mutations.Sheet(r, texts[r["path"]]) for r in RESOURCES}


def broken_references(sheets, unreadable) -> set[tuple[str, int, str]]:
    """File, row and column of every cell that names a row that is not there: worked out here, without heelkit."""
    keys = {name: {cells[_only(sheet.key)] for _, cells in sheet.cells()} for name, sheet in sheets.items() if name not in unreadable}
    kinds = {"region": "regions", "muscle": "muscles", "reflex": "reflexes", "finding": "findings"}
    found = set()
    for name, sheet in sheets.items():
        if name in unreadable:
            continue
        for row, cells in sheet.cells():
            named = [(column, target, [cells[column]]) for column, target in sheet.links if cells[column]]
            named += [(f["name"], f["references"], cells[f["name"]].split(";")) for f in sheet.fields if "references" in f and cells[f["name"]]]
            if name in ("site_spares", "site_deficits") and cells["structure"]:
                named.append(("structure", kinds.get(cells["kind"]), [cells["structure"]]))
            for column, target, ids in named:
                if target in keys and any(i not in keys[target] for i in ids):
                    found.add((sheet.path, row, column))
    return found


def _only(key) -> str:
    return key if isinstance(key, str) else key[0]  # only tables with one key column are referred to


def mutate(sheets, dice) -> tuple[dict, set[str]]:
    """Changes every table; returns by name what was done and which rows must be named, and the tables that have no rows any more."""
    done, unreadable = {}, set()
    for name, sheet in sheets.items():
        rows = None
        while rows is None:
            mutation = dice.choice(mutations.BREAKING)
            rows = mutation(sheet, dice)
        done[name] = (mutation.__name__, rows)
        if sheet.raw is not None:
            unreadable.add(name)
    return done, unreadable


def write(sheets, folder: Path):
    for sheet in sheets.values():
        (folder / sheet.path).write_bytes(sheet.content())


@pytest.mark.parametrize("seed", range(ROUNDS - HARMLESS_ROUNDS))
def test_a_broken_table_is_named_by_file_and_row_and_never_loaded(seed, texts, folder):
    dice, sheets = random.Random(seed), sheets_of(texts)
    done, unreadable = mutate(sheets, dice)
    write(sheets, folder)
    found = problems(folder)
    assert all(p.sentence and "\n" not in str(p)[:300] for p in found)
    named = {(p.file, p.row) for p in found}
    files = {p.file for p in found}
    for name, (what, rows) in done.items():
        path = sheets[name].path
        if rows is mutations.ANYWHERE:
            assert path in files, (name, what)
        elif rows:
            assert named & {(path, row) for row in rows}, (name, what, rows)
    assert broken_references(sheets, unreadable) <= {(p.file, p.row, p.column) for p in found}
    expect_what_was_not_named_to_be_sound(sheets, files, texts, folder)


def expect_what_was_not_named_to_be_sound(sheets, files, texts, folder):
    """The changed tables that nobody complained about, in a folder that is otherwise sound: refused now, or read exactly as they are written."""
    for sheet in sheets.values():
        if sheet.path in files:
            (folder / sheet.path).write_bytes(texts[sheet.path].encode())
    try:
        kb = heelkit.load(folder)
    except TableError:
        return
    for name, sheet in sheets.items():
        if sheet.path not in files and sheet.raw is None:
            expect_table_as_written(kb.tables[name], sheet)
    for setting in kb.settings.index:
        assert np.isfinite(heelkit.rank(setting=setting, kb=kb)["probability"]).all()


def expect_table_as_written(table: pd.DataFrame, sheet):
    table = table.reset_index() if isinstance(sheet.key, str) else table
    key = [sheet.key] if isinstance(sheet.key, str) else sheet.key
    read = {tuple(str(row[k] if row[k] is not None else "") for k in key): row for row in table.to_dict("records")}
    for row, cells in sheet.cells():
        mine = read.pop(tuple(cells[k] for k in key))
        for field in sheet.fields:
            text, value = cells[field["name"]], mine[field["name"]]
            said = {"number": float, "integer": int, "boolean": lambda t: t == "true", "string": str}[field["type"]]
            same = pd.isna(value) if text == "" else said(text) == value
            assert same, (sheet.path, row, field["name"], text, value)
    assert read == {}


@pytest.mark.parametrize("seed", range(HARMLESS_ROUNDS))
def test_what_a_spreadsheet_changes_without_harm_gives_the_same_tables(seed, texts, folder):
    dice, sheets = random.Random(seed), sheets_of(texts)
    for sheet in sheets.values():
        dice.choice(mutations.HARMLESS)(sheet, dice)
    write(sheets, folder)
    assert [str(p) for p in problems(folder)] == []
    mine, bundled = heelkit.load(folder), heelkit.load()
    for name in sheets:
        pd.testing.assert_frame_equal(mine.tables[name], bundled.tables[name])


def places(node, way=()) -> list[tuple]:
    """The ways to everything in a JSON document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [w for key, part in inner for w in [(*way, key), *places(part, (*way, key))]]


def spoil(document, dice):
    """The document with one part taken out, repeated or replaced."""
    document = copy.deepcopy(document)
    *way, last = dice.choice(places(document))
    home = document
    for step in way:
        home = home[step]
    match dice.randrange(4):
        case 0:
            del home[last]
        case 1 if isinstance(home, list):
            home.append(copy.deepcopy(home[last]))
        case 2:
            home[last] = copy.deepcopy(dice.choice(JUNK))
        case _:
            home[last] = [home[last]]
    return document


@pytest.mark.parametrize("seed", range(400 if FULL else 8))
def test_a_spoiled_descriptor_or_drawing_is_named_or_harmless(seed, worked_example, tmp_path):
    dice = random.Random(seed)
    folder = Path(shutil.copytree(worked_example, tmp_path / "tables"))
    file = folder / ("anatomy/regions.geojson" if seed % 4 == 0 else "datapackage.json")
    file.write_text(json.dumps(spoil(json.loads(file.read_text(encoding="utf-8")), dice)), encoding="utf-8")
    found = problems(folder)
    assert {p.file for p in found} <= {file.relative_to(folder).as_posix(), *(r["path"] for r in RESOURCES)}
    if not found:
        assert heelkit.rank(["numbness"], kb=heelkit.load(folder)).equals(heelkit.rank(["numbness"], kb=heelkit.load(worked_example)))
