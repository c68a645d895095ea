"""Every explorer finds the words that its page asks for, in both languages, and says nothing of its own."""

import re

import pytest

from heelkit.explore import alarms, card, claims, clinic, conditions, lesion, next_test, odds, pressure, progress, quiz, skin, timeline, where, wiring
from heelkit.language import FALLBACK, Speech, words
from heelkit.tables import load

EXPLORERS = {
    "alarms": alarms,
    "card": card,
    "claims": claims,
    "clinic": clinic,
    "conditions": conditions,
    "lesion": lesion,
    "next_test": next_test,
    "odds": odds,
    "pressure": pressure,
    "progress": progress,
    "quiz": lambda **how: quiz("05", **how),
    "skin": skin,
    "timeline": timeline,
    "where": where,
    "wiring": wiring,
}
ROOMS = ("bodymap", "inquiry", "marking", "nerves", "reasons")  # rooms of the library that have words, too
LITERAL = re.compile(r'(?:"aria-label"|placeholder|title): ["`][A-Z]|el\("\w+", \{[^}]*\}, ["`][A-Z][a-z]+ ?[a-z]')


@pytest.fixture(autouse=True)
def own_record(tmp_path, monkeypatch):
    monkeypatch.setenv("HEELKIT_PROGRESS", str(tmp_path / "record.jsonl"))


@pytest.mark.parametrize("name", EXPLORERS)
def test_the_page_finds_every_word_it_asks_for(name):
    explorer = EXPLORERS[name]()
    code = re.sub(r"^\s*//.*$", "", str(explorer._esm), flags=re.MULTILINE)
    assert set(re.findall(r'say\("(\w+)"', code)) - set(explorer.words) == set()


@pytest.mark.parametrize("name", EXPLORERS)
def test_the_page_has_no_words_of_its_own(name):
    assert LITERAL.findall(str(EXPLORERS[name]()._esm)) == []


@pytest.mark.parametrize("name", EXPLORERS)
def test_spanish_has_the_words_of_english(name):
    english, spanish = EXPLORERS[name](), EXPLORERS[name](language="es")
    assert set(spanish.words) == set(english.words)
    assert [word for word, text in spanish.words.items() if text.startswith(FALLBACK)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_of_the_library_speak_spanish(room):
    assert [word for word, text in words(load(), room, "es").items() if text.startswith(FALLBACK)] == []


def test_an_explorers_own_word_comes_before_a_shared_one():
    assert words(load(), "conditions")["act_now"] == "act now"
    assert words(load(), "card")["act_now"] == "Act now"


def test_tables_without_words_borrow_those_of_heelkit(worked_example):
    small = load(worked_example)
    assert small.words.empty
    assert Speech(small, "conditions")("asked", n=2) == "2 asked"
    assert Speech(small, "conditions", "es").of("topics", "label", small.topics.index[0]).startswith(FALLBACK)
