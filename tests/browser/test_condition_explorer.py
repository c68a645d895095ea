"""The condition explorer, used in JupyterLab with mouse and keyboard."""

import pytest

import heelkit

pytestmark = pytest.mark.browser
EXPLORER = ".hk-conditions[data-ready='true']"  # set by the script when all of it is painted
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"


@pytest.fixture(scope="module")
def sheet(lab, new_page):
    """One notebook for most tests of this file; each test adds an explorer of its own."""
    tab = new_page()
    lab.open_notebook(tab, lab.write_notebook("sheet.ipynb", ""))
    lab.run_more(tab, "import heelkit")
    yield tab
    tab.context.close()


@pytest.fixture
def page(sheet):
    sheet.console_errors.clear()
    sheet.left_the_machine.clear()
    yield sheet
    assert sheet.left_the_machine == []
    assert sheet.console_errors == []


@pytest.fixture
def explore(lab, page):
    """Shows `conditions(...)` with these arguments; returns the explorer on the page."""

    def explore(arguments: str = ""):
        explorer = lab.run_more(page, f"heelkit.explore.conditions({arguments})").locator(EXPLORER)
        explorer.wait_for()
        return explorer

    return explore


def answer_button(explorer, finding: str, state: str = "present"):
    return explorer.locator(f"button[data-finding='{finding}'][data-state='{state}']")


def toggle(explorer, finding: str, state: str = "present"):
    """Look the finding up by its own words and press its button, as a student does."""
    explorer.get_by_label("Search findings").fill(finding.replace("_", " "))
    answer_button(explorer, finding, state).click()


def printed(probability: float) -> str:
    return ">99%" if probability >= 0.995 else "<1%" if probability < 0.01 else f"{int(probability * 100 + 0.5)}%"


def bars(explorer) -> list[list[str]]:
    """What the bars say, in their order: condition id and printed chance."""
    return explorer.locator(".hk-bar").evaluate_all("(all) => all.map((bar) => [bar.dataset.condition, bar.querySelector('.hk-value').textContent])")


def expect_bars(explorer, **case):
    """The first ten bars become what `heelkit.rank` gives for this case."""
    ranking = heelkit.rank(**case).head(10)
    expected = [[condition, printed(p)] for condition, p in ranking["probability"].items()]
    for _ in range(100):
        if bars(explorer)[:10] == expected:
            return
        explorer.page.wait_for_timeout(50)
    assert bars(explorer)[:10] == expected


def is_focused(locator) -> bool:
    return locator.evaluate("(node) => node === document.activeElement")


def test_toggling_with_the_mouse_shows_exactly_what_rank_gives(explore):
    explorer = explore("predict=False")
    expect_bars(explorer)
    toggle(explorer, "numb_heel_plantar")
    expect_bars(explorer, present=["numb_heel_plantar"])
    toggle(explorer, "first_step_pain", "absent")
    expect_bars(explorer, present=["numb_heel_plantar"], absent=["first_step_pain"])
    toggle(explorer, "numb_heel_plantar", "absent")  # the other button of the same finding
    expect_bars(explorer, absent=["numb_heel_plantar", "first_step_pain"])
    toggle(explorer, "numb_heel_plantar", "absent")  # pressed again: not asked
    expect_bars(explorer, absent=["first_step_pain"])
    explorer.get_by_label("Setting").select_option("running_clinic")
    expect_bars(explorer, absent=["first_step_pain"], setting="running_clinic")
    explorer.get_by_role("button", name="Take back").click()
    expect_bars(explorer, setting="running_clinic")


