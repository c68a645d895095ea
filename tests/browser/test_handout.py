"""Paper for the class, printed by Chromium."""

import pytest

from heelkit import teacher
from heelkit.errors import InputError

pytestmark = pytest.mark.browser


def test_a_case_sheet_becomes_a_pdf(tmp_path):
    sheets = [teacher.case_page("c_early_miles", answers=answers) for answers in (False, True)]
    blank, solved = (teacher.write_handout(page, tmp_path / f"sheet_{n}.pdf").read_bytes() for n, page in enumerate(sheets))
    assert blank.startswith(b"%PDF-") and blank.rstrip().endswith(b"%%EOF")
    assert len(solved) > len(blank) > 2000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet_0.pdf", "sheet_1.pdf"]


@pytest.mark.parametrize("browser", ["/bin/false", "no_such_browser"])
def test_a_browser_that_fails_leaves_nothing_behind(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", browser)
    with pytest.raises(InputError, match="Chromium could not print"):
        teacher.write_handout(teacher.cards_page("heel_spur"), tmp_path / "card.pdf")
    assert list(tmp_path.iterdir()) == []
