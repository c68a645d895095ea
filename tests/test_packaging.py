"""What is shipped: a wheel that finds its data, and version files that agree."""

import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from packaging.requirements import Requirement

import heelkit

ROOT = Path(__file__).parent.parent
CONSTRAINTS = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split())


def test_wheel_in_an_empty_environment_finds_its_data(tmp_path):
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), str(wheel)], check=True)
    code = "import heelkit; kb = heelkit.load(); print(len(kb.conditions), kb.folder); print(heelkit.rank('first_step_pain').index[0])"
    run = subprocess.run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    conditions, folder, leader = run.stdout.split()
    assert int(conditions) == len(heelkit.load().conditions)
    assert Path(folder).is_relative_to(tmp_path / "empty")
    assert leader == heelkit.rank("first_step_pain").index[0]


def test_every_dependency_is_pinned_within_its_limits():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = project["dependencies"] + [d for extra in project["optional-dependencies"].values() for d in extra]
    for requirement in map(Requirement, needed):
        if requirement.name != "heelkit":
            assert CONSTRAINTS[requirement.name] in requirement.specifier, str(requirement)


def test_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert heelkit.__version__ == project["version"] == heelkit.load().descriptor["version"]
    assert f"## {heelkit.__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_import_waits_for_no_widget_or_figure():
    slow = ["plotly", "ipywidgets", "anywidget", "frictionless", "networkx", "shapely"]
    code = f"import sys, heelkit; print([m for m in {slow} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
