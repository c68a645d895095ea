"""A new lesson that runs as it is: the template of all lessons, to be filled with a class's own patient."""

import json
import os
import re
import unicodedata
from pathlib import Path

import nbformat

from heelkit.errors import InputError
from heelkit.files import write_whole

TEMPLATE = Path(__file__).with_suffix(".ipynb")  # it runs as it stands, but for the two words that are filled in


def slug(title: str) -> str:
    """A file name for a title: lower case, no accents, words joined by underscores.

    >>> slug("¿El pie de Ana?")
    'el_pie_de_ana'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def new_lesson(title: str, folder: str | Path = ".", data: str | Path | None = None) -> Path:
    """Writes a lesson that runs at once, and returns its file; a notebook of this name that is there already is left as it is.

    Parameters: the `title`; the `folder` for the notebook; `data`, a class's own tables, which all its explorers then use.
    Raises InputError for a title without letters, a folder that is missing or cannot be written, or tables that have problems.
    """
    name, folder = slug(title), Path(folder)
    if not name:
        raise InputError(f"'{title}' has no letter or digit to make a file name of.")
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder.")
    path = folder / f"{name}.ipynb"
    if path.exists():
        return path
    if data is not None:
        from heelkit.tables import load

        load(data)  # a lesson on tables with problems would stop at its first cell
    beside = "" if data is None else Path(os.path.relpath(data, folder)).as_posix()  # a kernel starts in the folder of its notebook
    notebook = nbformat.read(TEMPLATE, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id != "tables" or data is not None]
    for cell in notebook.cells:
        cell.source = cell.source.replace("TITLE", title).replace('"DATA"', json.dumps(beside))
    write_whole(path, (nbformat.writes(notebook) + "\n").encode())
    return path
