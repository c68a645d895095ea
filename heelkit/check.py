"""Find every problem of a data folder at once and say each in one sentence.

The schema (types, required cells, allowed values, keys) is checked by frictionless, by the descriptor in the
folder; what a schema cannot say is in `heelkit.rules`.
"""

import functools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from heelkit.errors import TableError
from heelkit.tables import bundled_folder, content_of, nearest, read_descriptor, rows_of

_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LARGEST = 1e15  # beyond it whole numbers are no longer exact
_MOST_HINTS = 20  # a hint compares a value with a whole table


@dataclass(frozen=True, order=True)
class Problem:
    """One problem. `row` counts as a spreadsheet does (the header is row 1); 0 means the whole file."""

    file: str
    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        place = self.file + (f", row {self.row}" if self.row else "") + (f", column '{self.column}'" if self.column else "")
        told = " ".join(self.sentence.split())  # a cell that it quotes may have line breaks, and no end
        return f"{place}: {told if len(told) <= 800 else f'{told[:400]} ... {told[-400:]}'}"


class Table:
    """One table as text: `rows` are (row number, {column: cell}) pairs; `path` is its file inside the folder."""

    def __init__(self, resource: dict, header: list[str], cells: list[list[str]]):
        self.resource, self.name, self.path, self.schema = resource, resource["name"], resource["path"], resource["schema"]
        self.header, self.cells = header, cells
        padded = ([*row, *[""] * (len(header) - len(row))] for row in cells)
        self.rows = [(n, dict(zip(header, row, strict=False))) for n, row in enumerate(padded, start=2) if any(row)]

    def values(self, column: str) -> list[str]:
        """The filled cells of a column."""
        return [cells[column] for _, cells in self.rows if cells.get(column)]

    def problem(self, row: int, column: str, sentence: str) -> Problem:
        """A problem in this table."""
        return Problem(self.path, row, column, sentence)


def number(text: str | None) -> float | None:
    """The number in a cell; None when it is blank or not a number."""
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _unusable_numbers(table: Table) -> list[Problem]:
    """Numbers that frictionless takes and no table can hold: inf, 1_000, digits of other scripts, and more than any count or code."""
    found = []
    for field in table.schema["fields"]:
        if field["type"] not in ("number", "integer"):
            continue
        for row, cells in table.rows:
            text = cells[field["name"]]
            value = number(text)
            if value is not None and not (_PLAIN_NUMBER.fullmatch(text) and abs(value) < _LARGEST):
                found.append(table.problem(row, field["name"], f"'{text}' is not a number that can be used; write it with the digits 0 to 9."))
    return found


def suggest(value: str, valid) -> str:
    """A clause naming the nearest valid values, for the end of a sentence."""
    close = nearest(value, valid, 3)
    return f"; nearest valid: {', '.join(repr(c) for c in close)}." if close else "; no valid value is spelled like it."


def _constraint_sentence(field: dict, error) -> str:
    value, constraints = error.cell, field.get("constraints", {})
    rule = error.note.split('"')[1] if '"' in error.note else ""
    if rule == "required":
        return "the cell is blank but must be filled."
    if rule == "enum":
        return f"'{value}' is not one of the allowed values {', '.join(map(str, constraints['enum']))}" + suggest(value, constraints["enum"])
    if rule in ("minimum", "maximum"):
        limits = f"{constraints.get('minimum', '')} to {constraints.get('maximum', '')}".strip()
        return f"{value} is outside the allowed range ({limits})."
    if rule == "pattern":
        return f"'{value}' does not have the required form (pattern {constraints['pattern']})."
    return f"'{value}' breaks the rule '{rule}'."


def suggester(valid: list[str]) -> Callable[[str], str]:
    """`suggest` for the many cells that refer to one table: a value is looked up once, and spelling is no help when very many are unknown."""
    told: dict[str, str] = {}

    def clause(value: str) -> str:
        if value not in told:
            told[value] = suggest(value, valid) if len(told) < _MOST_HINTS else "."
        return told[value]

    return clause


def _schema_sentence(error, table: Table) -> tuple[str, str]:
    """Column and sentence for one frictionless error."""
    column = getattr(error, "field_name", "") or ""
    fields = {f["name"]: f for f in table.schema["fields"]}
    match error.type:
        case "type-error":
            kind = fields[column]["type"]
            hint = " (write true or false)" if kind == "boolean" else ""
            return column, f"'{error.cell}' is not {'an' if kind == 'integer' else 'a'} {kind}{hint}."
        case "constraint-error":
            return column, _constraint_sentence(fields[column], error)
        case "primary-key":
            key = table.schema["primaryKey"]
            names = [key] if isinstance(key, str) else key
            return ", ".join(names), f"the same key stands in row {error.note.rsplit(' ', 1)[-1]} already."
        case "missing-cell":
            return column, "the row ends before this column; a separator is missing."
        case "extra-cell":
            return "", f"the row has a cell too many ('{error.cell}'); put text that holds a comma in double quotes."
        case "unique-error":
            return column, f"'{error.cell}' stands in this column twice."
        case "blank-row":
            return "", "the row is blank."
    return column, error.note or error.message


