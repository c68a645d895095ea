"""What can happen to a table in a spreadsheet, an editor or on a disk, one function each; used by `test_table_fuzz.py`.

A mutation changes a `Sheet` and returns the rows of which `check` must name one; `ANYWHERE` when any row of the file will do, `()` when it
depends on the rest of the tables whether anything is wrong, None when the mutation does not apply to this table.
"""

import csv
import io
import random
import re

ANYWHERE = range(1_000_000)
NO_NUMBERS = ("many", "1,5", "nan", "NaN", "inf", "-inf", "Infinity", "1e999", "1_000", "\u0663", "\uff10", "0x10", "--1", "50%", "#DIV/0!", "1 000", "9" * 40)
NO_BOOLEANS = ("yes", "wahr", "2", "t", "truefalse", "nan")
ODD_TEXTS = (
    "nan",
    "None",
    "null",
    "#REF!",
    "=1+1",
    "<script>",
    "a\u2028b",
    "a\nb",
    'say "no"',
    ";;",
    " , ",
    "x" * 40_000,
    "\u200b",
    "é" * 9,
    "🦶",
    "0",
    "-1",
    "1e308",
    "[]",
    "{}",
)


class Sheet:
    """A table in memory: the cells of its rows, the header first. A mutation of the file as such puts its bytes into `raw`."""

    def __init__(self, resource: dict, text: str):
        self.name, self.path, self.fields = resource["name"], resource["path"], resource["schema"]["fields"]
        self.key = resource["schema"]["primaryKey"]
        self.links = [(_listed(k["fields"])[0], k["reference"]["resource"] or self.name) for k in resource["schema"].get("foreignKeys", [])]
        self.rows = list(csv.reader(io.StringIO(text, newline="")))
        self.raw: bytes | None = None

    def text(self, delimiter: str = ",", end: str = "\n", quoting=csv.QUOTE_MINIMAL) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(self.rows)
        return out.getvalue()

    def content(self) -> bytes:
        return self.text().encode() if self.raw is None else self.raw

    def column(self, name: str) -> int:
        return self.rows[0].index(name)

    def cells(self):
        """The row number and the cells, by column, of every row below the header."""
        for number, row in enumerate(self.rows[1:], start=2):
            yield number, dict(zip(self.rows[0], [*(cell.strip() for cell in row), *[""] * (len(self.rows[0]) - len(row))], strict=False))


def _listed(names) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _row(sheet: Sheet, dice: random.Random) -> int:
    return dice.randrange(2, len(sheet.rows) + 1)


def _put(sheet: Sheet, dice: random.Random, fields: list[dict], value) -> tuple | None:
    """Writes `value` (or what it makes of the field) into a cell of one of these columns; the row must be named."""
    if not fields:
        return None
    field, row = dice.choice(fields), _row(sheet, dice)
    sheet.rows[row - 1][sheet.column(field["name"])] = value(field) if callable(value) else value
    return (row,)


def _typed(sheet: Sheet, *kinds: str) -> list[dict]:
    return [f for f in sheet.fields if f["type"] in kinds]


def _limited(sheet: Sheet, *rules: str) -> list[dict]:
    return [f for f in sheet.fields if any(rule in f.get("constraints", {}) for rule in rules)]


# --- a cell ------------------------------------------------------------------------------------


def blank_a_required_cell(sheet, dice):
    return _put(sheet, dice, [f for f in sheet.fields if f.get("constraints", {}).get("required")], "")


def no_number(sheet, dice):
    return _put(sheet, dice, _typed(sheet, "number", "integer"), dice.choice(NO_NUMBERS))


def no_whole_number(sheet, dice):
    return _put(sheet, dice, _typed(sheet, "integer"), dice.choice(("1.5", "2.0", "1e3", "")) or "two")


def no_boolean(sheet, dice):
    return _put(sheet, dice, _typed(sheet, "boolean"), dice.choice(NO_BOOLEANS))


def outside_the_limits(sheet, dice):
    def beyond(field):
        limits = field["constraints"]
        return str(limits["maximum"] + 1) if "maximum" in limits and dice.random() < 0.5 else str(limits.get("minimum", limits.get("maximum", 0) + 2) - 1)

    return _put(sheet, dice, _limited(sheet, "minimum", "maximum"), beyond)


