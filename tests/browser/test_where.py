"""The localizing explorer, used in JupyterLab with mouse and keyboard."""

import pytest

from heelkit.localization import localize
from heelkit.tables import load

pytestmark = pytest.mark.browser
EXPLORER = "where"
FOOT_DROP = "weak=['tibialis_anterior', 'extensor_hallucis_longus'], strong=['tibialis_posterior'], numb=['foot_dorsum_central']"


def sites(explorer) -> list[str]:
    return explorer.locator("details[data-site]").evaluate_all("(all) => all.map((d) => d.dataset.site)")


def region(explorer, view, name):
    return explorer.locator(f"[data-view='{view}'] [data-region='{name}']")


def state(explorer, structure, value):
    return explorer.locator(f"button[data-id='{structure}'][data-state='{value}']")


def test_the_ranking_stays_hidden_until_the_student_commits(explore):
    explorer = explore(FOOT_DROP)
    assert explorer.locator(".hk-sites").is_hidden()
    explorer.get_by_label("Your prediction").select_option("site_root_l5")
    explorer.get_by_role("button", name="Commit and compare").click()
    explorer.locator(".hk-sites").wait_for()
    assert "You predicted: L5 root. It is number" in explorer.locator(".hk-verdict").inner_text()
    ranking = localize(weak=["tibialis_anterior", "extensor_hallucis_longus"], strong=["tibialis_posterior"], numb=["foot_dorsum_central"])
    assert sites(explorer)[:8] == ranking.index[:8].tolist()


def test_skin_goes_from_numb_to_normal_to_clear(explore, python):
    explorer = explore("predict=False")
    heel = region(explorer, "plantar", "heel_plantar")
    said = []
    for _ in range(3):
        heel.click()
        said.append(heel.get_attribute("aria-label"))
    assert said == ["Plantar heel: numb", "Plantar heel: normal", "Plantar heel: not examined"]
    heel.click()
    assert python("explorer.state['numb']") == "['heel_plantar']"


def test_a_muscle_is_found_by_searching_and_is_weak_or_strong_but_not_both(explore, python):
    explorer = explore("predict=False")
    explorer.get_by_label("Search muscles").fill("heel raise")
    assert state(explorer, "tibialis_anterior", "weak").is_hidden()
    state(explorer, "gastrocnemius", "weak").click()
    state(explorer, "gastrocnemius", "strong").click()
    assert state(explorer, "gastrocnemius", "weak").get_attribute("aria-pressed") == "false"
    assert python("explorer.state['weak'], explorer.state['strong']") == "[] ['gastrocnemius']"


def test_nothing_examined_is_said_in_words(explore):
    assert "Nothing has been examined yet" in explore("predict=False").inner_text()


def test_one_click_answers_the_best_next_test(explore, sheet, python):
    explorer = explore(FOOT_DROP + ", predict=False")
    before = explorer.locator(".hk-next h3").inner_text()
    explorer.locator(".hk-next button").last.click()
    sheet.wait_for_function("([node, text]) => node.querySelector('.hk-next h3').textContent !== text", arg=[explorer.element_handle(), before])
    examined = localize(weak=["tibialis_anterior", "extensor_hallucis_longus"], strong=["tibialis_posterior"], numb=["foot_dorsum_central"])
    assert examined["best_test"].iloc[0] in python("explorer.state")


def test_everything_works_from_the_keyboard(explore, sheet, python):
    explorer = explore()
    region(explorer, "plantar", "heel_plantar").focus()
    sheet.keyboard.press("Space")
    state(explorer, "soleus", "strong").focus()
    sheet.keyboard.press("Enter")
    state(explorer, "ankle", "normal").focus()
    sheet.keyboard.press("Space")
    choice = explorer.get_by_label("Your prediction")
    choice.focus()
    choice.select_option("medial_calcaneal_fascial_exit")
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    explorer.locator(".hk-sites").wait_for()
    assert explorer.locator(":focus").count() == 1
    assert python("explorer.state['prediction'], explorer.state['reflexes']") == "medial_calcaneal_fascial_exit {'ankle': 'normal'}"


def test_two_sites_are_offered_when_one_does_not_explain_everything(explore):
    examined = "weak=['tibialis_anterior', 'hip_adductors'], strong=['gastrocnemius'], numb=['foot_lateral_border', 'perineum_saddle']"
    explorer = explore(examined + ", normal=['sole_medial'], predict=False")
    assert "No single site explains everything" in explorer.locator(".hk-double").inner_text()


def test_start_over_returns_to_the_first_examination(explore, python):
    explorer = explore(FOOT_DROP + ", predict=False")
    region(explorer, "plantar", "heel_plantar").click()
    explorer.get_by_role("button", name="Start over").click()
    assert region(explorer, "plantar", "heel_plantar").get_attribute("aria-label") == "Plantar heel: not examined"
    assert python("explorer.state['numb']") == "['foot_dorsum_central']"


def test_everything_speaks_spanish(explore):
    explorer = explore(FOOT_DROP + ", predict=False, language='es'")
    tables = load()
    assert explorer.locator(".hk-sites .hk-name").first.inner_text() == f"1. {tables.sites.loc[sites(explorer)[0], 'name_es']}"
    assert f"{tables.muscles.loc['tibialis_anterior', 'name_es']} débil" in explorer.locator(".hk-sofar").inner_text()
    region(explorer, "plantar", "heel_plantar").click()
    assert region(explorer, "plantar", "heel_plantar").get_attribute("aria-label") == f"{tables.regions.loc['heel_plantar', 'label_es']}: insensible"
    assert "[en]" not in explorer.inner_text()


def test_no_accessibility_problem_is_found(explore, accessibility_problems):
    assert accessibility_problems(explore(FOOT_DROP + ", predict=False")) == []
