"""Paper for the class: condition cards, and case sheets with or without answers, as one HTML file or as PDF."""

import html
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from heelkit.cases import Encounter
from heelkit.citations import cite
from heelkit.differential import as_ids
from heelkit.errors import InputError
from heelkit.explore.card import card
from heelkit.language import ENGLISH, check_language, texts, words
from heelkit.tables import KnowledgeBase, load, unknown

STYLE = """
@page { size: A4; margin: 16mm; }
body { font: 11pt/1.35 sans-serif; color: #111; max-width: 180mm; margin: 0 auto; }
section { break-before: page; } section:first-of-type { break-before: auto; }
table { border-collapse: collapse; width: 100%; font-size: 9.5pt; } th, td { border: 1px solid #888; padding: 2px 6px; text-align: left; vertical-align: top; }
tr, li { break-inside: avoid; } img { max-height: 60mm; } footer { font-size: 8.5pt; color: #444; margin-top: 8mm; }
.line { border-bottom: 1px solid #888; height: 9mm; }
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Page(str):
    """A handout as HTML text, which a notebook shows as it will look on paper."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<a handout of {self.count('<section>')} sheets>" if self.count("<section>") != 1 else "<a handout of 1 sheet>"

    def _repr_html_(self) -> str:
        return f'<iframe title="handout" sandbox="" style="width: 100%; height: 28em; border: 1px solid #888" srcdoc="{html.escape(self)}"></iframe>'


def _page(title: str, sections: list[str], language: str, say: dict[str, str]) -> Page:
    return Page(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style></head>'
        f"<body>{''.join(f'<section>{s}</section>' for s in sections)}<footer>{html.escape(say['teaching_material'])}</footer></body></html>"
    )


def _sources(cells: Iterable[str], kb: KnowledgeBase, say: dict[str, str]) -> str:
    rows = cite(cells, kb)
    listed = "".join(f"<li>{html.escape(row['source'])} ({html.escape(row['level'])})</li>" for _, row in rows.iterrows())
    return f"<h3>{html.escape(say['sources'])}</h3><ul>{listed}</ul>"


def cards_page(condition_ids: str | Iterable[str], *, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> Page:
    """HTML of one card per page, with its sources. Raises ValueError, naming the nearest, for an unknown condition or language."""
    kb = kb or load()
    say = words(kb, "handout", language)
    sections = []
    for condition_id in as_ids(condition_ids):
        shown = card(condition_id, predict=False, kb=kb, language=language)
        sections.append(shown._picture() + _sources(shown.result["source_ids"], kb, say))
    return _page(say["cards"], sections, language, say)


def case_page(case_ids: str | Iterable[str], *, answers: bool, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> Page:
    """HTML of one case sheet per page: the opening and lines to write on; with `answers`, every reply, the answer, and its sources.

    Raises ValueError, naming the nearest, for an unknown case or language.
    """
    kb = kb or load()
    check_language(kb, language)
    say = words(kb, "handout", language)
    sections = [_case(Encounter(case_id, kb, language), answers, kb, language, say) for case_id in as_ids(case_ids)]
    return _page(say["case_sheet"], sections, language, say)


def _case(patient: Encounter, answers: bool, kb: KnowledgeBase, language: str, say: dict[str, str]) -> str:
    title, esc = texts(kb, "cases", "title", language)[patient.case_id], html.escape
    parts = [f"<h1>{esc(title)}</h1><blockquote>{esc(patient.opening)}</blockquote>"]
    if not answers:
        asked = ("to_ask", "to_examine", "to_order", "which_condition", "which_site", "how_fast", "how_sure")
        return "".join(parts + [f"<h3>{esc(say[q])}</h3>{'<div class=line></div>' * (4 if q.startswith('to_') else 1)}" for q in asked])
    labels, names = texts(kb, "findings", "label", language), texts(kb, "conditions", "name", language)
    for kind in ("history", "examination", "test"):
        mine = patient.script[kb.findings.loc[patient.script.index, "kind"].to_numpy() == kind]
        rows = "".join(f"<tr><th>{esc(labels[f])}</th><td>{esc(row['reply'])}</td></tr>" for f, row in mine.iterrows())
        parts.append(f"<h3>{esc(say[kind])}</h3><table>{rows}</table>" if rows else "")
    place = texts(kb, "sites", "name", language)[patient.case["site_id"]] if isinstance(patient.case["site_id"], str) else say["no_site"]
    answer = " + ".join(names[c] for c in patient.answers.index)
    parts.append(f"<h3>{esc(say['answer'])}</h3><p><b>{esc(answer)}</b>; {esc(place)}; {esc(say[patient.case['urgency']])}.</p>")
    parts.append(f"<p>{esc(texts(kb, 'cases', 'teaching_point', language)[patient.case_id])}</p>")
    return "".join(parts) + _sources([patient.case["source_ids"]], kb, say)


def browser() -> str:
    """The Chromium that prints. Raises InputError when there is none."""
    found = os.environ.get("CHROMIUM") or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not found:
        raise InputError(f"PDF needs Chromium, and none of {', '.join(BROWSERS)} is installed. Write .html instead and print it from any browser.")
    return found


def write_handout(page: str, target: str | Path) -> Path:
    """Writes a page as `.html` or `.pdf`, whole or not at all; returns the file.

    Raises InputError for another ending, a folder that is missing or cannot be written, or a Chromium that is missing or fails.
    """
    target = Path(target)
    if target.suffix not in (".html", ".pdf"):
        raise unknown("ending", [target.suffix], [".html", ".pdf"])
    if not target.parent.is_dir():
        raise InputError(f"{target.parent}: no such folder.")
    try:
        _print(page, target)
    except OSError as error:
        raise InputError(f"{target.name} could not be written: {error.strerror or error}.") from None
    return target


def _print(page: str, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".handout_") as beside:
        source = Path(beside) / "page.html"
        source.write_text(page, encoding="utf-8")
        done = source
        if target.suffix == ".pdf":
            done = Path(beside) / "page.pdf"
            command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={beside}/profile"]
            try:
                printed = subprocess.run(
                    [*command, f"--print-to-pdf={done.resolve()}", source.resolve().as_uri()], capture_output=True, timeout=120, check=False
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise InputError(f"Chromium could not print: {error}.") from None
            if printed.returncode or not done.exists():
                raise InputError(f"Chromium could not print: {printed.stderr.decode(errors='replace').strip()[-200:]}")
        done.replace(target)
