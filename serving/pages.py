"""The lessons as pages that need no server and no network: `python serving/pages.py FOLDER`. `make html` calls it.

Every notebook is run once. Explorers whose answers are all in their own script stay alive (`LIVE`); the others show the picture
that they carry for places where no widget can live. Nothing is loaded from anywhere: pages open from a memory stick.
"""

import copy
import html
import json
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from plotly.offline import get_plotlyjs

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent / "notebooks"
LIVE = {"QuizExplorer", "AlarmExplorer", "ClaimsExplorer", "WiringExplorer", "SkinExplorer"}
WIDGET = "application/vnd.jupyter.widget-view+json"
FIGURE = "application/vnd.plotly.v1+json"
NOTE = "A page without Python: read it, and use what has buttons. Nothing that you do here is kept. To run the lesson, open it in JupyterLab."
ASLEEP = "<p><em>A picture of the explorer. To use it, open this lesson in JupyterLab.</em></p>"
TEMPLATE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js %}<script src="UPWARD/plotly.min.js"></script>{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block body_header %}{{ super() }}<p class="hk-page-note"><a href="UPWARD/index.html">All lessons</a> · NOTE</p>{% endblock %}
{% block footer_js %}<style>body { max-width: 75rem; margin: 0 auto; padding: 0 1rem; } .hk-page-note { font-family: system-ui, sans-serif; }
.jp-OutputArea-output { overflow-x: auto; } img { max-width: 100%; }</style>
<script type="module">
PLAYER
</script>{% endblock %}"""
INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>heelkit</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; }</style></head>
<body><main><h1>heelkit</h1><p>Reason about a numb or painful heel. Teaching material, not a medical device.</p><ul>
LESSONS
</ul></main></body></html>
"""


class Recorder(NotebookClient):
    """Runs a notebook and remembers how every widget was when it was shown: cells below set states on purpose."""

    async def async_execute_cell(self, cell, cell_index, **kwargs):
        """As the parent's, which it returns; `seen` gains the widgets that this cell shows."""
        done = await super().async_execute_cell(cell, cell_index, **kwargs)
        seen = self.__dict__.setdefault("seen", {})
        for output in cell.get("outputs", []):
            if view := output.get("data", {}).get(WIDGET):
                seen.setdefault(view["model_id"], copy.deepcopy(self.widget_state.get(view["model_id"], {})))
        return done


def as_script(value) -> str:
    """JSON that can stand inside a script element.

    >>> as_script("</script>")
    '"<\\\\/script>"'
    """
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\!--")


def static_output(data: dict, seen: dict) -> str | None:
    """HTML for a widget or a figure; None for everything that needs no change."""
    if WIDGET in data:
        state, picture = seen.get(data[WIDGET]["model_id"], {}), data.get("text/html", "")
        explorer = state.get("_anywidget_id", "").rsplit(".", 1)[-1]
        if explorer not in LIVE:
            return picture + ASLEEP
        traits = {name: value for name, value in state.items() if name == "_esm" or not name.startswith("_")}
        return f'<div class="hk-page-live" data-explorer="{explorer}">{picture}<script type="application/json">{as_script(traits)}</script></div>'
    if FIGURE in data:
        drawing = {part: data[FIGURE].get(part, {}) for part in ("data", "layout")}
        return f'<div class="hk-page-figure"><script type="application/json">{as_script(drawing)}</script></div>'
    return None


def page(path: Path, up: str = ".") -> tuple[str, str]:
    """Runs one notebook; returns its title and the page. `up` leads from the page to index.html."""
    notebook = nbformat.read(path, as_version=4)
    client = Recorder(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
    client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            replaced = static_output(output.get("data", {}), client.__dict__.get("seen", {}))
            if replaced is not None:
                output["data"] = nbformat.from_dict({"text/html": replaced})
    notebook.metadata.pop("widgets", None)
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    notebook.metadata["title"] = title
    player = (HERE / "player.mjs").read_text(encoding="utf-8")
    template = TEMPLATE.replace("NOTE", NOTE).replace("UPWARD", up).replace("PLAYER", f"{{% raw %}}{player}{{% endraw %}}")
    body, _ = HTMLExporter(raw_template=template).from_notebook_node(notebook)
    return title, body


def main(target: Path):
    """Writes index.html, one page per lesson, and the script of the figures, once for all pages."""
    target.mkdir(parents=True, exist_ok=True)
    (target / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8")
    lessons = []
    with tempfile.TemporaryDirectory() as folder:  # some lessons write files
        copied = Path(shutil.copytree(NOTEBOOKS, Path(folder) / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints", "my_class")))
        for path in sorted(copied.rglob("*.ipynb"), key=lambda p: (len(p.parts), p)):
            address = path.relative_to(copied).with_suffix(".html")
            title, body = page(path, "/".join([".", *[".."] * (len(address.parts) - 1)]))
            (target / address).parent.mkdir(exist_ok=True)
            (target / address).write_text(body, encoding="utf-8")
            lessons.append(f'<li><a href="{address.as_posix()}">{html.escape(title)}</a></li>')
    (target / "index.html").write_text(INDEX.replace("LESSONS", "\n".join(lessons)), encoding="utf-8")
    print(f"{len(lessons)} lessons in {target}: open {target / 'index.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
