"""A student's JupyterLab for the tests: a server of its own, a browser, and what a student does with both.

`lab` starts JupyterLab once on a copy of `notebooks/`, in a temporary home that knows nothing of this computer's
settings. `page` is a browser tab that writes down console errors and requests that leave this computer, and leaves
a picture in `screenshots/` when its test fails.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parents[1] / "notebooks"
SCREENSHOTS = HERE / "screenshots"
LOCAL = {"127.0.0.1", "localhost"}
SERVER_OPTIONS = (
    "--no-browser",
    "--ip=127.0.0.1",
    "--allow-root",
    "--ServerApp.port_retries=0",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
EXPLORER = ".hk-conditions[data-ready='true']"  # set by conditions.js when everything is painted
UNFINISHED = """() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')]
    .filter((prompt) => !/^\\[\\d+\\]:$/.test(prompt.textContent.trim())).length"""


class Lab:
    """A running JupyterLab, and what a student does in it."""

    def __init__(self, folder: Path, url: str, token: str):
        self.folder, self.url, self.token = folder, url, token

    def is_up(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/status?token={self.token}", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def write_notebook(self, name: str, *cells: str) -> str:
        """A small notebook with these code cells."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)
        return name

    def open_notebook(self, page, name: str):
        """Open a notebook and wait for its kernel."""
        page.goto(f"{self.url}/lab/tree/{name}?token={self.token}&reset")
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=120_000)  # the first opening is slow

    def run_all(self, page):
        """Run, Run All Cells; wait until every code cell has its number."""
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_function(f"() => ({UNFINISHED})() === 0", timeout=60_000)

    def use_theme(self, theme: str):
        """For pages opened from now on: "JupyterLab Light" or "JupyterLab Dark"."""
        body = json.dumps({"raw": json.dumps({"theme": theme})}).encode()
        url = f"{self.url}/lab/api/settings/@jupyterlab/apputils-extension:themes?token={self.token}"
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method="PUT"), timeout=10):
            pass

    def save(self, page, name: str):
        """Save the notebook as it stands on the page and read it from disk."""
        before = (self.folder / name).stat().st_mtime_ns
        page.keyboard.press("Control+s")
        deadline = time.monotonic() + 20
        while (self.folder / name).stat().st_mtime_ns == before and time.monotonic() < deadline:
            page.wait_for_timeout(50)
        return nbformat.read(self.folder / name, as_version=4)


def _copy_notebooks(target: Path):
    """A copy of notebooks/ whose cells look as if they had not run yet, so that the end of Run All can be seen. Outputs stay."""
    shutil.copytree(NOTEBOOKS, target, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for path in target.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = None
        nbformat.write(notebook, path)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    home = tmp_path_factory.mktemp("lab")
    _copy_notebooks(home / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTERLAB_WORKSPACES_DIR", "JUPYTERLAB_SETTINGS_DIR")
    environment = os.environ | {name: str(home / name.lower()) for name in own} | {"JUPYTER_TOKEN": token}
    with (home / "server.log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *SERVER_OPTIONS, f"--port={port}", f"--ServerApp.root_dir={home / 'notebooks'}"]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=home)
        running = Lab(home / "notebooks", f"http://127.0.0.1:{port}", token)
        try:
            deadline = time.monotonic() + 90
            while not running.is_up():
                if server.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"JupyterLab did not start:\n{(home / 'server.log').read_text()[-3000:]}")
                time.sleep(0.2)
            yield running
        finally:
            server.terminate()
            try:
                server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(BROWSER_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, request):
    """A tab in a fresh profile, with `.console_errors` and `.left_the_machine`."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000}, permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.console_errors, tab.left_the_machine = [], []

    def note_request(url: str):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL:
            tab.left_the_machine.append(url)

    context.on("request", lambda r: note_request(r.url))
    tab.on("websocket", lambda socket: note_request(socket.url))
    tab.on("console", lambda message: tab.console_errors.append(f"{message.text} ({message.location['url']})") if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.console_errors.append(f"uncaught: {error}"))
    yield tab
    report = getattr(request.node, "call_report", None)
    if report is None or report.failed:
        SCREENSHOTS.mkdir(exist_ok=True)
        tab.screenshot(path=SCREENSHOTS / f"{request.node.name.replace('/', '_')}.png")
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Lets the page fixture know whether its test failed."""
    report = yield
    if report.when == "call":
        item.call_report = report
    return report
