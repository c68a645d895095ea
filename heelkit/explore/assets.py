"""Scripts and styles of the explorers: small files, joined into the one module that a widget needs."""

import json
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def _read(name: str) -> str:
    return (_PACKAGE / name).read_text(encoding="utf-8")


def module(explorer: str, *parts: str) -> str:
    """The module of one explorer: its sheets and scripts, after those that all share, and after further `parts` of the package.

    The page gets the sheets from the module, each once however many explorers wear it. The explorer's own sheet applies inside it only.

    >>> "function el(" in module("lesion", "bodymap.js", "bodymap.css")
    True
    """
    shared = [_read("explore/base.css"), *(_read(part) for part in parts if part.endswith(".css"))]
    own = f"@scope (.heelkit.hk-{explorer}) {{\n{_read(f'explore/{explorer}.css')}}}\n"
    scripts = ["explore/dom.js", *(part for part in parts if part.endswith(".js")), f"explore/{explorer}.js"]
    return "\n".join([f"const SHEETS = {json.dumps([*shared, own], ensure_ascii=False)};", *map(_read, scripts)])
