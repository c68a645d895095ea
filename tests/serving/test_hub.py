"""A real JupyterHub on this computer: students arrive by the link of the course page, use a lesson in Chromium, and come back."""

import json
import threading
import time
import urllib.error
from pathlib import Path

import nbformat
import pytest
import yaml
from traitlets.config import PyFileConfigLoader

SERVING = Path(__file__).resolve().parents[2] / "serving"
LESSON = "00_start_here"


@pytest.fixture(scope="module")
def hub(trial_hub, tmp_path_factory):
    with trial_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def follow(hub, course, links):
    """Leads a student's tab over the link into the lesson, and waits for its kernel."""

    def follow(tab, name: str, new: bool = False):
        tab.goto(links.hub_link(LESSON, f"file://{course.folder}", hub.url))
        if new:
            tab.get_by_label("Username").fill(name)
            tab.get_by_role("button", name="Sign in").click()
        tab.wait_for_url(f"**/user/{name}/lab/tree/course/notebooks/{LESSON}.ipynb", timeout=120_000)
        tab.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", state="attached", timeout=120_000)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:  # the page says idle before there is a kernel, too
            kernels = [session["kernel"] for session in hub.ask(f"user/{name}/api/sessions")]
            if any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels):
                return
            tab.wait_for_timeout(100)
        pytest.fail(f"no kernel for {name}")

    return follow


@pytest.fixture
def arrive(hub, follow, new_page, student_lab):
    """A new student with this name follows the link and runs all; returns the tab, and what the student can do there."""
    tabs = []

    def arrive(name: str):
        tabs.append(new_page())
        follow(tabs[-1], name, new=True)
        lab = student_lab(hub.students / name, f"{hub.url}/user/{name}", "", hub.students / name / "heelkit_progress.jsonl")
        lab.run_all(tabs[-1])
        return tabs[-1], lab

    yield arrive
    assert [address for tab in tabs for address in tab.left_the_machine] == []
    for tab in tabs:
        tab.context.close()


def answers(lab) -> list[str]:
    """What the student's own record says was predicted."""
    return [json.loads(line)["given"] for line in lab.progress.read_text(encoding="utf-8").splitlines()[1:]]


@pytest.mark.browser
def test_two_students_use_a_lesson_and_each_has_a_record_of_their_own(arrive):
    for name, prediction in (("ada", "plantar_fasciitis"), ("bo", "s1_radiculopathy")):
        tab, lab = arrive(name)
        explorer = tab.locator(".hk-conditions[data-ready='true']")
        explorer.get_by_label("Your prediction").select_option(prediction)
        explorer.get_by_role("button", name="Commit and see").click()
        explorer.locator(".hk-bar:visible").first.wait_for()
        explorer.get_by_label("Search findings").fill("shoots down the leg")
        explorer.locator("button[data-finding='radicular_leg_pain'][data-state='present']").click()
        tab.locator(".hk-bar[data-condition='s1_radiculopathy'] .hk-value", has_text="46%").wait_for()
        assert answers(lab) == [prediction]
        assert [error for error in tab.console_errors if "@jupyterlite/" not in error] == []  # which `make lite` needs beside it, and no class does


@pytest.mark.browser
def test_the_link_brings_what_is_new_and_keeps_what_a_student_wrote(arrive, follow, course):
    tab, lab = arrive("cleo")
    mine = lab.folder / "course" / "notebooks" / f"{LESSON}.ipynb"
    lab.run_more(tab, "note = 'what cleo wrote'")
    tab.keyboard.press("Control+s")
    tab.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")
    published = nbformat.read(course.notebooks / f"{LESSON}.ipynb", as_version=4)
    published.cells[0].source += "\n\nThe teacher corrects the first page."
    nbformat.write(published, course.notebooks / f"{LESSON}.ipynb")
    nbformat.write(published, course.notebooks / "99_new.ipynb")
    course.publish()
    follow(tab, "cleo")
    assert (mine.parent / "99_new.ipynb").is_file()
    assert any("what cleo wrote" in cell.source for cell in nbformat.read(mine, as_version=4).cells)


def test_more_students_than_the_limit_are_told_when_to_come_back(trial_hub, tmp_path):
    with trial_hub(tmp_path / "hub", "c.JupyterHub.concurrent_spawn_limit = 1\n") as small:
        for name in ("ada", "bo"):
            small.ask(f"hub/api/users/{name}", {}, "POST")
        first = threading.Thread(target=small.ask, args=("hub/api/users/ada/server", {}, "POST"))
        first.start()
        while small.ask("hub/api/users/ada").get("pending") != "spawn":
            time.sleep(0.1)
        with pytest.raises(urllib.error.HTTPError) as refused:
            small.ask("hub/api/users/bo/server", {}, "POST")
        assert refused.value.code == 429
        assert 30 <= int(refused.value.headers["Retry-After"]) <= 60
        first.join()
        small.ask("hub/api/users/bo/server", {}, "POST")  # ada's server runs: now there is room
        assert small.ask("hub/api/users/bo")["servers"][""]["ready"]


def test_the_settings_for_kubernetes_say_the_same():
    ours = PyFileConfigLoader("jupyterhub_config.py", path=str(SERVING)).load_config()
    chart = yaml.safe_load((SERVING / "zero_to_jupyterhub.yaml").read_text(encoding="utf-8"))
    hub, student = chart["hub"], chart["singleuser"]
    assert hub["concurrentSpawnLimit"] == ours.JupyterHub.concurrent_spawn_limit
    assert hub["config"]["KubeSpawner"] == {"http_timeout": ours.Spawner.http_timeout, "args": ours.Spawner.args}
    assert (student["startTimeout"], student["defaultUrl"]) == (ours.Spawner.start_timeout, ours.Spawner.default_url)
    assert student["memory"]["limit"] == ours.Spawner.mem_limit
