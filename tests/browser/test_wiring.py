"""The wiring explorer, used in JupyterLab with mouse and keyboard."""

import pytest

import heelkit
from heelkit.explore.wiring import supplies

pytestmark = pytest.mark.browser
EXPLORER = "wiring"
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


def test_everything_works_from_the_keyboard(explore, sheet, python):
    explorer = explore()
    node(explorer, "root_s1").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"):
        sheet.keyboard.press(key)
        assert sheet.evaluate("document.activeElement.dataset.node") in heelkit.load().nodes.index
    node(explorer, "sural_nerve_ankle").focus()
    sheet.keyboard.press("Enter")
    explorer.locator("[data-view='lateral'] [data-region='heel_lateral']").focus()
    sheet.keyboard.press("Space")
    explorer.locator("[data-act='cut']").focus()
    sheet.keyboard.press("Enter")
    assert "Right: Lateral heel" in explorer.locator(".hk-verdict").inner_text()
    assert python("explorer.state['node_id']") == "sural_nerve_ankle"


def test_python_can_choose_for_the_class(explore, lab, sheet):
    explorer = explore("predict=False")
    lab.run_more(sheet, "explorer.state = {'node_id': 'sural_nerve_calf'}")
    explorer.get_by_text("People differ").wait_for()
    assert "3974" in explorer.inner_text()


def test_everything_speaks_spanish_and_its_longer_labels_fit(explore):
    explorer = explore("language='es'")
    assert explorer.locator(".hk-diagram").evaluate(OVERLAPS) == []
    node(explorer, "sural_nerve_calf").click()
    name = heelkit.load().nodes.loc["sural_nerve_calf", "name_es"]
    assert explorer.locator(".hk-about h3").inner_text() == name
    assert node(explorer, "sural_nerve_calf").get_attribute("aria-label") == f"{name}, elegido"
    explorer.get_by_role("button", name="Mostrar lo que inerva").click()
    assert explorer.locator(".hk-lists h3").first.inner_text() == "Piel"
    assert "[en]" not in explorer.inner_text()


def test_no_accessibility_problem_is_found(explore, accessibility_problems):
    assert accessibility_problems(explore("cut='tibial_nerve_tarsal_tunnel'")) == []
