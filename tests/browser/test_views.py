"""Every explorer on a projector, at 200% zoom and in the dark theme: nothing is cut off, everything can be pressed, axe agrees.

One picture of each is left in `screenshots/views/`.
"""

import pytest

from heelkit.progress import record as keep

pytestmark = pytest.mark.browser
VIEWS = {  # the window, its zoom, the theme
    "projector": ((1024, 768, 1), "Light"),
    "zoom_200": ((1280, 1024, 2), "Light"),
    "dark": ((1280, 1000, 1), "Dark"),
}
CASE = "present=['saddle_anesthesia', 'urinary_retention', 'tingling'], absent=['first_step_pain']"
CELLS = {  # each explorer with its answer open, so that there is as much to see as there can be
    "conditions": f"explorer = heelkit.explore.conditions({CASE}, predict=False)",
    "skin": "explorer = heelkit.explore.skin('root_s1', 'harrison_2015', 'keegan_garrett_1948', selected=['heel_plantar', 'leg_medial'], revealed=True)",
    "lesion": "explorer = heelkit.explore.lesion('tarsal_tunnel_proximal')\n"
    "explorer.state = {'skin': ['sole_medial'], 'muscles': ['abductor_hallucis'], 'revealed': True}",
    "wiring": "explorer = heelkit.explore.wiring('tibial_nerve_soleal_arch', 'tibial_nerve_soleal_arch', predict=False)",
    "where": "explorer = heelkit.explore.where(weak=['tibialis_anterior'], numb=['foot_dorsum_medial'], reflexes={'ankle': 'normal'}, predict=False)",
    "odds": "explorer = heelkit.explore.odds('deep_vein_thrombosis', tests=['wells_dvt_high', 'd_dimer_raised'], predict=False)",
    "next_test": "explorer = heelkit.explore.next_test(['first_step_pain'])\nexplorer.state = {'choice': 'tingling'}",
    "quiz": "explorer = heelkit.explore.quiz('05')\nexplorer.state = {'answers': {explorer.state['question']: 'A'}}",
    "card": "explorer = heelkit.explore.card('tarsal_tunnel_syndrome', predict=False)",
    "claims": "explorer = heelkit.explore.claims('numb_heels_listicle')\nexplorer.state = {'verdicts': {explorer.state['claim']: 'partly'}}",
    "alarms": "explorer = heelkit.explore.alarms('cauda_lifting')\nexplorer.state = {'answers': {'cauda_lifting': 'no_hurry'}}",
    "pressure": "explorer = heelkit.explore.pressure(predict=False)\nexplorer.state = {'others': True}",
    "timeline": "explorer = heelkit.explore.timeline({'metronidazole': {'started': 60, 'stopped': 10}, 'statins': 900}, onset=18, predict=False)",
    "clinic": "explorer = heelkit.explore.clinic('c_tuesday_morning')\nexplorer.state = {'asked': ['first_step_pain', 'tingling'], 'commitment': "
    "{'conditions': ['plantar_fasciitis'], 'urgency': 'no_hurry', 'confidence': 0.75}}",
    "progress": "explorer = heelkit.explore.progress()",
}
CUT_OFF = """(root) => {
    const edge = root.getBoundingClientRect(), found = [];
    const scrolls = (node) => node !== root && ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(node).overflowX);
    const inside = (node) => { for (let n = node.parentElement; n && n !== root; n = n.parentElement) if (scrolls(n)) return true; return false; };
    if (root.scrollWidth > root.clientWidth + 1) found.push(`the explorer is ${root.scrollWidth - root.clientWidth} px wider than its place`);
    for (const node of root.querySelectorAll('*')) {
        const box = node.getBoundingClientRect();
        const drawn = node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && box.width > 1 && box.height > 1;
        if (drawn && !node.closest('svg svg, svg *') && (box.right > edge.right + 1 || box.left < edge.left - 1) && !inside(node))
            found.push(`${node.tagName.toLowerCase()}.${node.getAttribute('class')}: ${node.textContent.slice(0, 30)}`);
    }
    return found.slice(0, 5);
}"""
NARROW_COLUMNS = """(root) => [...root.querySelectorAll('td')].filter((cell) => cell.checkVisibility() && cell.textContent.trim().length > 60
    && cell.getBoundingClientRect().width < 110).map((cell) => `a column of ${Math.round(cell.getBoundingClientRect().width)} px for: ${cell.textContent}`)"""