def not_allowed(sheet, dice):
    return _put(sheet, dice, _limited(sheet, "enum"), "sometimes_perhaps")


def another_form(sheet, dice):
    fitting = [f for f in _limited(sheet, "pattern") if not re.fullmatch(f["constraints"]["pattern"], "?? !!")]
    return _put(sheet, dice, fitting, "?? !!")


def unknown_reference(sheet, dice):
    linked = [f for f in sheet.fields if f["name"] in dict(sheet.links)]
    return () if _put(sheet, dice, linked, dice.choice(("no_such_row", "Tingling ", "nan", "0"))) else None


def unknown_in_a_list(sheet, dice):
    """One id of a joined list is misspelled, missing between two separators, or added."""
    fields = [f for f in sheet.fields if "references" in f]
    if not fields:
        return None
    field, row = dice.choice(fields), _row(sheet, dice)
    column = sheet.column(field["name"])
    ids = list(filter(None, sheet.rows[row - 1][column].split(";")))
    ids.insert(dice.randrange(len(ids) + 1), dice.choice(("no_such_row", "a_b", *([""] if ids else []))))
    sheet.rows[row - 1][column] = ";".join(ids)
    return ()


def odd_text(sheet, dice):
    _put(sheet, dice, _typed(sheet, "string"), dice.choice(ODD_TEXTS))
    return ()


def large_number(sheet, dice):
    free = [f for f in _typed(sheet, "number", "integer") if "maximum" not in f.get("constraints", {})]
    return () if _put(sheet, dice, free, dice.choice(("1000000", "999999999", "0", "1", "3"))) else None


def letter_changed(sheet, dice):
    row = sheet.rows[_row(sheet, dice) - 1]
    column = dice.choice([i for i, cell in enumerate(row) if cell])
    at = dice.randrange(len(row[column]))
    row[column] = row[column][:at] + dice.choice("xyz_ 7") + row[column][at + 1 :]
    return ()


# --- a row -------------------------------------------------------------------------------------


def swap_two_cells(sheet, dice):
    row, columns = sheet.rows[_row(sheet, dice) - 1], range(len(sheet.rows[0]))
    i, k = dice.choices(columns, k=2)
    row[i], row[k] = row[k], row[i]
    return ()


def swap_two_rows_of_a_column(sheet, dice):
    one, other, column = _row(sheet, dice), _row(sheet, dice), dice.randrange(len(sheet.rows[0]))
    sheet.rows[one - 1][column], sheet.rows[other - 1][column] = sheet.rows[other - 1][column], sheet.rows[one - 1][column]
    return ()


def same_key_twice(sheet, dice):
    at = _row(sheet, dice)
    twin = list(sheet.rows[at - 1])
    where = _row(sheet, dice)
    sheet.rows.insert(where - 1, twin)
    return tuple(number for number, row in enumerate(sheet.rows, start=1) if row == twin)


def a_cell_too_few(sheet, dice):
    row = _row(sheet, dice)
    sheet.rows[row - 1].pop()
    return (row,)


def a_cell_too_many(sheet, dice):
    row = _row(sheet, dice)
    sheet.rows[row - 1].append(dice.choice(("x", "", "1")))
    return (row,)


def cells_shifted(sheet, dice):
    row = _row(sheet, dice)
    sheet.rows[row - 1].pop(dice.randrange(len(sheet.rows[0])))
    return (row,)


def blank_row(sheet, dice):
    row = _row(sheet, dice)
    sheet.rows.insert(row - 1, [""] * len(sheet.rows[0]))
    return (row,)


def delete_a_row(sheet, dice):
    """Whether that breaks a reference is worked out by the test."""
    del sheet.rows[_row(sheet, dice) - 1]
    return ()


def delete_every_row(sheet, dice):
    del sheet.rows[1:]
    return ()


# --- the file ----------------------------------------------------------------------------------


def column_missing(sheet, dice):
    column = dice.randrange(len(sheet.rows[0]))
    for row in sheet.rows:
        del row[column]
    sheet.raw = sheet.content()
    return (1,)


