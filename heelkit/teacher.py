"""All that a teacher does, under one name: own tables, own lessons, paper for the class, and what the class missed."""

import csv
import io
import json
import shutil
import uuid
from pathlib import Path

from heelkit import check
from heelkit.check import Problem
from heelkit.class_report import item_statistics, missed_findings, missed_sites, read_exports
from heelkit.errors import InputError, TableError
from heelkit.files import write_whole
from heelkit.handout import cards_page, case_page, write_handout
from heelkit.lesson_template import new_lesson
from heelkit.tables import bundled_folder, read_descriptor, read_rows, unknown

__all__ = [
    "Problem",
    "Problems",
    "add_language",
    "add_row",
    "add_rows",
    "cards_page",
    "case_page",
    "copy_tables",
    "item_statistics",
    "missed_findings",
    "missed_sites",
    "new_lesson",
    "problems",
    "read_exports",
    "write_handout",
]


class Problems(list):
    """Problems of a folder, that read as one sentence a line; an empty list says that all is well."""

    def __repr__(self) -> str:
        return "\n".join(map(str, self)) or "No problems: heelkit can use this folder."


def problems(folder: str | Path) -> Problems:
    """Every problem of your own folder at once, sorted by file and row; empty when all is well."""
    return Problems(check.problems(folder))


def copy_tables(folder: str | Path) -> Path:
    """Copies the bundled tables into a folder of your own, and returns it. A folder that holds tables already is left as it is.

    Raises InputError when the folder is there but holds something else, or cannot be written.
    """
    folder = Path(folder)
    if (folder / "datapackage.json").is_file():
        return folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder.name} exists already and holds something else; nothing was changed. Choose another name.")
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    try:
        shutil.copytree(bundled_folder(), beside)
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)  # whole or not at all
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise InputError(f"{folder.name} could not be written: {error.strerror or error}.") from None
    return folder


def add_row(folder: str | Path, table: str, **cells: object) -> Path:
    """Adds a row to a table of your own folder, or changes the row with the same key; what you leave out stays blank, or as it was.

    A spreadsheet does the same. Write True and False for true and false, and join ids with ';'. Returns the file, which is written whole or
    not at all. Whether the row makes sense is said by `problems`.
    Raises ValueError, naming the nearest, for an unknown table or column, and TableError for a key that is not given.

    >>> add_row("my_class", "conditoins")
    Traceback (most recent call last):
    heelkit.errors.TableError: my_class/datapackage.json: no such file. A data folder needs the datapackage.json that describes its tables.
    """
    return add_rows(folder, table, **{column: [cell] for column, cell in cells.items()})


def add_rows(folder: str | Path, table: str, **cells: object) -> Path:
    """Adds or changes several rows at once: a cell that is a list has an entry for each row, any other cell stands in all of them.

    Everything else is as in `add_row`. Raises ValueError also when two lists are not equally long.
    """
    folder = Path(folder)
    resources = {r["name"]: r for r in read_descriptor(folder)["resources"]}
    if table not in resources:
        raise unknown("table", [table], resources)
    schema, path = resources[table]["schema"], folder / resources[table]["path"]
    columns = [field["name"] for field in schema["fields"]]
    if strangers := [column for column in cells if column not in columns]:
        raise unknown(f"column of {table}", strangers, columns)
    keys = [schema["primaryKey"]] if isinstance(schema["primaryKey"], str) else schema["primaryKey"]
    if lacking := [key for key in keys if key not in cells]:
        raise TableError(f"{path.name}: give the key {' and '.join(lacking)}.")
    header, rows = read_rows(path, schema["fields"])
    found = {tuple(row[key] for key in keys): row for row in (dict(zip(header, row, strict=False)) for row in rows)}
    for row in _spread(cells):
        key = tuple(row[key] for key in keys)
        found[key] = found.get(key, {}) | row
    _write(path, header, [found[key] for key in sorted(found)])
    return path


def _spread(cells: dict[str, object]) -> list[dict[str, str]]:
    """One dict of text a row."""
    lengths = {column: len(cell) for column, cell in cells.items() if isinstance(cell, list | tuple)}
    if len(set(lengths.values())) > 1:
        raise InputError(f"Each list needs an entry for every row; they have {', '.join(f'{n} ({column})' for column, n in lengths.items())}.")
    rows = [{column: cell[i] if column in lengths else cell for column, cell in cells.items()} for i in range(next(iter(lengths.values()), 1))]
    return [{column: str(cell).lower() if isinstance(cell, bool) else str(cell) for column, cell in row.items()} for row in rows]


def _write(path: Path, header: list[str], rows: list[dict]) -> None:
    """A table, whole or not at all."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue().encode())


def add_language(folder: str | Path, language: str) -> int:
    """Makes room for a language: beside every Spanish column of your own folder a blank one for it, such as `label_fr`; returns how many are new.

    What stays blank is shown in English, marked. Raises InputError for a language that is not two letters, and TableError for an unreadable table.
    """
    folder = Path(folder)
    if not (len(language) == 2 and language.isascii() and language.islower()):
        raise InputError(f"'{language}' is not a language code of two small letters, such as fr.")
    descriptor, added = read_descriptor(folder), 0
    for resource in descriptor["resources"]:
        fields = resource["schema"]["fields"]
        spanish = [field for field in fields if field["name"].endswith("_es") and f"{field['name'][:-2]}{language}" not in {f["name"] for f in fields}]
        if not spanish:
            continue
        path = folder / resource["path"]
        header, rows = read_rows(path, fields)
        for field in spanish:
            name = f"{field['name'][:-2]}{language}"
            fields.insert(fields.index(field) + 1, {"name": name, "type": "string", "description": f"In the language {language}; blank where not translated."})
            header.insert(header.index(field["name"]) + 1, name)
        _write(path, header, [dict(zip([c for c in header if c not in _new(spanish, language)], row, strict=False)) for row in rows])
        added += len(spanish)
    write_whole(folder / "datapackage.json", (json.dumps(descriptor, ensure_ascii=False, indent=1) + "\n").encode())
    return added


def _new(spanish: list[dict], language: str) -> set[str]:
    return {f"{field['name'][:-2]}{language}" for field in spanish}
