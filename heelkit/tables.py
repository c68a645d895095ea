"""Find the data folder, read its tables, keep them: the KnowledgeBase.

The tables are a Frictionless Data Package. `datapackage.json` says what every column is; this
module reads the CSV files by it. Whether the content makes sense is the business of `check`.
"""

import csv
import difflib
import functools
import io
import json
from collections import UserDict
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from heelkit.errors import InputError, TableError

_HERE = Path(__file__).resolve().parent
_BOOLEANS = {"true": "true", "1": "true", "false": "false", "0": "false"}  # in any case of letters: Excel writes TRUE
_DTYPES = {"number": "float64", "integer": "Int64", "boolean": "bool", "string": "object"}


def bundled_folder() -> Path:
    """The data folder that comes with heelkit: inside the package when installed, beside it in a checkout."""
    inside = _HERE / "data"
    return inside if inside.is_dir() else _HERE.parent / "data"


def nearest(value: str, valid: Iterable[str], n: int = 1) -> list[str]:
    """The `n` entries of `valid` that are spelled most like `value` (fewer when nothing is alike).

    >>> nearest("plantar_fascitis", ["plantar_fasciitis", "heel_spur"])
    ['plantar_fasciitis']
    >>> nearest("zzz", ["plantar_fasciitis"])
    []
    """
    return difflib.get_close_matches(str(value), [str(v) for v in valid], n=n, cutoff=0.5)


def unknown(what: str, values: Iterable[str], valid: Iterable[str]) -> InputError:
    """One error for all unknown `values`, each with the nearest valid ones.

    >>> print(unknown("finding", ["tingeling"], ["tingling", "numbness"]))
    Unknown finding 'tingeling'; nearest: 'tingling'.
    """
    valid = list(valid)
    parts = []
    for value in values:
        close = ", ".join(f"'{v}'" for v in nearest(value, valid, 3))
        parts.append(f"Unknown {what} '{value}'" + (f"; nearest: {close}." if close else "; nothing is spelled like it."))
    return InputError(" ".join(parts))


def read_descriptor(folder: Path) -> dict:
    """The content of `datapackage.json` in `folder`.

    Raises TableError when the folder or the file is missing or is not valid JSON.
    """
    path = Path(folder) / "datapackage.json"
    if not path.is_file():
        raise TableError(f"{path}: no such file. A data folder needs the datapackage.json that describes its tables.")
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise TableError(f"{path.name}: not valid JSON ({error}).") from None


def read_rows(path: Path, fields: list[dict]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of one CSV file, as text, whatever spreadsheet saved it.

    A byte-order mark, Windows line ends, semicolons or tabs between cells and, together with semicolons, decimal
    commas are read as they are meant, and so is TRUE for true; empty lines at the end are dropped.

    Raises TableError when the file is missing, empty or not UTF-8.
    """
    return rows_of(path.name, content_of(path), fields)


def content_of(path: Path) -> bytes:
    """The bytes of a file; raises TableError when it is missing."""
    if not path.is_file():
        raise TableError(f"{path.name}: the file is missing.")
    return path.read_bytes()


def rows_of(name: str, content: bytes, fields: list[dict]) -> tuple[list[str], list[list[str]]]:
    """`read_rows` for a file called `name` that has been read already."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TableError(f"{name}, row {line}: not UTF-8 text. Save it again as 'CSV UTF-8'.") from None
    if not text.strip():
        raise TableError(f"{name}: the file is empty.")
    if "\x00" in text:
        raise TableError(f"{name}: this is not a text file (it holds zero bytes). Save it again as 'CSV UTF-8'.")
    first = text.lstrip().splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):  # strict: a quote left open would swallow rows
            rows.append(row)
    except csv.Error as error:
        raise TableError(f"{name}, row {len(rows) + 1}: not readable ({error}); look for a double quote that is not closed.") from None
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise TableError(f"{name}: the file is empty.")
    header = [cell.strip() for cell in rows[0]]
    rows = [[cell.strip() for cell in row] for row in rows[1:]]
    kinds = {f["name"]: f["type"] for f in fields}
    for i, column in enumerate(header):
        if kinds.get(column) == "boolean":
            _mend(rows, i, lambda cell: _BOOLEANS.get(cell.lower(), cell))
        elif kinds.get(column) == "number" and delimiter == ";":
            _mend(rows, i, lambda cell: cell.replace(",", "."))
    return header, rows


def _mend(rows: list[list[str]], column: int, mend: Callable[[str], str]) -> None:
    for row in rows:
        if column < len(row):
            row[column] = mend(row[column])


