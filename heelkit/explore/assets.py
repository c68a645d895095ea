"""Scripts and styles of the explorers: small files, joined into the one module a widget needs."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def bundle(*names: str) -> str:
    """The text of several files of the package, one after the other. In scripts, only the last may have a default export.

    >>> "function el(" in bundle("explore/dom.js")
    True
    """
    return "\n".join((_PACKAGE / name).read_text(encoding="utf-8") for name in names)
