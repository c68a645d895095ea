"""The skin explorer, used in JupyterLab with mouse and keyboard."""

import pytest

from heelkit.bodymap import VIEWS
from heelkit.explore.skin import skin
from heelkit.explore.territories import display
from heelkit.tables import load

pytestmark = pytest.mark.browser
EXPLORER = "skin"
KB = load()


@pytest.fixture
def ask_python(python, sheet):
    """What Python says of an expression, once it has heard of the last click."""

    def ask_python(explorer, expression: str) -> str:
        explorer.and_(sheet.locator("[data-confirmed='true']")).wait_for()
        return python(expression)

    return ask_python


def region(explorer, name: str, view: str = "plantar", part: int = 0):
    return explorer.locator(".hk-part").nth(part).locator(f"[data-view='{view}'] [data-region='{name}']")


def painted(explorer, part: int = 0) -> set[str]:
    """Regions that carry a color and a pattern."""
    return set(
        explorer.locator(".hk-part")
        .nth(part)
        .evaluate(
            "(part) => [...part.querySelectorAll('[data-region]')].filter((g) => g.querySelector('.hk-overlay').getAttribute('fill') !== 'none')"
            ".map((g) => g.dataset.region)"
        )
    )


def button(explorer, name: str):
    return explorer.get_by_role("button", name=name, exact=True)


def test_clicked_regions_are_the_prediction_and_reveal_marks_them(explore, ask_python):
    explorer = explore("'medial_plantar_nerve'")
    assert button(explorer, "Reveal").is_disabled()
    assert painted(explorer) == set()
    region(explorer, "sole_medial").click()
    region(explorer, "sole_lateral").click()
    assert region(explorer, "sole_medial").get_attribute("aria-pressed") == "true"
    button(explorer, "Reveal").click()
    assert region(explorer, "sole_medial").get_attribute("data-mark") == "hit"
    assert region(explorer, "sole_lateral").get_attribute("data-mark") == "extra"
    assert region(explorer, "toes_plantar_1_3").get_attribute("data-mark") == "missed"
    assert "extra" in region(explorer, "sole_lateral").get_attribute("aria-label")
    assert painted(explorer) == set(display(KB, "medial_plantar_nerve", None)["paint"])
    expected = skin("medial_plantar_nerve", selected=["sole_medial", "sole_lateral"], revealed=True).result.to_csv(index=False)
    assert ask_python(explorer, "explorer.result.to_csv(index=False)") == expected.strip()


def test_before_the_answer_the_card_keeps_nerves_and_roots_to_itself(explore):
    explorer = explore("'root_s1'")
    region(explorer, "heel_plantar").hover()
    card = explorer.locator(".hk-card").last
    assert "Plantar heel" in card.inner_text() and "calcaneal" not in card.inner_text()
    button(explorer, "Show without a prediction").click()
    region(explorer, "sole_medial").hover()
    text = explorer.locator(".hk-skin-card").inner_text()
    assert "Medial plantar nerve" in text and "does not say" in text and "Harrison" in text


def test_the_keyboard_alone_predicts_and_reveals(explore, sheet):
    explorer = explore("'lateral_plantar_nerve'")
    region(explorer, "sole_medial").focus()
    for _ in range(4):
        sheet.keyboard.press("ArrowLeft")
        if sheet.evaluate("document.activeElement.dataset.region") == "sole_lateral":
            break
    sheet.keyboard.press("Space")
    assert region(explorer, "sole_lateral").get_attribute("aria-pressed") == "true"
    sheet.keyboard.press("Enter")
    assert region(explorer, "sole_lateral").get_attribute("aria-pressed") == "false"
    sheet.keyboard.press("Enter")
    button(explorer, "Reveal").focus()
    sheet.keyboard.press("Enter")
    assert region(explorer, "sole_lateral").get_attribute("data-mark") == "hit"
    assert sheet.evaluate("document.activeElement.className") == "hk-verdict"  # focus is not lost with the button


def test_arrow_keys_reach_every_region_of_every_view(explore, sheet):
    explorer = explore(f"views={list(VIEWS)}")
    for view in explorer.locator(".hk-part").first.locator(".hk-view").all():
        wanted = set(view.locator("[data-region]").evaluate_all("(all) => all.map((g) => g.dataset.region)"))
        start = view.locator("[tabindex='0']")
        start.focus()
        reached = view.evaluate(
            """(view) => {
              const seen = new Set(), queue = [document.activeElement];
              while (queue.length) {
                const g = queue.shift();
                if (seen.has(g)) continue;
                seen.add(g);
                for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]) {
                  g.focus();
                  g.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
                  queue.push(document.activeElement);
                }
              }
              return [...seen].map((g) => g.dataset.region);
            }"""
        )
        assert set(reached) == wanted, view.get_attribute("data-view")