def _cast(cells: Iterable[str], kind: str, index: pd.Index) -> pd.Series:
    if kind == "boolean":
        return pd.Series([cell == "true" for cell in cells], index, dtype=bool)
    column = pd.Series([cell or None for cell in cells], index, dtype=object)
    return pd.to_numeric(column).astype(_DTYPES[kind]) if kind in ("number", "integer") else column


@functools.lru_cache(maxsize=128)  # a class changes two or three of fifty tables; the others need not be read again
def _frame(description: str, content: bytes) -> pd.DataFrame:
    """The table of a file, by its description in the descriptor (as JSON)."""
    resource = json.loads(description)
    schema = resource["schema"]
    header, rows = rows_of(Path(resource["path"]).name, content, schema["fields"])
    index = pd.RangeIndex(len(rows))  # one for all columns, which pandas need not align then
    columns = dict(zip(header, zip(*rows, strict=True) if rows else [()] * len(header), strict=True))
    frame = pd.DataFrame({f["name"]: _cast(columns[f["name"]], f["type"], index) for f in schema["fields"]}, index, copy=False)
    key = schema["primaryKey"]
    return frame.set_index(key).sort_index() if isinstance(key, str) else frame.sort_values(key, ignore_index=True)


class Tables(UserDict):
    """The tables by name. All files are read at once, each is made into a DataFrame when it is first asked for: most lessons need half of them."""

    def __getitem__(self, name: str) -> pd.DataFrame:
        if isinstance(waiting := self.data[name], tuple):
            self.data[name] = _frame(*waiting).copy(deep=False)  # changing it does not change that of another knowledge base
        return self.data[name]


class KnowledgeBase:
    """All tables of one data folder.

    Every table is an attribute: `kb.conditions`, `kb.findings`, `kb.presentations`, `kb.sources` and so on, a
    pandas DataFrame. A table with one key column is indexed by it; a table with several keeps them as columns.
    Blank cells are None in text columns and NaN (or <NA>) in numbers.

    >>> import heelkit
    >>> heelkit.load().conditions.loc["heel_spur", "group"]
    'heel_msk'
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.descriptor = read_descriptor(self.folder)
        self.tables = Tables({r["name"]: (json.dumps(r), content_of(self.folder / r["path"])) for r in self.descriptor["resources"]})

    def __getattr__(self, name: str) -> pd.DataFrame:
        tables = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name]
        raise AttributeError(f"no table '{name}'; the tables are: {', '.join(tables)}")

    def __dir__(self):
        return [*super().__dir__(), *self.tables]

    def __repr__(self):
        return f"KnowledgeBase({len(self.tables)} tables, {len(self.conditions)} conditions, {len(self.findings)} findings)"


@functools.cache
def _bundled() -> KnowledgeBase:
    return KnowledgeBase(bundled_folder())  # checked by the test suite, so nobody waits for it here


@functools.lru_cache(maxsize=4)
def _load(folder: Path, stamp: tuple) -> KnowledgeBase:
    from heelkit.check import problems  # only a teacher's own tables pay for the full check

    found = problems(folder)
    if found:
        more = f"\n... and {len(found) - 10} more." if len(found) > 10 else ""
        raise TableError("\n".join(str(p) for p in found[:10]) + more)
    return KnowledgeBase(folder)


_in_use: list[Path] = []  # at most one: the folder that `use` chose


def use(path: str | Path | None = None) -> KnowledgeBase:
    """From now on everything uses the tables of this folder: every explorer and function that is not given others; None: the bundled ones.

    Returns these tables. Raises TableError, with nothing changed, as `load` does.

    >>> import heelkit
    >>> heelkit.use() is heelkit.load()
    True
    """
    kb = _bundled() if path is None else load(path)
    _in_use[:] = [] if path is None else [Path(path).resolve()]
    return kb


def load(path: str | Path | None = None) -> KnowledgeBase:
    """The tables of a data folder, read once and kept.

    Parameters: `path` is a teacher's own folder (a copy of `data/`, edited); without it, the folder that `use` chose, or the
    bundled tables, which are read once. A teacher's folder is read again whenever it changed on disk; it is checked first and
    refused as a whole when anything in it is wrong, so a half-loaded table cannot happen.

    Raises TableError with up to ten sentences, each naming file, row, column and the nearest valid value.

    >>> import heelkit
    >>> heelkit.load()  # doctest: +ELLIPSIS
    KnowledgeBase(... tables, ... conditions, ... findings)
    """
    if path is None and not _in_use:
        return _bundled()
    folder = Path(path).resolve() if path is not None else _in_use[0]
    if not folder.is_dir():
        raise TableError(f"{folder}: no such folder.")
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".csv", ".json", ".geojson"))
    return _load(folder, tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in files))
