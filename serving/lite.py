"""The lessons as a JupyterLite site: Python runs in the student's browser. `python serving/lite.py WORK SITE`; `make lite` calls it.

The site holds the lessons, heelkit, and every pure-Python package it needs, in the versions of constraints.txt. Compiled packages (numpy,
pandas ...) and Python itself come from the Pyodide distribution: over the network, or, with PYODIDE=folder, from an unpacked copy inside
the site; then it needs no network at all. PyPI is switched off.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
from jupyterlite_pyodide_kernel.constants import PYODIDE_KERNEL_PLUGIN_ID
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
# What the Pyodide distribution brings (names in its pyodide-lock.json), of all that heelkit needs: never packed into the site.
FROM_PYODIDE = set((ROOT / "serving" / "from_pyodide.txt").read_text(encoding="utf-8").split()) | {"widgetsnbextension"}  # a stand-in has its place
BROWSER = {  # what a requirement's marker sees there
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "python_version": "3.14",
    "python_full_version": "3.14.2",
    "extra": "",
}
SET_UP = "%pip install -q heelkit\n# Only here, in the browser: wait for this cell once, then run the lesson."
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
# Pure Python only: what a compiled wheel holds cannot run in a browser.
ANYWHERE = ("--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none", "--python-version=3.14")


def needed_in_the_browser(requirements: list[str]) -> list[str]:
    """Names of the packages that these requirements ask for in a browser."""
    found = [Requirement(text) for text in requirements]
    return [canonicalize_name(r.name) for r in found if r.marker is None or r.marker.evaluate(BROWSER)]


def collect_wheels(folder: Path) -> None:
    """Builds heelkit's wheel and downloads, one by one, every pure wheel that it needs and Pyodide does not bring."""
    import pkginfo

    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], check=True, stdout=subprocess.DEVNULL)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting, seen = needed_in_the_browser(project["dependencies"]), set(FROM_PYODIDE)
    while waiting:
        fresh = sorted(set(waiting) - seen)
        seen.update(fresh)
        if fresh:
            subprocess.run([*PIP, "download", "-q", "--no-deps", *ANYWHERE, "-c", ROOT / "constraints.txt", "-d", folder, *fresh], check=True)
        metadata = [pkginfo.get_metadata(str(wheel)) for wheel in folder.glob("*.whl")]
        waiting = [name for m in metadata for name in needed_in_the_browser(m.requires_dist) if name not in seen]


def copy_lessons(folder: Path) -> None:
    """Copies the notebooks, with a first cell that installs heelkit from the site; the stored outputs stay readable before anything runs."""
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "images", "my_class"))
    for path in folder.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.insert(1, nbformat.v4.new_code_cell(SET_UP, id="set-up-in-the-browser"))
        notebook.metadata["kernelspec"] = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
        nbformat.write(notebook, path)


def main(work: Path, site: Path) -> None:
    """Builds the site; what was there before is replaced."""
    for old in (work, site):
        shutil.rmtree(old, ignore_errors=True)
    (work / "pypi").mkdir(parents=True)
    collect_wheels(work / "pypi")
    copy_lessons(work / "lessons")
    if distribution := os.environ.get("PYODIDE"):
        shutil.copytree(distribution, work / "static" / "pyodide", ignore=shutil.ignore_patterns("*.map", "*-tests.tar", "*.d.ts"))
    settings = {"appName": "heelkit", "litePluginSettings": {PYODIDE_KERNEL_PLUGIN_ID: {"disablePyPIFallback": True}}}
    (work / "jupyter-lite.json").write_text(json.dumps({"jupyter-lite-schema-version": 0, "jupyter-config-data": settings}), encoding="utf-8")
    command = ["build", "--lite-dir", work, "--contents", work / "lessons", "--output-dir", site, "--no-sourcemaps", "--apps", "lab"]
    subprocess.run([sys.executable, "-m", "jupyterlite_core", *command], check=True, cwd=work, stdout=subprocess.DEVNULL)
    size = sum(f.stat().st_size for f in site.rglob("*") if f.is_file()) / 1e6
    print(f"{site}: {size:.0f} MB, {len(list((site / 'pypi').glob('*.whl')))} packages. Try it: python -m http.server --directory {site}")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:3]))
