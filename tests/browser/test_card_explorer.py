"""The condition card, used in JupyterLab with mouse and keyboard."""

import pytest

import heelkit
from heelkit.cards import card
from heelkit.language import words

pytestmark = pytest.mark.browser
EXPLORER = "card"
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"
KB = heelkit.load()


def name(condition):
    return KB.conditions.loc[condition, "name"]


def wait_for_card(explorer, condition):
    explorer.locator(".hk-name", has_text=name(condition)).wait_for()


def test_the_card_stays_closed_until_the_student_asks_for_it_and_keeps_what_they_wrote(explore, python):
    explorer = explore("'tarsal_tunnel_syndrome'")
    assert explorer.locator(".hk-page").is_hidden()
    assert name("tarsal_tunnel_syndrome") in explorer.locator(".hk-question").inner_text()
    assert "Lateral plantar" not in (explorer.text_content() or "").replace(explorer.locator("select").text_content(), "")
    explorer.get_by_label("Your answer").fill("S1 root: ankle reflex")
    explorer.get_by_role("button", name="Show the card").click()
    wait_for_card(explorer, "tarsal_tunnel_syndrome")
    assert explorer.locator(".hk-look .hk-verdict").inner_text() == "You wrote: S1 root: ankle reflex"
    assert explorer.locator(".hk-predict").is_hidden()
    assert python("explorer.state") == "{'condition': 'tarsal_tunnel_syndrome', 'shown': True}"


def test_findings_look_alikes_and_steps_are_those_of_the_library(explore):
    shown, explorer = card("tarsal_tunnel_syndrome"), explore("'tarsal_tunnel_syndrome', predict=False")
    assert explorer.locator(".hk-for [data-finding]").evaluate_all("(rows) => rows.map((r) => r.dataset.finding)") == list(shown.findings_for["finding_id"])
    against = explorer.locator(".hk-against [data-finding]").evaluate_all("(rows) => rows.map((r) => r.dataset.finding)")
    assert against == list(shown.findings_against["finding_id"])
    assert explorer.locator("[data-alike]").evaluate_all("(rows) => rows.map((r) => r.dataset.alike)") == list(shown.look_alikes["condition_id"])
    assert explorer.locator(".hk-ladder li").all_inner_texts() == shown.management
    assert explorer.locator(".hk-map img").evaluate_all("(all) => all.every((i) => i.complete && i.naturalWidth > 0)")


def test_a_look_alike_opens_its_own_card_at_once_and_the_heading_takes_the_focus(explore, sheet):
    explorer = explore("'calf_strain', predict=False")
    explorer.get_by_role("button", name=name("deep_vein_thrombosis")).click()
    wait_for_card(explorer, "deep_vein_thrombosis")
    assert explorer.locator(".hk-red .hk-act_now").count() >= 1
    assert explorer.locator(".hk-name").evaluate("(node) => node === document.activeElement")


def test_another_condition_asks_for_a_new_prediction(explore, python):
    explorer = explore("'calf_strain'")
    explorer.get_by_role("button", name="Show the card").click()
    wait_for_card(explorer, "calf_strain")
    explorer.get_by_label("Condition", exact=True).select_option("heel_spur")
    explorer.locator(".hk-question", has_text=name("heel_spur")).wait_for()
    assert explorer.locator(".hk-page").is_hidden()
    assert python("explorer.state") == "{'condition': 'heel_spur', 'shown': False}"


def test_keyboard_alone_finds_a_condition_by_another_name_and_opens_it(explore, sheet):
    explorer = explore("'calf_strain'")
    explorer.get_by_label("Search a name").focus()
    sheet.keyboard.type("sever")
    assert explorer.locator("select option").all_inner_texts() == [name("calcaneal_apophysitis")]
    sheet.keyboard.press("Enter")
    explorer.locator(".hk-question", has_text=name("calcaneal_apophysitis")).wait_for()
    for _ in range(20):
        sheet.keyboard.press("Tab")
        if sheet.evaluate("document.activeElement.textContent") == "Show the card":
            break
    sheet.keyboard.press("Enter")
    wait_for_card(explorer, "calcaneal_apophysitis")
    for _ in range(40):
        sheet.keyboard.press("Tab")
        if sheet.evaluate("document.activeElement.textContent") == name("calcaneal_stress_fracture"):
            break
    assert sheet.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    sheet.keyboard.press("Enter")
    wait_for_card(explorer, "calcaneal_stress_fracture")


def test_a_name_that_no_condition_has_is_said(explore):
    explorer = explore("'calf_strain', predict=False")
    explorer.get_by_label("Search a name").fill("zzz")
    explorer.get_by_text("No condition has this name.").wait_for()


def test_sources_are_folded_and_weak_ones_are_marked(explore):
    explorer = explore("'tarsal_tunnel_syndrome', predict=False")
    fold = explorer.locator(".hk-sources")
    assert fold.get_attribute("open") is None
    fold.locator("summary").click()
    shown = card("tarsal_tunnel_syndrome").sources
    assert fold.locator("li").count() == len(shown)
    assert fold.locator(".hk-weak").count() == shown["weak"].sum() > 0


def test_a_state_set_in_python_is_painted(explore, lab, sheet):
    explorer = explore("'calf_strain'")
    lab.run_more(sheet, "explorer.state = {'condition': 'anticonvulsant_neuropathy', 'shown': True}")
    wait_for_card(explorer, "anticonvulsant_neuropathy")
    assert "No accuracy study" in explorer.locator(".hk-test").inner_text()


def test_html_in_a_table_is_shown_as_text(lab, explore, sheet):
    lab.run_more(sheet, "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())")
    columns = (
        "[('findings', 'label'), ('conditions', 'name'), ('conditions', 'one_line'), ('conditions', 'management'), ('regions', 'label'), ('sources', 'title')]"
    )
    lab.run_more(sheet, f'for table, column in {columns}:\n    spoiled.tables[table][column] = """{SCRIPT}"""')
    explorer = explore("'calf_strain', predict=False, kb=spoiled")
    for part in (".hk-name", ".hk-what p", ".hk-for [data-finding] th", ".hk-ladder li", ".hk-alike button", ".hk-sources li"):
        assert SCRIPT in explorer.locator(part).first.text_content()
    assert explorer.locator("script").count() == 0
    assert explorer.locator("img").evaluate_all("(all) => all.every((i) => i.src.startsWith('data:image/svg+xml,'))")
    assert sheet.title() not in ("1", "2")


def test_the_page_speaks_spanish(explore):
    explorer = explore("'tarsal_tunnel_syndrome', language='es'")
    say = words(KB, "card", "es")
    explorer.get_by_role("button", name=say["show"]).click()
    for word in ("look_alikes", "for", "against", "management", "red_flags"):
        explorer.locator("h3", has_text=say[word]).first.wait_for()
    assert explorer.get_attribute("lang") == "es"


def test_nothing_runs_out_of_the_page_at_double_size(explore, sheet):
    explorer = explore("'tarsal_tunnel_syndrome', predict=False")
    size = sheet.viewport_size
    sheet.set_viewport_size({"width": size["width"] // 2, "height": size["height"] // 2})  # what 200% zoom leaves
    try:
        assert explorer.evaluate("(node) => node.scrollWidth <= node.clientWidth + 1")
    finally:
        sheet.set_viewport_size(size)


@pytest.mark.parametrize("arguments", ["'tarsal_tunnel_syndrome', predict=False", "'deep_vein_thrombosis'"])
def test_no_accessibility_problem_is_found(explore, accessibility_problems, arguments):
    assert accessibility_problems(explore(arguments)) == []
