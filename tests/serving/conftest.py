"""What links and hubs are tested with: a course as a code host would serve it, a hub for trying, and the browser tests' Chromium."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
LESSONS = ("00_start_here", "01_skin_of_the_heel")


def load(file: str):
    """A module that belongs to no package."""
    spec = importlib.util.spec_from_file_location(file.replace("/", "_").removesuffix(".py"), ROOT / file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


browser = load("tests/browser/conftest.py")
chromium, new_page = browser.chromium, browser.new_page  # fixtures


@pytest.fixture(scope="session")
def links():
    return load("serving/links.py")


@pytest.fixture(scope="session")
def student_lab():
    """`Lab` of the browser tests: what a student does in JupyterLab."""
    return browser.Lab


@pytest.fixture(scope="session")
def trial_hub():
    """`TrialHub`, where everything that it needs is installed."""
    pytest.importorskip("jupyterhub", reason="jupyterhub is not installed (make serving)")
    if not (shutil.which("configurable-http-proxy") or Path(sys.executable).with_name("configurable-http-proxy").exists()):
        pytest.skip("configurable-http-proxy is not installed (make serving)")
    return load("serving/trial_hub.py").TrialHub


class Course:
    """A teacher's repository; `publish` commits what stands in its folder."""

    def __init__(self, folder: Path):
        self.folder, self.notebooks = folder, folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self._git("init")

    def publish(self):
        self._git("add", ".")
        self._git("commit", "-m", "Lessons")

    def _git(self, *command: str):
        who = ("-c", "user.name=teacher", "-c", "user.email=teacher@example.org", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *who, *command], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture
def course(tmp_path) -> Course:
    """Two lessons whose cells look as if they had not run yet, so that the end of Run All can be seen."""
    made = Course(tmp_path / "course")
    for lesson in LESSONS:
        notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = None
        nbformat.write(notebook, made.notebooks / f"{lesson}.ipynb")
    made.publish()
    return made
