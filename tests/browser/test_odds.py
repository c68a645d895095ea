"""The odds explorer, used in JupyterLab with mouse and keyboard."""

import pytest

from heelkit import load, odds

pytestmark = pytest.mark.browser
EXPLORER = "odds"
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"
CLOT = "'deep_vein_thrombosis', 'emergency_department', ['wells_dvt_high']"


def result(explorer, finding, value):
    return explorer.locator(f"button[data-test='{finding}'][data-result='{value}']")


def expect_text(locator, text):
    locator.filter(has_text=text).wait_for()


def ruler_end(explorer) -> float:
    """The probability at which the ruler of the nomogram ends."""
    y = float(explorer.locator("circle.hk-end").last.get_attribute("cy"))
    return 1 / (1 + 10 ** ((y - 350) / 96))


def test_numbers_stay_hidden_until_the_student_commits_and_then_are_compared(explore, sheet):
    explorer = explore(CLOT)
    assert explorer.locator(".hk-numbers").is_hidden()
    assert explorer.get_by_role("button", name="Commit and see").is_disabled()
    slider = explorer.get_by_label("Your prediction")
    slider.focus()
    for _ in range(40):
        sheet.keyboard.press("ArrowRight")  # a key of the slider, not of the notebook
    guessed = explorer.locator(".hk-said").inner_text()
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    explorer.locator(".hk-numbers").wait_for()
    assert f"You predicted {guessed}: you trusted the results more" in explorer.locator(".hk-verdict").inner_text()
    chain = odds.chain("deep_vein_thrombosis", ["wells_dvt_high"], setting="emergency_department")
    assert ruler_end(explorer) == pytest.approx(chain["probability"].iloc[-1], abs=1e-4)


def test_a_second_test_moves_the_line_to_where_the_chain_ends(explore):
    explorer = explore(f"{CLOT}, predict=False")
    result(explorer, "d_dimer_raised", "absent").click()
    chain = odds.chain("deep_vein_thrombosis", ["wells_dvt_high"], ["d_dimer_raised"], setting="emergency_department")
    explorer.locator("tbody tr").nth(2).wait_for()
    assert ruler_end(explorer) == pytest.approx(chain["probability"].iloc[-1], abs=1e-4)
    said = explorer.locator("tbody tr").last.locator("td").all_inner_texts()
    assert said[0] == f"{chain['ratio_printed'].iloc[-1]:g}"
    assert said[-1] == explorer.locator(".hk-reading").inner_text().split("→")[1].strip()


def test_warning_signs_of_the_study_and_a_test_without_a_number_are_in_words(explore):
    explorer = explore("'tarsal_tunnel_syndrome', tests=['dorsiflexion_eversion_test'], predict=False")
    measured = odds.test_result("dorsiflexion_eversion_test", "tarsal_tunnel_syndrome")
    warnings = explorer.locator("[data-study='dorsiflexion_eversion_test'] .hk-warning").all_inner_texts()
    assert [w.removeprefix("⚠ ") for w in warnings] == list(measured.warnings.values())
    result(explorer, "cuff_test", "present").click()
    expect_text(explorer.locator("[data-silent='cuff_test']"), "no number, so it moves nothing")
    assert explorer.locator("tbody tr").count() == 2


def test_two_levels_of_one_score_are_refused_in_a_sentence_and_can_be_taken_back(explore):
    explorer = explore(f"{CLOT}, predict=False")
    result(explorer, "wells_dvt_low", "present").click()
    expect_text(explorer.get_by_role("alert"), "cannot both be present")
    assert explorer.locator(".hk-numbers").is_hidden()
    result(explorer, "wells_dvt_low", "present").click()
    explorer.locator(".hk-numbers").wait_for()
    assert explorer.get_by_role("alert").is_hidden()


def test_another_condition_starts_a_new_prediction(explore):
    explorer = explore(CLOT)
    explorer.get_by_role("button", name="Show without a prediction").click()
    explorer.locator(".hk-numbers").wait_for()
    explorer.get_by_label("Condition").select_option("achilles_rupture")
    expect_text(explorer.locator(".hk-question"), "Choose a test and its result.")
    assert explorer.locator(".hk-numbers").is_hidden()
    assert explorer.locator("button[aria-pressed='true']:visible").count() == 0


def test_html_in_a_table_is_shown_as_text(lab, explore, sheet):
    lab.run_more(sheet, "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())")
    columns = "[('findings', 'label'), ('conditions', 'name'), ('test_accuracy', 'quality_reason'), ('sources', 'title')]"
    lab.run_more(sheet, f'for table, column in {columns}:\n    spoiled.tables[table][column] = """{SCRIPT}"""')
    explorer = explore(f"{CLOT}, predict=False, kb=spoiled")
    for part in (".hk-testname", ".hk-chain tbody tr:last-child th", ".hk-studies > li", ".hk-sources li"):
        assert SCRIPT in explorer.locator(part).first.text_content()
    assert explorer.locator("img, script").count() == 0
    assert sheet.title() not in ("1", "2")


def test_everything_speaks_spanish(explore):
    explorer = explore(f"{CLOT}, predict=False, language='es'")
    assert explorer.locator("caption").inner_text().startswith("Impreso: en el estudio.")
    assert load().findings.loc["wells_dvt_high", "label_es"] in explorer.locator("tbody tr").last.inner_text()
    assert "antes, %" in explorer.locator(".hk-nomogram").text_content()
    result(explorer, "wells_dvt_low", "present").click()
    expect_text(explorer.get_by_role("alert"), "no pueden estar presentes a la vez")
