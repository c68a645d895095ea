"""Every notebook, opened and run in JupyterLab as a student does it."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = [path.relative_to(FOLDER).as_posix() for pattern in ("*.ipynb", "es/*.ipynb") for path in sorted(FOLDER.glob(pattern))]


@pytest.mark.parametrize("name", NOTEBOOKS, ids=lambda name: name.removesuffix(".ipynb"))
def test_notebook_runs_without_errors_or_network(lab, page, name):
    lab.open_notebook(page, name)
    lab.run_all(page)
    live = page.locator(".jp-OutputArea-output .heelkit")
    for i in range(live.count()):
        live.nth(i).scroll_into_view_if_needed()
    assert page.get_by_text("Error displaying widget").count() == 0
    sheets = page.locator("style.hk-sheet").evaluate_all("sheets => sheets.map((sheet) => sheet.textContent)")
    assert len(sheets) == len(set(sheets)) > 0, "each sheet stands on the page once"
    outputs = [output for cell in lab.save(page, name).cells for output in cell.get("outputs", [])]
    assert [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"] == []
    assert page.left_the_machine == []
    assert page.console_errors == []
