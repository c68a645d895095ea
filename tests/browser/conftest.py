"""A student's JupyterLab for the tests: a server of its own, a browser, and what a student does with both.

`lab` starts JupyterLab once on a copy of `notebooks/`, in a temporary home that knows nothing of this computer's
settings. `page` is a browser tab that writes down console errors and requests that leave this computer. A file of tests
that names its explorer (`EXPLORER = "skin"`) shares one notebook: `explore` shows an explorer there, `python` asks that
notebook's Python, `sheet` is the tab. When a test fails, a picture of its page is left in `screenshots/`;
pictures of every explorer in every view are in `screenshots/views/`.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
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
UNFINISHED = """() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')]
    .filter((prompt) => !/^\\[\\d+\\]:$/.test(prompt.textContent.trim())).length"""


class Lab:
    """A running JupyterLab, and what a student does in it."""

    def __init__(self, folder: Path, url: str, token: str, progress: Path):
        self.folder, self.url, self.token, self.progress = folder, url, token, progress

    def _api(self, path: str, body: dict | None = None, method: str = "GET"):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}?token={self.token}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")

    def is_up(self) -> bool:
        try:
            return bool(self._api("api/status"))
        except OSError:  # also urllib's errors
            return False

    def _kernel_is_ready(self, name: str) -> bool:
        kernels = [session["kernel"] for session in self._api("api/sessions") if session["path"] == name]
        return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)

    def stop_kernel(self, name: str):
        for session in self._api("api/sessions"):
            if session["path"] == name:
                self._api(f"api/sessions/{session['id']}", method="DELETE")

    def restart_kernel(self, name: str):
        """Python forgets everything, and the page stays as it is."""
        for session in self._api("api/sessions"):
            if session["path"] == name:
                self._api(f"api/kernels/{session['kernel']['id']}/restart", {}, "POST")

    def configure(self, plugin: str, settings: dict):
        """Settings of JupyterLab for the pages opened from now on, for example its theme."""
        self._api(f"lab/api/settings/@jupyterlab/{plugin}", {"raw": json.dumps(settings)}, "PUT")

    def write_notebook(self, name: str, *cells: str) -> str:
        """A small notebook with these code cells."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)
        return name

    def open_notebook(self, page, name: str):
        """Open a notebook and wait for its kernel."""
        page.goto(f"{self.url}/lab/tree/{name}?token={self.token}&reset")
        idle = ".jp-Notebook-ExecutionIndicator[data-status='idle']"  # in a narrow window it is folded away with the end of the tool bar
        page.wait_for_selector(idle, state="attached", timeout=120_000)  # the first opening is slow
        deadline = time.monotonic() + 60
        while not self._kernel_is_ready(name) and time.monotonic() < deadline:  # the indicator also says idle when there is no kernel yet
            page.wait_for_timeout(100)

    def run_all(self, page):
        """Run, Run All Cells; wait until every code cell has its number."""
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_function(f"() => ({UNFINISHED})() === 0", timeout=60_000)

    def run_more(self, page, code: str):
        """Type this into the last, empty cell and run it; returns the cell."""
        cells = page.locator(".jp-Notebook .jp-CodeCell")
        cell = page.locator(".jp-Notebook .jp-CodeCell").nth(cells.count() - 1)
        cell.locator(".cm-content").click()
        page.keyboard.insert_text(code)
        page.keyboard.press("Shift+Enter")
        return cell

    def save(self, page, name: str):
        """Save the notebook as it stands on the page and read it from disk."""
        page.keyboard.press("Control+s")
        page.locator(".lm-DockPanel-tabBar .lm-mod-current.jp-mod-dirty").wait_for(state="detached")
        return nbformat.read(self.folder / name, as_version=4)


