"""The game of the next question, used in JupyterLab with mouse and keyboard."""

import pytest

import heelkit

pytestmark = pytest.mark.browser
EXPLORER = "next_test"
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"


def choose(game, finding: str):
    game.get_by_label("Search questions").fill(finding.replace("_", " "))
    game.locator(f"button[data-finding='{finding}']").click()
    game.get_by_role("button", name="Commit and see").click()
    game.locator(f"[data-card='{finding}']").wait_for()


def test_bits_of_the_choice_and_of_the_best_are_those_of_next_questions(explore):
    game = explore("['urinary_retention']")
    assert game.locator("[data-card]").count() == 0
    choose(game, "back_pain")
    questions = heelkit.next_questions(["urinary_retention"])
    best = questions.loc[questions["bits_per_effort"].idxmax(), "finding_id"]
    cards = game.locator("[data-card]").evaluate_all(
        "(all) => all.map((c) => [c.dataset.card, ...[...c.querySelectorAll('strong')].map((v) => v.textContent)])"
    )
    values = questions.set_index("finding_id")
    expected = [[f, f"{values.loc[f, 'bits']:.2f}", f"{values.loc[f, 'bits_per_effort']:.2f}"] for f in ("back_pain", questions["finding_id"].iloc[0], best)]
    assert cards == expected
    assert "Red flag, one answer away: Cauda equina syndrome" in game.locator("[data-card]").nth(1).inner_text()


def test_an_answer_joins_the_case_and_the_game_goes_on(explore):
    game = explore("['first_step_pain']")
    choose(game, "tingling")
    game.locator("[data-card='tingling'] [data-answer='absent']").click()
    game.locator(".hk-chip.hk-absent").wait_for()
    game.locator(".hk-choose").wait_for()
    assert game.locator("[data-card]").count() == 0
    assert "1 asked in this game" in game.locator(".hk-score").inner_text()
    leader = heelkit.rank(["first_step_pain"], ["tingling"]).iloc[0]
    game.locator("section > .hk-now .hk-leaders li", has_text=f"{leader['name']}").first.wait_for()
    game.get_by_label("Search questions").fill("tingling")
    assert game.locator("button[data-finding='tingling']").is_hidden()


def test_the_whole_round_can_be_played_with_the_keyboard(explore, sheet):
    game = explore("['first_step_pain']")
    cells = sheet.locator(".jp-Notebook .jp-CodeCell").count()
    game.get_by_label("Search questions").click()
    sheet.keyboard.type("dead or woolly")
    sheet.keyboard.press("Tab")  # the heading of the group
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    assert sheet.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    game.locator("[data-card].hk-card-mine").wait_for()
    game.locator(".hk-verdict:focus").wait_for()
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Space")
    game.locator(".hk-chip").nth(1).wait_for()
    assert sheet.locator(".jp-Notebook .jp-CodeCell").count() == cells


def test_stopping_too_early_is_said_and_an_alarm_stands_above_everything(explore):
    game = explore("['first_step_pain']")
    game.get_by_role("button", name="Stop: nothing more to ask").click()
    game.locator(".hk-verdict", has_text="asking still pays").wait_for()
    game = explore("['urinary_retention', 'saddle_anesthesia']")
    assert "Act now: Cauda equina syndrome" in game.get_by_role("alert").inner_text()
    game.get_by_role("button", name="Stop: nothing more to ask").click()
    game.locator(".hk-verdict", has_text="no further question may delay that").wait_for()


def test_html_in_a_table_is_shown_as_text(lab, explore, sheet):
    lab.run_more(sheet, "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())")
    columns = "[('findings', 'label'), ('findings', 'plain_label'), ('conditions', 'name'), ('topics', 'label'), ('red_flags', 'name')]"
    lab.run_more(sheet, f'for table, column in {columns}:\n    spoiled.tables[table][column] = """{SCRIPT}""" + spoiled.tables[table][column]')
    game = explore("['urinary_retention'], kb=spoiled")
    choose(game, "back_pain")
    for part in (".hk-topic summary", ".hk-candidate", ".hk-chip", "[data-card] h3", ".hk-flagged", "[data-card] .hk-name"):
        assert any(SCRIPT in text for text in game.locator(part).all_text_contents()), part
    assert game.locator("img, script").count() == 0
    assert sheet.title() not in ("1", "2")


def test_everything_speaks_spanish(explore):
    game = explore("['urinary_retention'], language='es'")
    game.get_by_role("button", name="Parar: nada más que preguntar").click()
    game.locator(".hk-verdict", has_text="Usted para, pero aún conviene preguntar").wait_for()
    assert heelkit.load().findings.loc["urinary_retention", "label_es"] in game.locator(".hk-sofar").inner_text()
    assert "[en]" not in game.inner_text()
