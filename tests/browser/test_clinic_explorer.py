"""A patient worked up in JupyterLab, with mouse and keyboard; and the progress that comes of it."""

import json

import pytest

import heelkit
from heelkit.cases import Encounter, cases
from heelkit.explore.clinic import VERBS
from heelkit.marking import marks

pytestmark = pytest.mark.browser
EXPLORER = "clinic"
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"
KB = heelkit.load()
CASE = next(c for c in cases().index if isinstance(KB.cases.loc[c, "site_id"], str))
TABS = {"history": "Ask", "examination": "Examine", "test": "Order"}


def ask(patient, finding: str):
    patient.get_by_role("button", name=TABS[KB.findings.loc[finding, "kind"]], exact=True).click()
    patient.get_by_label("Search what to ask").fill(finding.replace("_", " "))
    patient.locator(f"[data-finding='{finding}']").click()
    patient.locator(f"[data-reply='{finding}']").wait_for()


def hidden() -> list[str]:
    script = Encounter(CASE).script
    return script.index[~script["opening"]].tolist()


def commit(patient, condition: str, urgency: str, site: str | None):
    patient.get_by_label("What does this patient have?").select_option(condition)
    patient.get_by_label("How fast would you act?").select_option(urgency)
    if site:
        patient.get_by_label("Where is the nerve hurt?").select_option(site)
    patient.get_by_role("button", name="Commit and see the marking").click()
    patient.locator("[data-line='condition']").wait_for()


def test_replies_effort_and_marking_are_those_of_the_library(explore, python, lab):
    patient, first = explore(repr(CASE)), hidden()[0]
    script = Encounter(CASE).script
    assert patient.locator(".hk-opening").inner_text() == KB.cases.loc[CASE, "opening"]
    ask(patient, first)
    assert script.loc[first, "reply"] in patient.locator(f"[data-reply='{first}']").inner_text()
    assert patient.locator(".hk-effort").inner_text() == f"Effort spent: {KB.findings.loc[first, 'effort']:g}"
    case = KB.cases.loc[CASE]
    answer = Encounter(CASE).answers.index[0]
    commit(patient, answer, case["urgency"], case["site_id"])
    expected = Encounter(CASE)
    getattr(expected, VERBS[KB.findings.loc[first, "kind"]])(first)
    expected.commit(answer, site=case["site_id"], urgency=case["urgency"], confidence=0.5)
    table = marks(expected)
    shown = patient.locator("[data-line] td.hk-value").all_inner_texts()
    assert [s.split()[1] for s in shown] == [f"{round(p, 1):g}" for p in table["points"]]
    assert case["teaching_point"] in patient.locator(".hk-verdict").inner_text()
    assert python("round(explorer.result['points'].sum(), 3)") == f"{round(table['points'].sum(), 3)}"
    events = [json.loads(line) for line in lab.progress.read_text().splitlines()[1:]]
    assert (events[-1]["kind"], events[-1]["item"], events[-1]["given"], events[-1]["right"]) == ("case", CASE, answer, True)


def test_what_the_case_does_not_describe_is_said(explore):
    patient = explore(repr(CASE))
    silent = next(f for f in KB.findings.index[KB.findings["kind"] == "history"] if f not in Encounter(CASE).script.index)
    ask(patient, silent)
    assert "Not described in this case" in patient.locator(f"[data-reply='{silent}']").inner_text()
    assert patient.locator(".hk-effort").inner_text() == "Effort spent: 0"


def test_a_red_flag_stands_above_everything_as_soon_as_its_finding_is_known(explore):
    case = next(c for c in cases().index if KB.cases.loc[c, "urgency"] == "act_now")
    everything = Encounter(case).script.index.tolist()
    patient = explore(f"{case!r}")
    patient.locator(".hk-opening").wait_for()
    for finding in everything:
        if patient.locator("details.hk-act_now").count():
            break
        if not patient.locator(f"[data-finding='{finding}']").is_disabled():
            ask(patient, finding)
    flag = patient.locator("details.hk-act_now").first
    assert "Red flag: act now." in flag.inner_text()
    flag.locator("summary").click()
    assert flag.locator("p").inner_text().split(".")[0] in " ".join(KB.red_flags["name"])


def test_a_patient_can_be_seen_with_the_keyboard_alone(explore, sheet):
    patient = explore(repr(CASE))
    patient.get_by_label("Search what to ask").focus()
    sheet.keyboard.type("numb")
    sheet.keyboard.press("Tab")  # the list
    sheet.keyboard.press("Tab")  # its first heading
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    patient.locator("[data-reply]").wait_for()
    for label, key in (("What does this patient have?", "h"), ("How fast would you act?", "t")):
        patient.get_by_label(label).focus()
        sheet.keyboard.press(key)
    patient.get_by_label("How sure are you?").focus()
    sheet.keyboard.press("ArrowRight")
    sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    patient.locator("[data-line='confidence']").wait_for()
    assert "55% sure" in patient.locator("[data-line='confidence']").inner_text()


def test_the_next_patient_starts_from_nothing(explore, python):
    patient = explore(repr(CASE))
    ask(patient, hidden()[0])
    commit(patient, "heel_spur", "today", None)
    patient.get_by_role("button", name="Next patient").click()
    patient.get_by_role("button", name="Commit and see the marking").wait_for()
    assert python("explorer.state['asked'], explorer.state['commitment'], explorer.state['case'] != " + repr(CASE)) == "[] None True"


def test_an_answer_that_a_cell_changes_is_marked_anew(explore, python):
    patient = explore(repr(CASE))
    answer = {"conditions": ["heel_spur"], "site": None, "urgency": "today", "confidence": 0.5}
    python(f"setattr(explorer, 'state', {{'commitment': {answer!r}}})")
    patient.locator("[data-line='confidence']").get_by_text("50% sure").wait_for()
    python(f"setattr(explorer, 'state', {{'commitment': {answer | {'confidence': 0.9}!r}}})")
    patient.locator("[data-line='confidence']").get_by_text("90% sure").wait_for()


def test_spanish_words_and_replies(explore):
    patient = explore(f"{CASE!r}, language='es'")
    assert patient.get_by_role("button", name="Confirmar y ver la calificación").count() == 1
    assert patient.locator(".hk-opening").inner_text() == KB.cases.loc[CASE, "opening_es"]


def test_html_in_a_table_is_shown_as_text(lab, explore, sheet):
    lab.run_more(sheet, "from heelkit.tables import KnowledgeBase, bundled_folder\nspoiled = KnowledgeBase(bundled_folder())")
    columns = (
        "[('cases', 'opening'), ('cases', 'title'), ('cases', 'teaching_point'), ('case_findings', 'reply'), ('findings', 'label'), ('conditions', 'name')]"
    )
    lab.run_more(sheet, f'for table, column in {columns}:\n    spoiled.tables[table][column] = """{SCRIPT}""" + spoiled.tables[table][column]')
    patient = explore(f"{CASE!r}, kb=spoiled")
    ask(patient, hidden()[0])
    commit(patient, "heel_spur", "today", None)
    for part in (".hk-opening", ".hk-verdict", "[data-reply]", "[data-line='condition']"):
        assert SCRIPT in patient.locator(part).first.inner_text(), part
    assert patient.locator("img, script").count() == 0
    assert sheet.title() not in ("1", "2")


def test_axe_finds_nothing_before_and_after_the_commitment(explore, accessibility_problems):
    patient = explore(repr(CASE))
    ask(patient, hidden()[0])
    assert accessibility_problems(patient) == []
    commit(patient, "heel_spur", "today", None)
    assert accessibility_problems(patient) == []