def _copy_notebooks(target: Path):
    """A copy of notebooks/ whose cells look as if they had not run yet, so that the end of Run All can be seen. Outputs stay."""
    shutil.copytree(NOTEBOOKS, target, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "my_class"))
    for path in target.rglob("*.ipynb"):
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
    progress = home / "heelkit_progress.jsonl"
    environment = os.environ | {name: str(home / name.lower()) for name in own} | {"JUPYTER_TOKEN": token, "HEELKIT_PROGRESS": str(progress)}
    with (home / "server.log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *SERVER_OPTIONS, f"--port={port}", f"--ServerApp.root_dir={home / 'notebooks'}"]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=home)
        running = Lab(home / "notebooks", f"http://127.0.0.1:{port}", token, progress)
        try:
            deadline = time.monotonic() + 90
            while not running.is_up():
                if server.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"JupyterLab did not start:\n{(home / 'server.log').read_text()[-3000:]}")
                time.sleep(0.2)
            running.configure("apputils-extension:notification", {"fetchNews": "false"})  # a message about news covers the corner
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


@pytest.fixture(scope="session")
def new_page(chromium):
    """Opens a tab in a fresh profile, with `.console_errors` and `.left_the_machine`. At `zoom` 2, half as much fits into the same window."""

    def new_page(width: int = 1400, height: int = 1000, zoom: float = 1):
        window = {"viewport": {"width": round(width / zoom), "height": round(height / zoom)}, "device_scale_factor": zoom}
        context = chromium.new_context(**window, permissions=["clipboard-read", "clipboard-write"])
        tab = context.new_page()
        tab.console_errors, tab.left_the_machine = [], []

        def note_request(url: str):
            parts = urlsplit(url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL:
                tab.left_the_machine.append(url)

        def note_message(message):
            if message.type == "error":
                tab.console_errors.append(f"{message.text} ({message.location['url']})")

        context.on("request", lambda request: note_request(request.url))
        tab.on("websocket", lambda connection: note_request(connection.url))
        tab.on("console", note_message)
        tab.on("pageerror", lambda error: tab.console_errors.append(f"uncaught: {error}"))
        new_page.last = tab
        return tab

    return new_page


@pytest.fixture
def page(new_page):
    """A tab of the test's own."""
    tab = new_page()
    yield tab
    tab.context.close()


@pytest.fixture(scope="module")
def notebook(lab, new_page, request):
    """A tab with one notebook for all tests of a file."""
    tab, name = new_page(), request.module.EXPLORER
    lab.open_notebook(tab, lab.write_notebook(f"{name}_sheet.ipynb", ""))
    lab.run_more(tab, f"from heelkit.explore.{name} import {name}")
    yield tab
    tab.context.close()


@pytest.fixture
def sheet(notebook):
    """That tab for one test: whatever is wrong at its end is this test's fault."""
    notebook.console_errors.clear()
    notebook.left_the_machine.clear()
    yield notebook
    assert notebook.left_the_machine == []
    assert notebook.console_errors == []


@pytest.fixture
def explore(lab, sheet, request):
    """Shows the file's explorer with these arguments, as `explorer` in Python; returns it on the page."""
    name = request.module.EXPLORER

    def explore(arguments: str = ""):
        explorer = lab.run_more(sheet, f"explorer = {name}({arguments}); explorer").locator(f".hk-{name}[data-ready='true']")
        explorer.wait_for()
        explorer.scroll_into_view_if_needed()
        return explorer

    return explore


@pytest.fixture
def python(lab, sheet):
    """What Python says of an expression, as printed."""

    def python(expression: str) -> str:
        output = lab.run_more(sheet, f"print({expression})").locator(".jp-OutputArea-output").last
        output.wait_for()
        return output.inner_text().strip()

    return python


@pytest.fixture(scope="session")
def views_folder() -> Path:
    """Where pictures stay that people look at after the tests."""
    folder = SCREENSHOTS / "views"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def accessibility_problems(sheet):
    """What axe finds in an explorer: rules that are broken, with a few of the places."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed").Axe()

    def accessibility_problems(explorer) -> list:
        explorer.evaluate("(node) => { node.id = 'under-test'; }")
        found = axe.run(sheet, context="#under-test").response["violations"]
        return [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found]

    return accessibility_problems


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A picture of the page when a test failed."""
    report = yield
    fixtures = getattr(item, "funcargs", {})
    tab = fixtures.get("page") or getattr(fixtures.get("new_page"), "last", None)
    if report.when == "call" and report.failed and tab:
        SCREENSHOTS.mkdir(exist_ok=True)
        tab.screenshot(path=SCREENSHOTS / f"{item.name.replace('/', '_')}.png")
    return report
