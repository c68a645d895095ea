"""Red flags against the clock, used in JupyterLab with mouse and keyboard."""

import pytest

import heelkit

pytestmark = pytest.mark.browser
EXPLORER = "alarms"
THREE = "['cauda_lifting', 'first_steps', 'hot_painless_foot']"
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"
KB = heelkit.load()


def decide(explorer, urgency: str):
    explorer.locator(f"input[value='{urgency}']").check()
    explorer.get_by_role("button", name="Commit and see").click()
    explorer.locator(".hk-verdict[data-verdict]:not([data-verdict=''])").wait_for()


def test_a_slow_answer_is_explained_with_clue_rule_window_and_price(explore, python):
    explorer = explore(THREE)
    assert explorer.get_by_role("button", name="Commit and see").is_disabled()
    assert "Cauda equina" not in explorer.inner_text()
    decide(explorer, "this_week")
    story = KB.alarms.loc["cauda_lifting"]
    assert explorer.locator("mark").inner_text() == story["clue"]
    assert "Too slow" in explorer.locator(".hk-verdict").first.inner_text()
    assert story["too_late"] in explorer.locator("[data-part='too_late']").inner_text()
    rule = explorer.locator("[data-rule='rf_cauda_equina']").inner_text()
    assert KB.red_flags.loc["rf_cauda_equina", "action"] in rule
    assert explorer.locator(".hk-window").evaluate("(node) => node.style.gridColumn") == "1 / span 1"
    assert explorer.locator(".hk-mine").evaluate("(node) => node.style.gridColumn") == "3"
    assert python("explorer.result.loc['cauda_lifting', 'verdict']") == "too_slow"


def test_a_fast_answer_tells_the_cost_first_and_a_silent_rule_is_no_proof(explore):
    explorer = explore(THREE)
    explorer.get_by_role("button", name="Story 2: not decided").click()
    decide(explorer, "act_now")
    parts = explorer.locator("[data-part]").evaluate_all("(all) => all.map((p) => p.dataset.part)")
    assert parts[0] == "too_early"
    assert "That is no proof" in explorer.locator("[data-part='rules']").inner_text()


def test_the_summary_counts_and_the_missed_ones_can_be_tried_again(explore, python):
    explorer = explore(THREE)
    for urgency in ("today", "no_hurry", "today"):
        decide(explorer, urgency)
        explorer.locator(".hk-after .hk-primary").click()
    counts = explorer.locator("[data-count] strong").all_inner_texts()
    assert counts == ["✓ 2", "▼ 1", "▲ 0"]
    assert "Cauda equina syndrome" in explorer.locator("[data-missed='cauda_lifting']").inner_text()
    explorer.get_by_role("button", name="Try the missed ones again").click()
    explorer.locator(".hk-decide").wait_for()
    assert python("sorted(explorer.state['answers'])") == "['first_steps', 'hot_painless_foot']"


def test_a_whole_story_can_be_decided_with_the_keyboard(explore, sheet, python):
    explorer = explore(THREE)
    cells = sheet.locator(".jp-Notebook .jp-CodeCell").count()
    explorer.locator("input[value='act_now']").focus()
    sheet.keyboard.press("Space")
    sheet.keyboard.press("ArrowDown")
    sheet.keyboard.press("ArrowUp")
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    explorer.locator(".hk-verdict:focus").wait_for()
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    explorer.locator(".hk-story:focus").wait_for()
    assert "Story 2 of 3" in explorer.locator(".hk-count").inner_text()
    assert python("explorer.state['answers']") == "{'cauda_lifting': 'act_now'}"
    assert sheet.locator(".jp-Notebook .jp-CodeCell").count() == cells + 1  # the cell that printed


def test_state_set_in_python_is_shown(lab, explore, sheet):
    explorer = explore(THREE)
    lab.run_more(sheet, "explorer.state = {'story': 'hot_painless_foot', 'answers': {'hot_painless_foot': 'today'}}")
    explorer.locator(".hk-verdict[data-verdict='right']").wait_for()
    assert "Story 3 of 3" in explorer.locator(".hk-count").inner_text()


def test_nobody_is_hurried_and_the_clock_stands_still_when_motion_is_unwanted(explore, sheet):
    sheet.emulate_media(reduced_motion="reduce")
    explorer = explore(THREE)
    assert explorer.locator(".hk-hand").evaluate("(node) => getComputedStyle(node).animationName") == "none"
    sheet.emulate_media(reduced_motion="no-preference")
    assert explorer.locator(".hk-hand").evaluate("(node) => getComputedStyle(node).animationName") != "none"
    assert "Take the time you need" in explorer.inner_text()


def test_in_spanish(explore):
    explorer = explore("['cauda_lifting'], language='es'")
    assert KB.alarms.loc["cauda_lifting", "story_es"] in explorer.locator(".hk-story").inner_text()
    explorer.get_by_label("Actuar ya").check()
    explorer.get_by_role("button", name="Confirmar y ver").click()
    assert explorer.locator("mark").inner_text() == KB.alarms.loc["cauda_lifting", "clue_es"]
    assert "A tiempo" in explorer.locator(".hk-verdict").first.inner_text()


def test_html_in_a_table_is_shown_as_text(lab, explore, sheet):
    lab.run_more(sheet, "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())")
    columns = "[('alarms', 'story'), ('alarms', 'clock'), ('alarms', 'too_late'), ('red_flags', 'name'), ('red_flags', 'action'), ('findings', 'label')]"
    lab.run_more(sheet, f'for table, column in {columns}:\n    spoiled.tables[table][column] = """{SCRIPT}""" + spoiled.tables[table][column]')
    explorer = explore("['cauda_lifting'], kb=spoiled")
    decide(explorer, "today")
    for part in (".hk-story", "[data-part='clock']", "[data-part='too_late']", "[data-rule]", ".hk-findings li"):
        assert any(SCRIPT in text for text in explorer.locator(part).all_text_contents()), part
    assert explorer.locator("img, script").count() == 0
    assert sheet.title() not in ("1", "2")


def test_no_accessibility_problem_is_found(explore, accessibility_problems):
    explorer = explore(THREE)
    assert accessibility_problems(explorer) == []
    decide(explorer, "this_week")
    assert accessibility_problems(explorer) == []
    explorer.get_by_role("button", name="How it went").click()
    assert accessibility_problems(explorer) == []