def _listed(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def _reference_problems(tables: dict[str, Table], changed: set[str]) -> list[Problem]:
    """Cells that must stand in another table, and do not, where one of the two has changed."""
    found, hints = [], {}
    for table in tables.values():
        for key in table.schema.get("foreignKeys", []):
            target = key["reference"]["resource"] or table.name
            if target not in tables or not changed & {table.name, target}:
                continue
            mine, theirs = _listed(key["fields"]), _listed(key["reference"]["fields"])
            valid = {tuple(cells[name] for name in theirs) for _, cells in tables[target].rows}
            hint = hints.setdefault((target, *theirs), suggester(tables[target].values(theirs[0])))
            for row, cells in table.rows:
                value = tuple(cells[name] for name in mine)
                if any(value) and value not in valid:
                    found.append(table.problem(row, mine[0], f"'{value[0]}' is not in {target}" + hint(value[0])))
    return found


def same_as_ours(folder: Path, path: str) -> bool:
    """Whether a file of a data folder is, byte for byte, the one that heelkit brings."""
    ours, theirs = bundled_folder() / path, folder / path
    return ours.is_file() and theirs.is_file() and ours.read_bytes() == theirs.read_bytes()


def _changed(tables: dict[str, Table], folder: Path) -> set[str]:
    """The names of all tables of heelkit's own folder, and of a copy those in which something has changed: its own tests have checked the others."""
    if folder.resolve() == bundled_folder().resolve():
        return set(tables)
    own = {r["name"]: r for r in read_descriptor(bundled_folder())["resources"]}
    return {name for name, table in tables.items() if own.get(name) != table.resource or not same_as_ours(folder, table.path)}


@functools.lru_cache(maxsize=128)  # who checks again after each new row waits for the tables that are new, not for all that have changed so far
def _schema_problems(description: str, content: bytes) -> list[Problem]:
    """What is wrong with one table by itself, told by its description in the descriptor (as JSON) and the bytes of its file."""
    from frictionless import Checklist, Resource, Schema  # slow to import, needed only here

    table, _ = _table(description, content)
    schema = {name: part for name, part in table.schema.items() if name != "foreignKeys"}  # `_reference_problems`, in a fifth of the time
    rows = Resource(name=table.name, data=lambda: iter([table.header, *table.cells]), schema=Schema.from_descriptor(schema))  # a list would be copied
    found = _unusable_numbers(table)
    for task in rows.validate(Checklist(), limit_errors=100_000).tasks:
        for error in task.errors:
            column, sentence = _schema_sentence(error, table)
            found.append(table.problem(getattr(error, "row_number", 1) or 1, column, sentence))
    return found


@functools.lru_cache(maxsize=128)
def _table(description: str, content: bytes) -> tuple[Table | None, list[Problem]]:
    """One table, None when its columns are not those of the descriptor. Raises TableError when it cannot be read."""
    resource = json.loads(description)
    header, cells = rows_of(Path(resource["path"]).name, content, resource["schema"]["fields"])
    labels = [f["name"] for f in resource["schema"]["fields"]]
    if header == labels:
        return Table(resource, labels, cells), []
    found = _header_problems(resource["path"], header, labels)
    if sorted(header) != sorted(labels):
        return None, found
    order = [header.index(label) for label in labels]  # columns in another order are simply read
    return Table(resource, labels, [[row[i] if i < len(row) else "" for i in order] + row[len(labels) :] for row in cells]), found


def _read(descriptor: dict, folder: Path) -> tuple[dict[str, Table], list[Problem]]:
    tables, found = {}, []
    for resource in descriptor["resources"]:
        try:
            table, wrong = _table(json.dumps(resource), content_of(folder / resource["path"]))
        except TableError as error:
            place, _, sentence = str(error).partition(": ")
            row = place.rpartition(", row ")[2]
            found.append(Problem(resource["path"], int(row) if row.isdecimal() else 0, "", sentence))
            continue
        found += wrong
        if table:
            tables[table.name] = table
    return tables, found


def _header_problems(path: str, header: list[str], labels: list[str]) -> list[Problem]:
    found = [Problem(path, 1, label, "the column is missing" + suggest(label, set(header) - set(labels))) for label in labels if label not in header]
    found += [Problem(path, 1, name, "the column is not described" + suggest(name, labels)) for name in header if name not in labels]
    found += [Problem(path, 1, name, "the column stands there twice.") for name in sorted({n for n in header if header.count(n) > 1 and n in labels})]
    return found


def problems(folder: str | Path | None = None) -> list[Problem]:
    """Every problem of a data folder (the bundled one by default), sorted by file and row; empty when all is well.

    Never raises for bad content: a table that cannot be read is a problem like any other, and rules that need it are
    left out.

    >>> problems()
    []
    """
    from heelkit.descriptor_rules import descriptor_problems
    from heelkit.rules import rule_problems

    folder = Path(folder) if folder is not None else bundled_folder()
    try:
        descriptor = read_descriptor(folder)
        if not isinstance(descriptor, dict):
            raise TableError("datapackage.json: it must hold one JSON object.")
    except TableError as error:
        return [Problem("datapackage.json", 0, "", str(error).partition(": ")[2])]
    if found := descriptor_problems(descriptor):
        return sorted(found)
    tables, found = _read(descriptor, folder)
    changed = _changed(tables, folder)
    for name in changed:
        found += _schema_problems(json.dumps(tables[name].resource), content_of(folder / tables[name].path))
    found += _reference_problems(tables, changed)
    found += rule_problems(tables, folder, changed)
    return sorted(set(found))
