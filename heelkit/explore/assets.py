"""Scripts and styles of the explorers: small files, joined into the one module and the one sheet a widget needs."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def _read(names: tuple[str, ...]) -> str:
    return "\n".join((_PACKAGE / name).read_text(encoding="utf-8") for name in names)


def script(*names: str) -> str:
    """Several scripts of the package as one module, after the helpers that all share; only the last may have a default export.

    >>> "function el(" in script("explore/conditions.js")
    True
    """
    return _read(("explore/dom.js", *names))


def style(explorer: str, *shared: str) -> str:
    """The shared look, further shared sheets, and the sheet of one explorer, which applies inside that explorer only.

    >>> "@scope (.heelkit.hk-lesion)" in style("lesion", "bodymap.css")
    True
    """
    return f"{_read(('explore/base.css', *shared))}\n@scope (.heelkit.hk-{explorer}) {{\n{_read((f'explore/{explorer}.css',))}}}\n"