def column_too_many(sheet, dice):
    column, name = dice.randrange(len(sheet.rows[0]) + 1), dice.choice(("remarks", "", sheet.rows[0][0]))
    for row in sheet.rows:
        row.insert(column, name if row is sheet.rows[0] else "x")
    sheet.raw = sheet.content()
    return (1,)


def column_renamed(sheet, dice):
    column = dice.randrange(len(sheet.rows[0]))
    sheet.rows[0][column] = sheet.rows[0][column].upper() + "?"
    sheet.raw = sheet.content()
    return (1,)


def header_lost(sheet, dice):
    sheet.raw = "".join(sheet.text().partition("\n")[2:]).encode()
    return ANYWHERE


def spoiled_bytes(sheet, dice):
    good = sheet.content()
    at = dice.randrange(len(good))
    empty, other = (b"", b"\n \n", b'""\n', b",,,\n"), (good.decode().encode("utf-16"), b"PK\x03\x04" + good)
    sheet.raw = dice.choice((*empty, *other, *(good[:at] + byte + good[at:] for byte in (b"\x00", b"\xff"))))
    return ANYWHERE


def cut_off(sheet, dice):
    good = sheet.content()
    sheet.raw = good[: dice.randrange(len(good))]
    return ()


def quote_never_closed(sheet, dice):
    row, column = _row(sheet, dice), dice.randrange(len(sheet.rows[0]))
    mark = "the cell with the quote"
    sheet.rows[row - 1][column] = mark
    sheet.raw = sheet.text().replace(mark, '"the cell with the quote').encode()
    return ANYWHERE


BREAKING = (
    *(blank_a_required_cell, no_number, no_whole_number, no_boolean, outside_the_limits, not_allowed, another_form, unknown_reference, unknown_in_a_list),
    *(odd_text, large_number, letter_changed, swap_two_cells, swap_two_rows_of_a_column, same_key_twice, a_cell_too_few, a_cell_too_many, cells_shifted),
    *(blank_row, delete_a_row, delete_a_row, delete_every_row, column_missing, column_too_many, column_renamed, header_lost, spoiled_bytes, cut_off),
    quote_never_closed,
)


# --- what a spreadsheet changes without harm ------------------------------------------------------


def rows_in_another_order(sheet, dice):
    head, *rows = sheet.rows
    dice.shuffle(rows)
    sheet.rows = [head, *rows]


def columns_in_another_order(sheet, dice):
    order = dice.sample(range(len(sheet.rows[0])), len(sheet.rows[0]))
    sheet.rows = [[row[i] for i in order] for row in sheet.rows]


def byte_order_mark(sheet, dice):
    sheet.raw = sheet.text().encode("utf-8-sig")


def windows_line_ends(sheet, dice):
    sheet.raw = sheet.text(end="\r\n").encode()


def old_line_ends(sheet, dice):
    sheet.raw = sheet.text(end="\r").encode()


def semicolons_and_decimal_commas(sheet, dice):
    for field in _typed(sheet, "number"):
        column = sheet.column(field["name"])
        for row in sheet.rows[1:]:
            row[column] = row[column].replace(".", ",")
    sheet.raw = sheet.text(";", "\r\n").encode("utf-8-sig")


def tabs(sheet, dice):
    sheet.raw = sheet.text("\t").encode()


def every_cell_in_quotes(sheet, dice):
    sheet.raw = sheet.text(quoting=csv.QUOTE_ALL).encode()


def empty_lines_at_the_end(sheet, dice):
    sheet.raw = (sheet.text() + "\n" + "," * (len(sheet.rows[0]) - 1) + "\n\n").encode()


def spaces_around_cells(sheet, dice):
    sheet.rows = [[f" {cell}  " for cell in row] for row in sheet.rows]


def capital_booleans(sheet, dice):
    """As Excel and LibreOffice save them."""
    for field in _typed(sheet, "boolean"):
        column = sheet.column(field["name"])
        for row in sheet.rows[1:]:
            row[column] = row[column].upper()


HARMLESS = (
    *(rows_in_another_order, columns_in_another_order, byte_order_mark, windows_line_ends, old_line_ends, semicolons_and_decimal_commas, tabs),
    *(every_cell_in_quotes, empty_lines_at_the_end, spaces_around_cells, capital_booleans),
)
