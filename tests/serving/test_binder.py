"""The environment that Binder builds: rendered by repo2docker's own build pack, without a container daemon."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PIP_LINES = next(part["pip"] for part in ENVIRONMENT["dependencies"] if isinstance(part, dict))


@pytest.fixture(scope="module")
def dockerfile() -> str:
    """What repo2docker would give to the builder for this folder."""
    pytest.importorskip("repo2docker", reason="jupyter-repo2docker is not installed (make serving)")
    code = (
        "import json; from repo2docker.buildpacks import CondaBuildPack;"
        "pack = CondaBuildPack('docker.io/library/buildpack-deps:24.04'); pack.platform = 'linux/amd64';"
        "print(json.dumps([pack.detect(), pack.python_version, pack.render(build_args={'NB_UID': '1000', 'NB_USER': 'jovyan'})]))"
    )
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    found, python, text = json.loads(run.stdout)
    assert found, "repo2docker does not see environment.yml"
    assert python == "3.11"
    return text


def test_the_pip_part_installs_this_folder_with_the_tested_versions():
    assert PIP_LINES == ["--constraint constraints.txt", "--editable ."]
    assert (ROOT / "constraints.txt").is_file()


def test_jupyterlab_comes_with_the_base_so_that_its_notebook_server_still_fits():
    names = [re.split(r"[<>=]", part)[0] for part in ENVIRONMENT["dependencies"] if isinstance(part, str)]
    assert names == ["python", "pip", "jupyterlab"]
    lab = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]["lab"]
    assert lab[0] == next(part for part in ENVIRONMENT["dependencies"] if str(part).startswith("jupyterlab"))


def test_files_are_copied_before_pip_needs_them(dockerfile):
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in dockerfile
    assert dockerfile.index(" src/ ${REPO_DIR}/") < dockerfile.index("env update")


def test_the_base_is_frozen_for_this_python(dockerfile):
    assert re.search(r"environment-2epy-2d3-2e11-2dlinux-2d64-2elock", dockerfile)


def test_nothing_runs_after_the_environment_is_made(dockerfile):
    steps = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    assert not (ROOT / "postBuild").exists()
    assert not any("postBuild" in line for line in steps)