def test_everything_can_be_done_with_the_keyboard(explore, page):
    explorer = explore()
    cells = page.locator(".jp-Notebook .jp-CodeCell").count()
    explorer.get_by_label("Search findings").click()
    page.keyboard.type("first steps after rest")
    page.keyboard.press("Tab")  # the heading of the group
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert answer_button(explorer, "first_step_pain").get_attribute("aria-pressed") == "true"
    assert is_focused(answer_button(explorer, "first_step_pain"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert answer_button(explorer, "first_step_pain", "absent").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Tab")  # the patient so far
    page.keyboard.press("Tab")
    assert is_focused(explorer.get_by_label("Your prediction"))
    page.keyboard.type("Plantar f")  # a menu of the page: no letter is a command of JupyterLab
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    explorer.locator(".hk-bar:visible").first.wait_for()
    expect_bars(explorer, absent=["first_step_pain"])
    page.keyboard.press("Tab")
    assert is_focused(explorer.locator(".hk-bar").first)
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == cells


def test_shift_enter_still_runs_the_cell_after_a_toggle(explore, page):
    explorer = explore("predict=False")
    toggle(explorer, "tingling")
    expect_bars(explorer, present=["tingling"])
    page.keyboard.press("Shift+Enter")
    expect_bars(explorer)  # a new explorer


def test_toggling_keeps_the_list_of_findings_where_it_is(explore):
    explorer = explore("predict=False")
    explorer.locator("details.hk-topic").evaluate_all("(topics) => topics.forEach((topic) => { topic.open = true; })")
    findings = explorer.locator(".hk-list")
    findings.evaluate("(list) => { list.scrollTop = 1500; list.firstChild.sameNode = true; }")
    place = "(list) => [list.scrollTop, list.offsetTop, list.offsetHeight, list.firstChild.sameNode]"
    before = findings.evaluate(place)
    in_view = "(list) => [...list.querySelectorAll('button')].find((b) => b.offsetTop > list.offsetTop + 1600).dataset.finding"
    finding = findings.evaluate(in_view)
    answer_button(explorer, finding).click()
    expect_bars(explorer, present=[finding])
    assert findings.evaluate(place) == before
    assert is_focused(answer_button(explorer, finding))


def test_search_shows_only_what_has_all_the_words(explore):
    explorer = explore()
    search = explorer.get_by_label("Search findings")
    search.fill("ANKLE reflex")
    seen = explorer.locator(".hk-topic .hk-finding:visible").all_inner_texts()
    assert seen
    assert all("ankle" in text.lower() for text in seen)
    search.fill("zzzz")
    assert explorer.get_by_text("No finding has these words.").is_visible()
    assert explorer.locator(".hk-topic:visible").count() == 0
    search.fill("")
    assert explorer.locator(".hk-topic:visible").count() == len(heelkit.load().topics)


def test_red_flag_appears_before_a_prediction_is_committed(explore):
    explorer = explore()
    assert explorer.locator(".hk-flag").count() == 0
    toggle(explorer, "saddle_anesthesia")
    toggle(explorer, "urinary_retention")
    flags = heelkit.red_flags(present=["saddle_anesthesia", "urinary_retention"])
    explorer.locator(".hk-flag").nth(len(flags) - 1).wait_for()
    shown = explorer.locator(".hk-flags").inner_text()
    assert all(name in shown for name in flags["name"])
    assert flags["action"].iloc[0] in shown
    assert explorer.locator(".hk-bar:visible").count() == 0


def test_prediction_gate_hides_ranking_and_advice_until_committed(explore):
    explorer = explore("present=['tingling']")
    hidden = [explorer.locator(part) for part in (".hk-ranking", ".hk-reasons", ".hk-advice")]
    assert not any(part.is_visible() for part in hidden)
    assert explorer.get_by_role("button", name="Commit and see").is_disabled()
    last = heelkit.rank(present=["tingling"]).index[-1]
    explorer.get_by_label("Your prediction").select_option(last)
    explorer.get_by_role("button", name="Commit and see").click()
    explorer.locator(".hk-verdict", has_text=f"It is number {len(heelkit.load().conditions) + 1}").wait_for()
    assert all(part.is_visible() for part in hidden)
    assert bars(explorer)[-1][0] == last  # also when it is far down: its evidence can be compared


def test_one_press_answers_the_next_question(explore, page):
    explorer = explore("present=['tingling'], predict=False")
    asked = heelkit.next_questions(present=["tingling"])["finding_id"].iloc[0]
    first = explorer.locator(".hk-advice button[data-ask]").first
    assert first.get_attribute("data-ask") == asked
    first.focus()
    page.keyboard.press("Enter")
    expect_bars(explorer, present=["tingling", asked])
    assert answer_button(explorer, asked).get_attribute("aria-pressed") == "true"
    following = heelkit.next_questions(present=["tingling", asked])["finding_id"].iloc[0]
    assert page.evaluate("document.activeElement.dataset.ask") == following  # ready for the next answer


def test_pressing_a_bar_shows_its_reasons(explore):
    case = {"present": ["tinel_tarsal_tunnel", "saddle_anesthesia"], "absent": ["first_step_pain"]}
    explorer = explore(f"**{case}, predict=False")
    behind = heelkit.rank(**case).index.drop("none_of_these")[1:8]
    condition = next(c for c in behind if heelkit.explain(c, **case)["source"].any())
    explorer.locator(f".hk-bar[data-condition='{condition}']").click()
    name = heelkit.load().conditions.loc[condition, "name"]
    explorer.locator(".hk-reasons h3", has_text=f"Why {name}?").wait_for()
    reasons = heelkit.explain(condition, **case)
    texts = explorer.locator(".hk-reason").all_inner_texts()
    assert len(texts) == len(reasons) + 1  # and their sum
    for text, reason in zip(texts, reasons.itertuples(), strict=False):
        assert reason.label in text
        assert reason.why in text
    explorer.locator(".hk-sources summary").click()
    assert explorer.locator(".hk-sources li").count() == len({s for cell in reasons["source"] for s in cell.split(";") if s})


def test_start_over_returns_to_what_the_cell_began_with(explore):
    explorer = explore("present=['tingling']")
    explorer.get_by_role("button", name="Show without a prediction").click()
    toggle(explorer, "diabetes")
    explorer.get_by_label("Setting").select_option("emergency_department")
    expect_bars(explorer, present=["tingling", "diabetes"], setting="emergency_department")
    explorer.get_by_role("button", name="Start over").click()
    expect_bars(explorer, present=["tingling"])
    assert explorer.locator(".hk-predict").is_visible()
    assert not explorer.locator(".hk-ranking").is_visible()
    assert explorer.locator(".hk-sofar button").count() == 1
    assert explorer.get_by_label("Setting").input_value() == "primary_care"


def test_case_is_copied_as_text(explore, page):
    case = {"present": ["tingling"], "absent": ["first_step_pain"]}
    explorer = explore(f"**{case}, predict=False")
    explorer.get_by_role("button", name="Copy case").click()
    explorer.get_by_text("Copied as text.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    labels = heelkit.load().findings["label"]
    leader = heelkit.rank(**case).iloc[0]
    assert f"Present: {labels['tingling']}" in copied
    assert f"Absent: {labels['first_step_pain']}" in copied
    assert f"1. {leader['name']}: {printed(leader['probability'])}" in copied


def test_html_in_a_table_is_shown_as_text(lab, explore, page):
    columns = (
        "[('findings', 'label'), ('findings', 'plain_label'), ('conditions', 'name'), ('conditions', 'one_line'), ('topics', 'label'), ('red_flags', 'name')]"
    )
    spoiled = "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())"
    lab.run_more(page, f'{spoiled}\nfor table, column in {columns}:\n    spoiled.tables[table][column] = """{SCRIPT}""" + spoiled.tables[table][column]')
    explorer = explore("present=['saddle_anesthesia', 'urinary_retention'], predict=False, kb=spoiled")
    explorer.locator(".hk-bar:not([data-condition='none_of_these'])").first.click()
    for part in (".hk-topic summary", ".hk-finding", ".hk-flag", ".hk-bar[aria-pressed='true']", ".hk-reasons h3", ".hk-oneline", ".hk-chip"):
        assert SCRIPT in explorer.locator(part).first.text_content()
    assert explorer.locator("img, script").count() == 0
    assert page.title() not in ("1", "2")


def test_a_stopped_kernel_does_not_look_like_a_ranking_that_stays_the_same(lab, new_page):
    page = new_page()
    name = lab.write_notebook("stopped.ipynb", "import heelkit\nheelkit.explore.conditions(predict=False)")
    lab.open_notebook(page, name)
    lab.run_all(page)
    explorer = page.locator(EXPLORER)
    lab.stop_kernel(name)
    toggle(explorer, "tingling")
    explorer.get_by_text("No answer from Python yet").wait_for(timeout=10_000)
    page.context.close()


def test_everything_speaks_spanish(explore):
    explorer = explore("present=['saddle_anesthesia'], language='es'")
    spanish = heelkit.load().conditions["name_es"]
    assert explorer.get_attribute("lang") == "es"
    assert "Actuar ya: " in explorer.get_by_role("alert").inner_text()
    explorer.get_by_label("Su predicción").select_option(label=spanish["cauda_equina_syndrome"])
    explorer.get_by_role("button", name="Confirmar y ver").click()
    explorer.locator(".hk-verdict", has_text="Usted predijo").wait_for()
    leader = heelkit.rank(["saddle_anesthesia"]).index[0]
    assert spanish[leader] in explorer.locator(".hk-bar").all_inner_texts()[0]
    assert "[en]" not in explorer.inner_text()


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_no_serious_accessibility_problem(lab, new_page, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed").Axe()
    lab.configure("apputils-extension:themes", {"theme": f"JupyterLab {theme}"})
    page = new_page()
    arguments = "present=['saddle_anesthesia', 'urinary_retention', 'tingling'], absent=['first_step_pain']"
    lab.open_notebook(page, lab.write_notebook(f"{theme}.ipynb", f"import heelkit\nheelkit.explore.conditions({arguments})"))
    lab.run_all(page)
    explorer = page.locator(EXPLORER)
    explorer.wait_for()
    found = axe.run(page, context=".hk-conditions").response["violations"]
    explorer.get_by_label("Your prediction").select_option("plantar_fasciitis")
    explorer.get_by_role("button", name="Commit and see").click()
    explorer.locator(".hk-verdict", has_text="You predicted").wait_for()
    explorer.locator("details").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")
    found += axe.run(page, context=".hk-conditions").response["violations"]
    page.context.close()
    lab.configure("apputils-extension:themes", {"theme": "JupyterLab Light"})
    assert [(v["id"], node["html"][:150]) for v in found if v["impact"] in ("serious", "critical") for node in v["nodes"]] == []
