"""The pressure explorer, used in JupyterLab with mouse and keyboard."""

import pytest

from heelkit.compartment import run

pytestmark = pytest.mark.browser
EXPLORER = "pressure"
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"


def expect_text(locator, text):
    locator.filter(has_text=text).first.wait_for()


def curve_end(explorer, leg: str) -> float:
    """The height in mmHg at which the drawn curve of this leg ends."""
    path = explorer.locator(f"path[data-curve='{leg}']").get_attribute("d")
    return (408 - float(path.split(",")[-1])) / (408 - 18) * 125


def pressure_at(leg: str, moment: str, **values) -> float:
    return run(leg, **values).set_index("moment").loc[moment, "pressure"]


def test_the_curve_stops_at_the_stop_until_the_student_commits_with_the_mouse(explore):
    explorer = explore()
    assert curve_end(explorer, "chronic_exertional") == pytest.approx(pressure_at("chronic_exertional", "stop"), abs=0.2)
    assert explorer.locator(".hk-readings").is_hidden()
    commit = explorer.get_by_role("button", name="Commit and see")
    assert commit.is_disabled()
    explorer.get_by_label("Pressure 5 minutes after stopping").fill("30")
    assert commit.is_disabled()
    explorer.get_by_label("chronic exertional", exact=True).check()
    commit.click()
    expect_text(explorer.locator(".hk-verdict"), "You said 30 mmHg: very close.")
    assert curve_end(explorer, "chronic_exertional") == pytest.approx(pressure_at("chronic_exertional", "after_30_minutes"), abs=0.2)
    assert explorer.locator("tr.hk-met").count() == 2
    expect_text(explorer.locator(".hk-guess-text"), "you: 30")


def test_everything_works_with_the_keyboard_alone(explore, sheet, python):
    explorer = explore("'acute'")
    explorer.get_by_label("Pressure 5 minutes after stopping").focus()
    for _ in range(9):
        sheet.keyboard.press("ArrowRight")  # a key of the slider, not of the notebook
    assert explorer.locator(".hk-said").inner_text() == "59 mmHg"
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("ArrowUp")  # from the first choice around the corner to the last
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    expect_text(explorer.locator(".hk-danger"), "Red flag")
    assert "very close" in explorer.locator(".hk-verdict").inner_text()
    assert python("explorer.state['prediction']") == "{'pressure': 59, 'pattern': 'acute'}"
    explorer.get_by_role("button", name="Start over").focus()
    sheet.keyboard.press("Enter")
    explorer.locator(".hk-question").wait_for()
    assert explorer.get_by_role("button", name="Commit and see").is_disabled()


def test_a_slider_moves_the_curve_and_python_hears_of_it(explore, python):
    explorer = explore("'healthy', predict=False")
    explorer.locator("input[data-slider='half_time']").fill("8")
    expect_text(explorer.locator(".hk-says"), "Criteria met: 1 minute after, 5 minutes after.")
    assert python("explorer.result['met'].eq('yes').sum()") == "2"
    explorer.locator("input[data-slider='diastolic']").fill("60")
    expect_text(explorer.locator("[data-line='perfusion'] ~ text").filter(has_text="diastolic"), "diastolic minus 30: 30")


def test_another_leg_asks_again_and_all_three_can_be_compared(explore):
    explorer = explore()
    explorer.get_by_role("button", name="Show without a prediction").click()
    explorer.get_by_role("button", name="Compare with the other legs").click()
    explorer.locator("path[data-curve='acute']").wait_for()
    assert explorer.locator("path.hk-curve").count() == 3
    assert explorer.locator("[data-mark]").count() > 4
    explorer.locator("button[data-leg='acute']").click()
    explorer.locator(".hk-question").wait_for()
    assert explorer.locator(".hk-readings").is_hidden()
    assert explorer.locator("button[data-leg='acute']").inner_text() == "Leg C"


def test_published_values_and_sources_can_be_read(explore):
    explorer = explore("predict=False")
    explorer.get_by_text("Published values in this picture").click()
    expect_text(explorer.locator(".hk-sources li"), "47 (24 to 120) mmHg")
    explorer.get_by_text("Sources (").click()
    expect_text(explorer.locator(".hk-sources li"), "systematic review")


def test_spanish_explorer_has_no_english_on_it(explore):
    explorer = explore("'acute', language='es', predict=False")
    shown = explorer.inner_text()
    assert "Señal de alarma" in shown
    for word in ("after", "stopping", "Pressure", "minutes", "[en]", "Sources", "study"):
        assert word not in shown


@pytest.mark.parametrize("arguments", ["", "'acute', predict=False"])
def test_nothing_is_hard_to_reach_for_a_screen_reader(explore, accessibility_problems, arguments):
    assert accessibility_problems(explore(arguments)) == []


def test_html_in_a_table_is_shown_as_text(lab, explore, sheet):
    lab.run_more(sheet, "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())")
    lab.run_more(sheet, f'spoiled.words["text"] = spoiled.words["text"].where(spoiled.words["word_id"] != "says_chronic", """{SCRIPT}""")')
    lab.run_more(sheet, f'for table, column in [("pressures", "note"), ("sources", "title")]:\n    spoiled.tables[table][column] = """{SCRIPT}"""')
    explorer = explore("predict=False, kb=spoiled")
    for part in (".hk-says", ".hk-sources li"):
        assert SCRIPT in explorer.locator(part).first.text_content()
    assert explorer.locator("img, script").count() == 0
    assert sheet.title() not in ("1", "2")
