"""The wiring explorer, used in JupyterLab with mouse and keyboard."""

import pytest

import heelkit
from heelkit.explore.wiring import supplies

pytestmark = pytest.mark.browser
EXPLORER = ".hk-wiring[data-ready='true']"
MINUS = "\u2212"
OVERLAPS = """(svg) => {
    const boxes = [...svg.querySelectorAll('[data-node] > rect')].map((r) => [r.parentNode.dataset.node, r.getBoundingClientRect()]);
    const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    const found = [];
    boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => { if (!apart(a, b)) found.push([one, other]); }));
    for (const text of svg.querySelectorAll('[data-node] > text')) {
        const inner = text.getBoundingClientRect(), frame = text.parentNode.querySelector('rect').getBoundingClientRect();
        if (inner.left < frame.left || inner.right > frame.right || inner.bottom > frame.bottom + 1) found.push([text.textContent, 'leaves its box']);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def sheet(lab, new_page):
    """One notebook for the tests of this file; each test adds an explorer of its own."""
    tab = new_page()
    lab.open_notebook(tab, lab.write_notebook("wiring_sheet.ipynb", ""))
    lab.run_more(tab, "from heelkit.explore.wiring import wiring")
    yield tab
    tab.context.close()


@pytest.fixture
def page(sheet):
    sheet.console_errors.clear()
    sheet.left_the_machine.clear()
    yield sheet
    assert sheet.left_the_machine == []
    assert sheet.console_errors == []


@pytest.fixture
def explore(lab, page):
    """Shows `wiring(...)` with these arguments; returns the explorer on the page."""

    def explore(arguments: str = ""):
        explorer = lab.run_more(page, f"explorer = wiring({arguments}); explorer").locator(EXPLORER)
        explorer.wait_for()
        explorer.scroll_into_view_if_needed()
        return explorer

    return explore


@pytest.fixture
def python(lab, page):
    """What Python says of an expression, as printed."""

    def python(expression: str) -> str:
        output = lab.run_more(page, f"print({expression})").locator(".jp-OutputArea-output").first
        output.wait_for()
        return output.inner_text().strip()

    return python


def node(explorer, node_id):
    return explorer.locator(f"[data-node='{node_id}']")


def test_labels_do_not_overlap_and_stay_in_their_boxes_on_screen(explore):
    assert explore().locator(".hk-diagram").evaluate(OVERLAPS) == []


def test_a_click_lights_the_way_up_and_down_and_asks_before_it_tells(explore):
    explorer = explore()
    node(explorer, "tibial_nerve_soleal_arch").click()
    assert node(explorer, "root_s1").get_attribute("data-role") == "above"
    assert node(explorer, "medial_calcaneal_branches").get_attribute("data-role") == "below"
    assert node(explorer, "sural_nerve_calf").get_attribute("data-role") == ""
    assert explorer.locator(".hk-predict").is_visible()
    assert explorer.locator(".hk-table").count() == 0


def test_cutting_waits_for_a_prediction_then_marks_it_and_shows_the_shares_of_the_library(explore, python):
    explorer = explore("'medial_calcaneal_branches'")
    cut = explorer.locator("[data-act='cut']")
    assert cut.is_disabled()
    explorer.locator("[data-view='plantar'] [data-region='heel_plantar']").click()
    explorer.locator("[data-view='plantar'] [data-region='sole_medial']").click()
    explorer.get_by_label("Soleus", exact=True).check()
    cut.click()
    verdict = explorer.locator(".hk-verdict").inner_text()
    assert "Right: Plantar heel" in verdict and "missed: Medial heel" in verdict and "Not from here: Medial sole, Soleus" in verdict
    shown = explorer.locator("tr[data-structure]").evaluate_all("(rows) => rows.map((r) => r.dataset.structure)")
    expected = supplies("medial_calcaneal_branches")
    assert shown == expected.loc[expected["share"] >= 0.05, "structure"].tolist()
    assert python("explorer.state['cut']") == "medial_calcaneal_branches"
    assert python("explorer.state['numb'] + explorer.state['weak']") == "['heel_plantar', 'sole_medial', 'soleus']"


def test_a_cut_says_how_much_every_nerve_below_loses(explore):
    explorer = explore("cut='tibial_nerve_tarsal_tunnel'")
    assert node(explorer, "medial_plantar_nerve_sole").locator(".hk-loss").text_content() == MINUS + "100%"
    assert node(explorer, "medial_calcaneal_branches").locator(".hk-loss").text_content() == MINUS + "45%"
    assert node(explorer, "sural_nerve_calf").locator(".hk-loss").count() == 0
    assert "loses 45% of its fibers" in node(explorer, "medial_calcaneal_branches").get_attribute("aria-label")


def test_everything_works_from_the_keyboard(explore, page, python):
    explorer = explore()
    node(explorer, "root_s1").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.node") in heelkit.load().nodes.index
    node(explorer, "sural_nerve_ankle").focus()
    page.keyboard.press("Enter")
    explorer.locator("[data-view='lateral'] [data-region='heel_lateral']").focus()
    page.keyboard.press("Space")
    explorer.locator("[data-act='cut']").focus()
    page.keyboard.press("Enter")
    assert "Right: Lateral heel" in explorer.locator(".hk-verdict").inner_text()
    assert python("explorer.state['node_id']") == "sural_nerve_ankle"


def test_python_can_choose_for_the_class(explore, lab, page):
    explorer = explore("predict=False")
    lab.run_more(page, "explorer.state = {'node_id': 'sural_nerve_calf'}")
    explorer.get_by_text("People differ").wait_for()
    assert "3974" in explorer.inner_text()


def test_no_accessibility_problem_is_found(explore, page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed").Axe()
    explorer = explore("cut='tibial_nerve_tarsal_tunnel'")
    explorer.evaluate("(node) => { node.id = 'under-test'; }")
    found = axe.run(page, context="#under-test").response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []
