"""Links that open a lesson on Binder, and on a JupyterHub through nbgitpuller, which is run here on a repository of this computer."""

import importlib.util
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("links", ROOT / "serving" / "links.py")
links = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(links)
REPOSITORY = "OWNER/REPOSITORY"
HUB = "https://hub.example.org"


@pytest.mark.parametrize("lesson", links.LESSONS)
def test_every_link_opens_a_notebook_that_exists(lesson):
    binder = urlsplit(links.binder_link(lesson, REPOSITORY))
    assert binder.path == "/v2/gh/OWNER/REPOSITORY/HEAD"
    (path,) = parse_qs(binder.query)["urlpath"]
    assert (ROOT / path.removeprefix("lab/tree/")).is_file()
    hub = urlsplit(links.hub_link(lesson, REPOSITORY, f"{HUB}/"))
    assert (hub.hostname, hub.path) == ("hub.example.org", "/hub/user-redirect/git-pull")
    wanted = {name: value for name, (value,) in parse_qs(hub.query).items()}
    assert wanted["repo"] == "https://github.com/OWNER/REPOSITORY" and wanted["branch"] == "main"
    assert (ROOT / wanted["urlpath"].removeprefix("lab/tree/REPOSITORY/")).is_file()


def test_readme_has_a_launch_link_for_every_lesson():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [lesson for lesson in links.LESSONS if links.binder_link(lesson, REPOSITORY) not in readme] == []


@pytest.fixture
def student(tmp_path):
    """A student's server with nbgitpuller: asks for an address under it, and returns the answer as text; `student.home` is the student's folder."""
    pytest.importorskip("nbgitpuller", reason="nbgitpuller is not installed (make serving)")
    home = tmp_path / "home"
    home.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    own = {name: str(tmp_path / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    options = ["--no-browser", "--ip=127.0.0.1", "--allow-root", f"--port={port}", f"--ServerApp.root_dir={home}"]
    enabled = "--ServerApp.jpserver_extensions={'nbgitpuller': True}"
    log = (tmp_path / "server.log").open("w")
    command = [sys.executable, "-m", "jupyter_server", *options, enabled]
    server = subprocess.Popen(command, env=os.environ | own | {"JUPYTER_TOKEN": token}, stdout=log, stderr=log, cwd=home)

    def ask(path: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", headers={"Authorization": f"token {token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    ask.home = home
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                ask("api/status")
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    pytest.fail((tmp_path / "server.log").read_text()[-2000:])
                time.sleep(0.1)
        yield ask
    finally:
        server.terminate()
        server.wait(timeout=15)
        log.close()


def test_link_brings_the_course_and_keeps_what_a_student_wrote(course, student):
    link = urlsplit(links.hub_link("00_start_here", f"file://{course.folder}", HUB))
    page = student(f"git-pull?{link.query}")
    assert "lab/tree/course/notebooks/00_start_here.ipynb" in page  # where the page sends the student afterwards
    pull = "git-pull/api?" + urlencode({name: value[0] for name, value in parse_qs(link.query).items() if name != "urlpath"})
    assert '"phase": "finished"' in student(pull)
    mine = student.home / "course" / "notebooks" / "00_start_here.ipynb"
    mine.write_text("what the student wrote", encoding="utf-8")
    (course.notebooks / "new_lesson.ipynb").write_text("{}")  # the teacher adds a lesson
    course.publish()
    assert '"phase": "finished"' in student(pull)
    assert (student.home / "course" / "notebooks" / "new_lesson.ipynb").is_file()
    assert mine.read_text(encoding="utf-8") == "what the student wrote"
