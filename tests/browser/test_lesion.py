"""The lesion explorer, used in JupyterLab with mouse and keyboard."""

import pytest

from heelkit.anatomy import lesion as lesion_frame
from heelkit.explore.lesion import band, lesion
from heelkit.tables import load

pytestmark = pytest.mark.browser
EXPLORER = "lesion"


def region(explorer, name: str, view: str = "plantar"):
    return explorer.locator(f"[data-view='{view}'] [data-region='{name}']")


def painted(explorer) -> set[str]:
    script = "(all) => all.filter((g) => g.querySelector('.hk-overlay').getAttribute('fill') !== 'none').map((g) => g.dataset.region)"
    return set(explorer.locator("[data-region]").evaluate_all(script))


def button(explorer, name: str):
    return explorer.get_by_role("button", name=name, exact=True)


def word(explorer, structure: str) -> str:
    return explorer.locator(f".hk-loss[data-structure='{structure}'] .hk-word").first.inner_text()


def test_a_prediction_is_marked_against_the_lesion(explore, python):
    explorer = explore("'tarsal_tunnel_proximal'")
    assert painted(explorer) == set() and not explorer.locator(".hk-loss").count()
    region(explorer, "sole_medial").click()
    region(explorer, "leg_medial", "medial").click()
    explorer.get_by_label("Search muscles").fill("big toe away")
    explorer.locator("[data-muscle='abductor_hallucis']").check()
    explorer.get_by_label("Search muscles").fill("")
    explorer.locator("[data-reflex='ankle']").select_option("reduced")
    button(explorer, "Reveal").click()
    assert [word(explorer, s) for s in ("sole_medial", "sole_lateral", "leg_medial", "abductor_hallucis", "ankle")] == [
        "✓ hit",
        "! missed",
        "✗ extra",
        "✓ hit",
        "✗ extra",
    ]
    assert region(explorer, "sole_lateral").get_attribute("data-mark") == "missed"
    expected = lesion("tarsal_tunnel_proximal")
    expected.state = {"skin": ["sole_medial", "leg_medial"], "muscles": ["abductor_hallucis"], "reflexes": {"ankle": "reduced"}}
    assert python("explorer.result.to_csv(index=False)") == expected.result.to_csv(index=False).strip()


def test_the_map_and_the_bars_show_what_the_library_computes(explore):
    explorer = explore("'soleal_sling', predict=False")
    frame = lesion_frame("soleal_sling")
    assert painted(explorer) == set(frame.loc[(frame["kind"] == "region") & frame["probability"].map(lambda p: band(p) is not None), "structure"])
    for row in frame[frame["probability"] >= 0.6].itertuples():
        line = explorer.locator(f".hk-loss[data-structure='{row.structure}']")
        assert line.locator(".hk-value").inner_text() == f"{int(row.probability * 100 + 0.5)}%"


def test_the_origin_of_a_number_is_one_press_away(explore, sheet):
    explorer = explore("'soleal_sling', predict=False")
    first = lesion_frame("soleal_sling").iloc[0]
    line = explorer.locator(f".hk-loss[data-structure='{first['structure']}']")
    line.locator("summary").focus()
    sheet.keyboard.press("Enter")
    assert line.locator("code").inner_text() == first["row"]


def test_choosing_a_site_asks_again_and_shows_its_own_answer(explore):
    explorer = explore("'tarsal_tunnel_proximal', predict=False")
    explorer.get_by_label("Lesion site").select_option("fibular_neck")
    assert button(explorer, "Show without a prediction").is_visible() and painted(explorer) == set()
    button(explorer, "Show without a prediction").click()
    explorer.locator("h3", has_text="Common fibular nerve at the fibular neck").wait_for()
    assert "foot_dorsum_central" in painted(explorer) and "sole_medial" not in painted(explorer)
    assert "spared" in explorer.locator(".hk-more").inner_text()


def test_nothing_can_be_revealed_before_a_site_is_chosen(explore):
    explorer = explore()
    assert button(explorer, "Reveal").is_disabled() and button(explorer, "Show without a prediction").is_disabled()
    explorer.get_by_label("Lesion site").select_option("sural_calf_fascia")
    button(explorer, "Show without a prediction").click()
    explorer.locator(".hk-loss").first.wait_for()


def test_the_keyboard_alone_predicts_and_reveals(explore, sheet):
    explorer = explore("'sural_lateral_ankle'")
    region(explorer, "heel_lateral", "lateral").focus()
    sheet.keyboard.press("Space")
    explorer.locator("[data-muscle='gastrocnemius']").focus()
    sheet.keyboard.press("Space")
    button(explorer, "Reveal").focus()
    sheet.keyboard.press("Enter")
    assert region(explorer, "heel_lateral", "lateral").get_attribute("data-mark") == "hit"
    assert word(explorer, "gastrocnemius") == "✗ extra"
    assert sheet.evaluate("document.activeElement.className") == "hk-verdict"


def test_a_root_follows_the_chosen_map(explore):
    explorer = explore("'site_root_s1', predict=False")
    for name in ("keegan_garrett_1948", "harrison_2015"):
        explorer.get_by_label("Dermatome map").select_option(name)
        frame = lesion_frame("site_root_s1", name)
        expected = sorted(frame.loc[(frame["kind"] == "region") & (frame["probability"] >= 0.1), "structure"])
        explorer.and_(explorer.page.locator("[data-confirmed='true']")).wait_for()
        assert sorted(painted(explorer)) == expected


def test_everything_speaks_spanish(explore):
    explorer = explore("'soleal_sling', predict=False, language='es'")
    spanish = load().regions["label_es"]
    assert explorer.locator(".hk-answer-side h3").all_inner_texts()[:2] == ["Piel", "Músculos"]
    assert spanish["sole_medial"] in explorer.locator(".hk-loss[data-structure='sole_medial']").first.inner_text()
    assert region(explorer, "sole_medial").get_attribute("aria-label").startswith(spanish["sole_medial"])
    button(explorer, "Predecir otra vez").click()
    assert button(explorer, "Mostrar sin predicción").is_visible()
    assert "[en]" not in explorer.inner_text()