def test_two_maps_stand_one_above_the_other_after_the_answer(explore, ask_python):
    explorer = explore("'root_s1', 'harrison_2015', 'keegan_garrett_1948'")
    assert explorer.locator(".hk-part:visible").count() == 1
    region(explorer, "heel_plantar").click()
    button(explorer, "Reveal").click()
    assert explorer.locator(".hk-part:visible").count() == 2
    assert painted(explorer, 0) == set(display(KB, "root_s1", "harrison_2015")["paint"])
    assert painted(explorer, 1) == set(display(KB, "root_s1", "keegan_garrett_1948")["paint"])
    assert [region(explorer, "heel_plantar", part=i).get_attribute("data-mark") for i in (0, 1)] == ["hit", "not said"]
    assert "they disagree" in explorer.locator(".hk-compare").inner_text()
    assert ask_python(explorer, "explorer.result.iloc[0, -2:].tolist()") == "['hit', 'not said']"


def test_another_map_keeps_the_prediction_and_another_root_asks_again(explore):
    explorer = explore("'root_s1', 'harrison_2015'")
    region(explorer, "heel_plantar").click()
    button(explorer, "Reveal").click()
    explorer.get_by_label("Dermatome map", exact=True).select_option("bromley_frcem")
    assert region(explorer, "heel_plantar").get_attribute("data-mark") == "hit"
    explorer.get_by_label("Root", exact=True).select_option("root_l5")
    assert button(explorer, "Reveal").is_visible() and painted(explorer) == set()


def test_agreement_writes_n_of_m_on_the_drawings(explore):
    explorer = explore("'root_s1'")
    button(explorer, "Show without a prediction").click()
    written = set(explorer.locator(".hk-part").first.locator(".hk-badge text").all_text_contents())
    badges = display(KB, "root_s1", None)["badges"]
    drawn = {r for r in badges if region(explorer, r, "plantar").count()}
    assert {badges[r] for r in drawn} <= written


def test_left_mirrors_the_drawing_and_says_so(explore, ask_python):
    explorer = explore("'medial_calcaneal_branches'")
    before = region(explorer, "heel_medial").bounding_box()
    button(explorer, "Left").click()
    view = explorer.locator(".hk-part").first.locator("[data-view='plantar']")
    box, after = view.bounding_box(), region(explorer, "heel_medial").bounding_box()
    assert after["x"] - box["x"] < box["width"] / 2 < before["x"] - box["x"]
    assert view.get_attribute("aria-label") == "Sole of the foot, left"
    assert ask_python(explorer, "explorer.state['side']") == "left"


def test_a_state_set_in_python_is_painted(explore, lab, sheet):
    explorer = explore()
    lab.run_more(sheet, "explorer.state = {'target': 'root_s1', 'dermatome_map': 'harrison_2015', 'revealed': True}")
    explorer.locator("h3", has_text="S1 by Harrison").first.wait_for()
    assert painted(explorer) == set(display(KB, "root_s1", "harrison_2015")["paint"])


def test_drawings_that_do_not_show_a_nerve_offer_the_one_that_does(explore):
    explorer = explore("'pudendal_nerve'")
    button(explorer, "Add: Buttocks and saddle, from behind").click()
    region(explorer, "perineum_saddle", "saddle").first.click(force=True)
    button(explorer, "Reveal").click()
    assert region(explorer, "perineum_saddle", "saddle").first.get_attribute("data-mark") == "hit"


def test_a_click_is_repainted_before_python_could_answer(explore, sheet):
    explorer = explore("'tibial_nerve'")
    times = explorer.evaluate(
        """async (root) => {
          const regions = [...root.querySelectorAll(".hk-part:not([hidden]) .hk-figure:not([hidden]) [data-region]")], paints = [], trips = [];
          for (let i = 0; i < 50; i++) {
            const g = regions[i % regions.length], start = performance.now();
            g.dispatchEvent(new MouseEvent("click", { bubbles: true }));
            const confirmed = new Promise((done) => {
              const look = () => (root.dataset.confirmed === "true" ? done(performance.now() - start) : setTimeout(look, 1));
              look();
            });
            await new Promise((done) => requestAnimationFrame(() => {
              const channel = new MessageChannel(); channel.port1.onmessage = done; channel.port2.postMessage(0);
            }));
            paints.push(performance.now() - start);
            trips.push(await confirmed);
          }
          const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
          return { repaint: middle(paints), round_trip: middle(trips), repaint_p95: paints[47], round_trip_p95: trips[47] };
        }"""
    )
    assert times["repaint"] < 1.3 * times["round_trip"]


def test_everything_speaks_spanish(explore):
    explorer = explore("'medial_plantar_nerve', language='es'")
    assert "nervio plantar medial" in explorer.locator(".hk-question").inner_text()
    region(explorer, "sole_medial").click()
    button(explorer, "Mostrar la respuesta").click()
    assert region(explorer, "sole_medial").get_attribute("aria-label") == f"{KB.regions.loc['sole_medial', 'label_es']}, acierto"
    button(explorer, "Izquierdo").click()
    assert explorer.locator("[data-view='plantar']").first.get_attribute("aria-label") == "Planta del pie, izquierda"
    assert "[en]" not in explorer.inner_text()
