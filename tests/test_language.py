"""Every text of the tables that an explorer shows stands there in Spanish too; what is missing falls back to English, visibly."""

import re

import pandas as pd
import pytest

import heelkit
from heelkit.errors import InputError
from heelkit.language import FALLBACK, check_language, texts, words

SHOWN = {
    "alarms": ["story", "clock", "too_late", "too_early", "clue"],
    "articles": ["label", "about"],
    "conditions": ["name", "one_line", "mechanism", "who", "red_flag_note", "management", "escalation"],
    "dependence_groups": ["label", "why"],
    "dermatome_maps": ["title", "method", "strengths", "limits"],
    "dermatome_shares": ["label", "why"],
    "dermatomes": ["note"],
    "drugs": ["name", "onset_words", "dose", "course", "pattern", "note"],
    "finding_sets": ["label"],
    "findings": ["label", "plain_label"],
    "frequency_words": ["label"],
    "muscles": ["name", "action", "bedside_test"],
    "nodes": ["name", "place"],
    "objectives": ["objective"],
    "pressures": ["compartment", "note"],
    "red_flags": ["name", "action", "time_frame"],
    "reflexes": ["label", "bedside_test"],
    "regions": ["label", "plain_label", "place", "test_point"],
    "settings": ["label", "description"],
    "site_deficits": ["note"],
    "site_spares": ["note"],
    "sites": ["name", "place", "structures", "spares", "note"],
    "skin": ["note"],
    "test_accuracy": ["how_done", "positive_means", "reference_standard", "quality_reason"],
    "test_quality": ["why"],
    "topics": ["label"],
    "variations": ["what", "note"],
    "words": ["text"],
}
PAIRS = [(table, field) for table, fields in SHOWN.items() for field in fields]
SAME_IN_BOTH = {  # names, units, and the few words that English and Spanish share
    *("Anterior", "anterior", "Diabetes", "Foerster", "Iliopsoas", "Lateral", "Pelvis.", "Vasculitis"),
    *("Bortezomib", "Disulfiram", "Docetaxel", "Linezolid", "Paclitaxel"),
    *("bits", "{n} bits", "{n} min", "{n} mmHg", "no", "no: {roots}", "No: {maps}.", "normal", "variable"),
}
OTHER_UNITS = re.compile(r"\([\d.]+ (?:lb|°F|feet|inches|miles)\)")  # English stories say a weight or a temperature twice
ENGLISH_WORDS = re.compile(r"\b(?:the|and|of|with|is|are|or|without|when|from|by|for|not|this|that|which|heel|foot|nerve|pain|weakness|peroneo|peronea)\b")
ENGLISH_NAMES = ("Rational Clinical Examination", "National Institute for Health and Care Excellence", "Royal London Hospital")


def both(kb, table: str, field: str) -> pd.DataFrame:
    """English and Spanish side by side, where there is English."""
    frame = kb.tables[table]
    return pd.DataFrame({"en": frame[field], "es": frame[f"{field}_es"]}).dropna(subset="en")


def numbers(text: str) -> list[str]:
    """The numbers of a text, whether a decimal is written with a point or a comma."""
    return sorted(n.replace(",", ".") for n in re.findall(r"\d+(?:[.,]\d+)*", text))


@pytest.fixture(scope="module")
def kb():
    return heelkit.load()


@pytest.mark.parametrize(("table", "field"), PAIRS)
def test_every_row_has_spanish(kb, table, field):
    pair = both(kb, table, field)
    assert pair.index[pair["es"].isna()].tolist() == []


@pytest.mark.parametrize(("table", "field"), PAIRS)
def test_spanish_stands_only_where_english_stands(kb, table, field):
    frame = kb.tables[table]
    assert frame.index[frame[f"{field}_es"].notna() & frame[field].isna()].tolist() == []


@pytest.mark.parametrize(("table", "field"), PAIRS)
def test_no_english_is_left_over(kb, table, field):
    pair = both(kb, table, field)
    assert set(pair.loc[pair["en"] == pair["es"], "en"]) <= SAME_IN_BOTH
    told = pair["es"].str.replace("|".join(ENGLISH_NAMES), "", regex=True)
    assert told[told.str.contains(ENGLISH_WORDS)].tolist() == []


@pytest.mark.parametrize(("table", "field"), PAIRS)
def test_numbers_are_the_same_in_both_languages(kb, table, field):
    pair = both(kb, table, field)
    said = pair["en"].str.replace(OTHER_UNITS, "", regex=True).map(numbers)
    differ = said != pair["es"].map(numbers)
    assert pair["es"][differ].tolist() == []


def test_blanks_of_the_words_are_the_same_in_both_languages(kb):
    pair = both(kb, "words", "text")
    blanks = pair.map(lambda text: sorted(re.findall(r"\{[^}]*\}", text)))
    assert pair["es"][blanks["en"] != blanks["es"]].tolist() == []


def test_management_has_the_same_steps_in_both_languages(kb):
    steps = both(kb, "conditions", "management").map(lambda text: text.count(" > "))
    assert steps.index[steps["en"] != steps["es"]].tolist() == []


def test_spanish_sentences_end_as_the_english_ones_do(kb):
    for table, field in PAIRS:
        ends = both(kb, table, field).map(lambda text: text.rstrip("»'\"")[-1] if text.rstrip("»'\"")[-1] in ".?" else "")
        assert ends.index[ends["en"] != ends["es"]].tolist() == [], (table, field)


def test_spanish_labels_of_findings_and_conditions_are_each_their_own(kb):
    for table, field in (("findings", "label_es"), ("conditions", "name_es"), ("sites", "name_es"), ("nodes", "name_es"), ("muscles", "name_es")):
        assert kb.tables[table][field].is_unique, (table, field)


def test_missing_spanish_falls_back_to_marked_english(kb, worked_example):
    small = heelkit.load(worked_example)
    said = texts(small, "findings", "label", "es")
    assert (said == FALLBACK + small.findings["label"]).all()
    assert texts(small, "findings", "label").tolist() == small.findings["label"].tolist()


def test_english_texts_carry_no_mark(kb):
    for table, field in PAIRS:
        assert not texts(kb, table, field).dropna().str.startswith(FALLBACK).any(), (table, field)
        assert not texts(kb, table, field, "es").dropna().str.startswith(FALLBACK).any(), (table, field)


def test_a_blank_cell_stays_blank_in_spanish(kb):
    blank = kb.red_flags["time_frame"].isna()
    assert texts(kb, "alarms", "too_early", "es")[kb.alarms["too_early"].isna()].isna().all()
    assert texts(kb, "red_flags", "time_frame", "es")[blank].isna().all()


def test_unknown_language_names_the_nearest(kb):
    with pytest.raises(InputError, match=r"'sp'.*'es'"):
        check_language(kb, "sp")
    with pytest.raises(InputError, match="language must be text"):
        words(kb, "quiz", 3)
