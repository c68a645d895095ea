"""The lessons as pages without a server (`make serving` writes them and names them in HEELKIT_PAGES), opened in Chromium straight from the folder."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = Path(os.environ.get("HEELKIT_PAGES", "no pages")).absolute()
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (PAGES / "index.html").is_file(), reason="HEELKIT_PAGES names no pages (make serving writes them)"),
]


@pytest.fixture
def opened(chromium):
    """Opens a page of the folder; at the end nothing was asked of any other machine and nothing went wrong on the page."""
    tab = chromium.new_page(viewport={"width": 1024, "height": 768})
    left, wrong = [], []
    tab.on("request", lambda request: left.append(request.url) if not request.url.startswith(("file:", "blob:", "data:")) else None)
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))

    def opened(name: str):
        tab.goto((PAGES / name).as_uri())
        tab.wait_for_function("document.body.dataset.ready === 'true' || !document.querySelector('.hk-page-note')")
        return tab

    yield opened
    tab.close()
    assert left == []
    assert wrong == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_is_readable_and_stays_on_this_machine(opened, lesson):
    page = opened(f"{lesson}.html")
    assert page.locator("h1").first.is_visible()
    assert page.locator(".hk-page-live").count() == page.locator(".hk-page-live > div [class^=hk-]").locator("xpath=ancestor::*[@data-explorer]").count()
    assert page.locator(".hk-page-figure").count() == page.locator(".hk-page-figure:has(.main-svg)").count()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert "cdn" not in " ".join(page.locator("script[src], link[href]").evaluate_all("nodes => nodes.map((n) => n.src || n.href)"))


def test_the_list_leads_to_every_lesson(opened):
    page = opened("index.html")
    addresses = page.locator("a").evaluate_all("links => links.map((a) => a.getAttribute('href'))")
    assert set(addresses) >= {f"{lesson}.html" for lesson in LESSONS}
    assert [address for address in addresses if not (PAGES / address).is_file()] == []


def test_a_question_is_answered_without_python(opened):
    quiz = opened("06_trapped_nerves.html").locator("[data-explorer=QuizExplorer]")
    quiz.get_by_role("radio").first.check()
    quiz.get_by_role("button", name="Commit to this answer").click()
    assert quiz.locator("details, .hk-reason, li").first.is_visible()
    assert quiz.get_by_role("button", name="Commit to this answer").count() == 0


def test_a_nerve_is_chosen_without_python(opened):
    wiring = opened("02_wiring.html").locator("[data-explorer=WiringExplorer]").first
    before = wiring.locator("h3").first.inner_text()
    wiring.locator("[data-node=tibial_nerve_calf], [data-node^=tibial_nerve]").first.click()
    assert wiring.locator("h3").first.inner_text() != before


def test_decisions_about_red_flags_need_no_python(opened):
    alarms = opened("10_red_flags.html").locator("[data-explorer=AlarmExplorer]").first
    alarms.get_by_role("radio").first.check()
    alarms.locator("button.hk-primary").first.click()
    assert alarms.locator(".hk-score").inner_text().startswith("1")


def test_drawings_are_as_wide_as_in_jupyterlab(opened):
    drawings = opened("01_skin_of_the_heel.html").locator("[data-explorer=SkinExplorer]").first.locator("svg:visible")
    widths = drawings.evaluate_all("all => all.map((s) => s.getBoundingClientRect().width)")
    assert len(widths) == 3 and min(widths) > 60


def test_a_claim_is_judged_without_python(opened):
    claims = opened("11_what_the_web_says.html").locator("[data-explorer=ClaimsExplorer]").first
    before = claims.locator(".hk-score").inner_text()
    claims.locator(".hk-choice").first.click()
    claims.locator(".hk-predict > .hk-primary").click()
    assert claims.locator(".hk-refs li").first.is_visible()
    assert claims.locator(".hk-score").inner_text() != before