CANNOT_BE_PRESSED = """(root) => {
    const found = [];
    for (const node of root.querySelectorAll('button, select, input, summary')) {
        if (node.disabled || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        node.scrollIntoView({ block: 'center', inline: 'center' });
        const box = node.getBoundingClientRect(), hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        const mine = hit && (node.contains(hit) || [...(node.labels ?? [])].some((label) => label.contains(hit)));
        if (!mine || box.width < 12 || box.height < 12)
            found.push(`${node.tagName} ${node.getAttribute('aria-label') ?? node.textContent.slice(0, 40)} (${box.width}x${box.height}), ${hit?.className}`);
    }
    return found.slice(0, 5);
}"""


@pytest.fixture(scope="module", params=VIEWS)
def view(request, lab, new_page, tmp_path_factory):
    """One notebook with every explorer, run in this view."""
    (width, height, zoom), theme = VIEWS[request.param]
    file = tmp_path_factory.mktemp("views") / "record.jsonl"
    for item, right in (("05_d1_xray", True), ("05_a2_ddimer", False)):
        keep("answer", item, topic="05", given="A", right=right, sure=0.75, path=file)
    lab.configure("apputils-extension:themes", {"theme": f"JupyterLab {theme}"})
    tab = new_page(width, height, zoom)
    tab.view = request.param
    first = f"import os, heelkit\nos.environ['HEELKIT_PROGRESS'] = {str(file)!r}"
    lab.open_notebook(tab, lab.write_notebook(f"views_{request.param}.ipynb", first, *(f"{cell}\nexplorer" for cell in CELLS.values())))
    if tab.locator("#filebrowser").is_visible():
        tab.keyboard.press("Control+b")  # the side bar is for files
    lab.run_all(tab)
    yield tab
    tab.context.close()
    lab.configure("apputils-extension:themes", {"theme": "JupyterLab Light"})


def take_picture(view, explorer, path):
    """All of the explorer: for a moment the window is as high as that needs."""
    window = view.viewport_size
    view.set_viewport_size({"width": window["width"], "height": round(explorer.bounding_box()["height"]) + 400})
    explorer.screenshot(path=path, scale="css")
    view.set_viewport_size(window)


@pytest.fixture(scope="module")
def axe():
    return pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed").Axe()


@pytest.mark.parametrize("name", CELLS)
def test_nothing_is_cut_off_and_everything_can_be_pressed(view, name, axe, views_folder):
    cell = view.locator(".jp-Notebook .jp-CodeCell").nth(1 + list(CELLS).index(name))
    cell.scroll_into_view_if_needed()
    explorer = cell.locator(f".hk-{name}[data-ready='true']")
    explorer.wait_for()
    take_picture(view, explorer, views_folder / f"{name}_{view.view}.png")
    assert explorer.evaluate(CUT_OFF) == []
    assert explorer.evaluate(CANNOT_BE_PRESSED) == []
    explorer.evaluate("(node) => { node.id = 'under-test'; }")
    found = axe.run(view, context="#under-test").response["violations"]
    explorer.evaluate("(node) => { node.removeAttribute('id'); }")
    assert [(v["id"], node["html"][:150]) for v in found if v["impact"] in ("serious", "critical") for node in v["nodes"]] == []
    assert explorer.evaluate(NARROW_COLUMNS) == []
    assert view.left_the_machine == []
    assert view.console_errors == []


def test_an_explorer_does_not_restyle_another_on_the_same_page(view):
    cells = view.locator(".jp-Notebook .jp-CodeCell")
    order = list(CELLS)
    cells.nth(1 + order.index("next_test")).scroll_into_view_if_needed()
    sizes = view.locator(".hk-next_test .hk-leaders .hk-name").evaluate_all("(all) => [...new Set(all.map((name) => getComputedStyle(name).fontSize))]")
    assert len(sizes) == 1  # not those of the title of a condition card
    cells.nth(1 + order.index("card")).scroll_into_view_if_needed()
    card = view.locator(".heelkit.hk-card[data-ready='true']")
    card.wait_for()
    assert card.evaluate("(node) => getComputedStyle(node).borderLeftWidth") == "0px"  # not the line beside a skin region
