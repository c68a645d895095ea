"""The timeline, used in JupyterLab with mouse and keyboard."""

import json

import pytest

from heelkit.timeline import fits

pytestmark = pytest.mark.browser
EXPLORER = "timeline"
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"
THREE = "{'metronidazole': {'started': 60, 'stopped': 5}, 'cisplatin': {'started': 300, 'stopped': 90}, 'statins': 900}, onset=20"


def answer(explorer, drug):
    return explorer.locator(f"[data-answer='{drug}']")


def time(explorer, drug, part, kind="number"):
    return explorer.locator(f"li[data-drug='{drug}'] input[type='{kind}'][data-part='{part}']")


def fit(explorer, drug):
    return explorer.locator(f"button[data-fits='{drug}']")


def test_windows_stay_hidden_until_the_student_commits_and_then_are_those_of_fits(explore):
    explorer = explore(THREE)
    assert explorer.locator("[data-answer]").count() == 0
    assert explorer.locator(".hk-expected, .hk-growing").count() == 0
    fit(explorer, "metronidazole").click()
    assert fit(explorer, "metronidazole").get_attribute("aria-pressed") == "true"
    explorer.get_by_role("button", name="Commit and see").click()
    answer(explorer, "metronidazole").wait_for()
    frame = fits({"metronidazole": 40, "cisplatin": 280, "statins": 880}, {"cisplatin": 70})
    shown = {drug: answer(explorer, drug).get_attribute("data-in-time") for drug in frame.index}
    assert shown == frame["in_time"].to_dict()
    assert frame.loc["cisplatin", "explanation"] in answer(explorer, "cisplatin").inner_text()
    assert explorer.locator(".hk-verdict").inner_text().startswith("1 of 2 drugs with a known time")
    assert "not proof" in explorer.locator(".hk-proof").inner_text()
    assert explorer.locator("path.hk-growing").first.get_attribute("d")


def test_another_time_in_the_number_field_moves_the_answer(explore, python):
    explorer = explore(f"{THREE}, predict=False")
    answer(explorer, "metronidazole").filter(has_text="inside the window").wait_for()
    time(explorer, "metronidazole", "started").fill("30")
    time(explorer, "metronidazole", "started").press("Enter")
    answer(explorer, "metronidazole").filter(has_text="earlier than reported").wait_for()
    assert python("explorer.state['drugs']['metronidazole']") == "{'started': 30, 'stopped': 5}"
    time(explorer, "metronidazole", "stopped").fill("40")  # a stop before the start becomes the start
    time(explorer, "metronidazole", "stopped").press("Enter")
    answer(explorer, "metronidazole").filter(has_text="earlier than reported").wait_for()
    assert python("explorer.state['drugs']['metronidazole']") == "{'started': 30, 'stopped': 30}"


def test_a_drug_can_be_added_and_removed(explore):
    explorer = explore("{}, onset=10, predict=False")
    assert explorer.get_by_text("No drug is on the time line yet.").is_visible()
    explorer.get_by_label("Add a drug").select_option("fluoroquinolone")
    answer(explorer, "fluoroquinolone").wait_for()
    explorer.get_by_role("checkbox", name="still taken").uncheck()
    assert time(explorer, "fluoroquinolone", "stopped").is_enabled()
    explorer.get_by_role("button", name="Remove Fluoroquinolones").click()
    answer(explorer, "fluoroquinolone").wait_for(state="detached")
    assert explorer.locator("li[data-drug]").count() == 0


def test_the_whole_round_can_be_done_with_the_keyboard(explore, sheet):
    explorer = explore("{'metronidazole': 60}, onset=28")
    cells = sheet.locator(".jp-Notebook .jp-CodeCell").count()
    slider = time(explorer, "metronidazole", "started", "range")
    slider.focus()
    before = int(time(explorer, "metronidazole", "started").input_value())
    for _ in range(3):
        sheet.keyboard.press("ArrowRight")  # nearer to today; a key of the slider, not of the notebook
    assert int(time(explorer, "metronidazole", "started").input_value()) < before
    assert slider.get_attribute("aria-valuetext").endswith("ago")
    fit(explorer, "metronidazole").focus()
    sheet.keyboard.press("Space")
    assert sheet.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    answer(explorer, "metronidazole").wait_for()
    explorer.locator(".hk-verdict:focus").wait_for()
    assert sheet.locator(".jp-Notebook .jp-CodeCell").count() == cells


def test_start_over_and_predict_again_hide_the_answers(explore):
    explorer = explore(THREE)
    explorer.get_by_role("button", name="Commit and see").click()
    answer(explorer, "statins").wait_for()
    time(explorer, "statins", "started").fill("400")
    time(explorer, "statins", "started").press("Enter")
    explorer.locator(".hk-verdict", has_text="made for other times").wait_for()
    explorer.get_by_role("button", name="Predict again").click()
    answer(explorer, "statins").wait_for(state="detached")
    explorer.get_by_role("button", name="Start over").click()
    explorer.get_by_role("button", name="Commit and see").wait_for()
    assert time(explorer, "statins", "started").input_value() == "900"


def test_it_speaks_spanish_and_marks_what_nobody_translated(explore):
    explorer = explore(f"{THREE}, language='es', predict=False")
    assert "Metronidazol" in answer(explorer, "metronidazole").inner_text()
    assert "dentro de la ventana" in answer(explorer, "metronidazole").inner_text()
    assert "no una prueba" in explorer.locator(".hk-proof").inner_text()
    assert explorer.get_by_role("button", name="Empezar de nuevo").is_visible()


def test_axe_finds_nothing_before_and_after_committing(explore, accessibility_problems):
    explorer = explore(THREE)
    assert accessibility_problems(explorer) == []
    explorer.get_by_role("button", name="Commit and see").click()
    answer(explorer, "statins").wait_for()
    assert accessibility_problems(explorer) == []


def test_html_in_a_table_is_shown_as_text(lab, explore, sheet):
    lab.run_more(sheet, "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())")
    columns = json.dumps(["name", "onset_words", "course", "dose", "pattern", "note"])
    lab.run_more(sheet, f'for column in {columns}:\n    spoiled.drugs[column] = """{SCRIPT}"""\nspoiled.sources["title"] = """{SCRIPT}"""')
    explorer = explore(f"{THREE}, predict=False, kb=spoiled")
    for part in (".hk-drugname:not(:first-child), li[data-drug] .hk-drugname", ".hk-answer h4", ".hk-answer dd", ".hk-chart text", ".hk-sources li"):
        assert any(SCRIPT in text for text in explorer.locator(part).all_text_contents()), part
    assert explorer.locator("img, script").count() == 0
    assert sheet.title() not in ("1", "2")
