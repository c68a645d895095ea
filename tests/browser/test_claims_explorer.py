"""Judging claims, used in JupyterLab with mouse and keyboard."""

import pytest

import heelkit

pytestmark = pytest.mark.browser
EXPLORER = "claims"
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"
CLAIMS = heelkit.load().claims


def judge(page, verdict: str):
    page.locator(f"[data-verdict='{verdict}']").click()
    page.locator(".hk-choices + .hk-primary").click()
    page.locator(".hk-refs li").first.wait_for()


def test_the_student_commits_and_then_sees_ours_and_why(explore, python):
    page = explore("'medial_calcaneal_entrapment_page'")
    assert page.locator(".hk-refs li").count() == 0
    assert page.get_by_role("button", name="Commit and compare").is_disabled()
    judge(page, "supported")
    row = CLAIMS.loc["claim_038"]
    text = page.inner_text()
    assert row["why"] in text
    assert row["settled_by"] in text
    assert page.locator(".hk-chip").evaluate_all("(all) => all.map((c) => c.dataset.finding)") == row["settling_finding_ids"].split(";")
    assert "You say: supported. We say: wrong." in page.locator(".hk-verdict").inner_text()
    assert "secondary source, weak" in text
    assert "1 of 16 judged; we agree on 0." in text
    assert python("explorer.state['verdicts']") == "{'claim_038': 'supported'}"


def test_agreement_is_counted_in_a_table_and_filters_the_list(explore):
    page = explore("'medial_calcaneal_entrapment_page'")
    judge(page, "wrong")
    assert "We agree: wrong." in page.locator(".hk-verdict").inner_text()
    page.get_by_role("button", name="Next claim").click()
    page.locator(".hk-item[data-claim='claim_039'][aria-current='true']").wait_for()
    judge(page, "partly")
    page.locator(".hk-score", has_text="2 of 16 judged; we agree on 1.").wait_for()
    page.locator(".hk-table summary").click()
    assert page.locator(".hk-counts tbody tr").nth(1).inner_text().split("\t")[1:] == ["0", "0", "0", "1"]
    page.get_by_label("Show", exact=True).select_option("differ")
    assert page.locator(".hk-item").evaluate_all("(all) => all.map((b) => b.dataset.claim)") == ["claim_039"]
    page.get_by_label("Show", exact=True).select_option("open")
    assert page.locator(".hk-item").count() == 14
    page.get_by_role("button", name="Start over").click()
    page.locator(".hk-score", has_text="16 claims.").wait_for()
    assert page.locator(".hk-item").count() == 16


def test_two_claims_can_be_judged_with_the_keyboard_alone(explore, sheet, python):
    page = explore("'numb_heels_listicle'")
    cells = sheet.locator(".jp-Notebook .jp-CodeCell").count()
    page.get_by_label("Show", exact=True).focus()
    sheet.keyboard.press("Tab")  # Start over
    sheet.keyboard.press("Tab")  # the list: one stop
    sheet.keyboard.press("ArrowDown")
    page.locator(".hk-item[data-claim='claim_055'][aria-current='true']").wait_for()
    sheet.keyboard.press("1")
    assert page.locator("[data-verdict='supported']").get_attribute("aria-pressed") == "true"
    sheet.keyboard.press("Enter")
    page.locator(".hk-refs li").first.wait_for()
    assert sheet.evaluate("document.activeElement.textContent") == "Next claim"
    sheet.keyboard.press("Enter")
    page.locator(".hk-item[data-claim='claim_056'][aria-current='true']").wait_for()
    sheet.keyboard.press("3")
    sheet.keyboard.press("2")  # a change of mind
    sheet.keyboard.press("Enter")
    page.locator(".hk-score", has_text="2 of 42 judged").wait_for()
    assert python("explorer.state['verdicts']") == "{'claim_055': 'supported', 'claim_056': 'partly'}"
    assert sheet.locator(".jp-Notebook .jp-CodeCell").count() == cells + 1  # digits made no cell a heading


def test_all_claims_can_be_chosen_by_article(explore, python):
    page = explore()
    assert page.locator(".hk-item").count() == len(CLAIMS)
    page.get_by_label("Where it was said").select_option("prevention")
    page.locator(".hk-claim", has_text=CLAIMS[CLAIMS["article_id"] == "prevention"]["claim"].iloc[0]).wait_for()
    assert page.locator(".hk-item").count() == (CLAIMS["article_id"] == "prevention").sum()
    assert python("explorer.state['article']") == "prevention"


def test_a_claim_can_be_judged_again(explore, python):
    page = explore("'prevention'")
    judge(page, "wrong")
    page.get_by_role("button", name="Judge it again").click()
    page.locator(".hk-choices").wait_for()
    assert page.locator(".hk-refs li").count() == 0 or page.locator(".hk-refs").is_hidden()
    assert python("explorer.state['verdicts']") == "{}"


def test_in_spanish_everything_is_spanish(explore):
    page = explore("'calf_twitching_page_es', language='es'")
    judge(page, "wrong")
    text = page.inner_text()
    for word in ("Coincidimos: falsa.", "Qué lo resolvería", "Fuentes", CLAIMS.loc["claim_001", "why_es"]):
        assert word in text
    assert page.get_attribute("lang") == "es"


def test_state_set_in_python_is_shown(explore, lab, sheet):
    page = explore("'prevention'")
    lab.run_more(sheet, "explorer.state = {'claim': 'prevention_diet', 'verdicts': {'prevention_diet': 'supported'}}")
    page.locator(".hk-verdict", has_text="We say: unsupported.").wait_for()


def test_html_in_a_table_is_shown_as_text(lab, explore, sheet):
    lab.run_more(sheet, "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())")
    columns = "[('claims', 'claim'), ('claims', 'why'), ('claims', 'settled_by'), ('findings', 'label'), ('articles', 'label'), ('sources', 'title')]"
    lab.run_more(sheet, f'for table, column in {columns}:\n    spoiled.tables[table][column] = """{SCRIPT}""" + spoiled.tables[table][column]')
    page = explore("'prevention', kb=spoiled")
    judge(page, "partly")
    for part in (".hk-item", ".hk-claim", ".hk-chip", ".hk-refs li", "section > p"):
        assert any(SCRIPT in text for text in page.locator(part).all_text_contents()), part
    assert page.locator("img, script").count() == 0
    assert sheet.title() not in ("1", "2")


def test_axe_finds_nothing_before_and_after_the_answer(explore, accessibility_problems):
    page = explore("'medial_calcaneal_entrapment_page'")
    assert accessibility_problems(page) == []
    judge(page, "partly")
    page.locator(".hk-table summary").click()
    assert accessibility_problems(page) == []
