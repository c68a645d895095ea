"""The JupyterLite site (`make serving` builds one and names it in HEELKIT_LITE): what is inside, and what it asks of other machines."""

import functools
import http.server
import importlib.metadata
import json
import os
import re
import threading
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("HEELKIT_LITE", "no site"))
FROM_PYODIDE = (ROOT / "serving" / "from_pyodide.txt").read_text(encoding="utf-8").split()
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
NETWORK = re.compile(r"https://cdn\.jsdelivr\.net/pyodide/v[\d.]+/full/")
needs_site = pytest.mark.skipif(not (SITE / "jupyter-lite.json").is_file(), reason="HEELKIT_LITE names no site (make serving builds one)")


def named(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def packed() -> dict[str, str]:
    """Name and version of every wheel in the site."""
    return {named(wheel.name.split("-")[0]): wheel.name.split("-")[1] for wheel in (SITE / "pypi").glob("*.whl")}


@needs_site
def test_the_wheel_of_this_version_is_inside():
    import heelkit

    assert packed()["heelkit"] == heelkit.__version__
    index = json.loads((SITE / "pypi" / "all.json").read_text(encoding="utf-8"))
    assert "heelkit" in index


@needs_site
def test_every_package_is_of_the_tested_version_and_none_is_compiled():
    pinned = {named(n): v for n, v in (line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split())}
    assert {name: version for name, version in packed().items() if name != "heelkit" and pinned[name] != version} == {}
    assert [wheel.name for wheel in (SITE / "pypi").glob("*.whl") if not wheel.name.endswith("-none-any.whl")] == []


@needs_site
def test_everything_heelkit_imports_is_packed_or_comes_with_pyodide():
    needed = {named(re.split(r"[^\w.-]", line)[0]) for line in importlib.metadata.requires("heelkit") if "extra ==" not in line}
    assert needed <= packed().keys() | set(FROM_PYODIDE)


@needs_site
def test_every_lesson_is_there_and_sets_itself_up():
    for name in LESSONS:
        notebook = nbformat.read(SITE / "files" / name, as_version=4)
        assert notebook.cells[1].source.startswith("%pip install -q heelkit\n")
        assert notebook.cells[2:] == nbformat.read(ROOT / "notebooks" / name, as_version=4).cells[1:]


@needs_site
def test_the_package_index_of_the_network_is_switched_off():
    settings = json.loads((SITE / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]["litePluginSettings"]
    assert settings["@jupyterlite/pyodide-kernel-extension:kernel"]["disablePyPIFallback"] is True


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Says nothing."""


@pytest.fixture
def address():
    """The site on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@needs_site
@pytest.mark.browser
def test_in_chromium_the_site_asks_nothing_of_other_machines_but_pyodide(address, chromium):
    left = []
    context = chromium.new_context()
    context.on("request", lambda request: left.append(request.url) if not request.url.startswith((address, "blob:", "data:")) else None)
    page = context.new_page()
    page.goto(f"{address}/lab/index.html?path=10_red_flags.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    listed = page.locator(".jp-DirListing-item").all_inner_texts()
    assert [name for name in LESSONS if not any(text.startswith(name) for text in listed)] == []
    page.wait_for_timeout(3000)  # the kernel starts, and looks for Pyodide
    context.close()
    assert [url for url in left if not NETWORK.match(url)] == []
    if (SITE / "static" / "pyodide").is_dir():
        assert left == []
