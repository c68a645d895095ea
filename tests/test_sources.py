"""The sources of the tables: identifiers in the right form, one row per work, and how much rests on a secondary source alone.

A source of level `secondary` (a clinic page, a wiki, a quotation) is kept where nothing better was found. The bounds below are measured figures:
lower them when a better source is found, never raise them.
"""

import re

import heelkit

KB = heelkit.load()
SOURCES = KB.tables["sources"]
SECONDARY = set(SOURCES.index[SOURCES["level"] == "secondary"])
MOST_PRESENTATIONS_ON_SECONDARY_ALONE = 0.05
MOST_ACCURACY_ROWS_ON_SECONDARY_ALONE = 7  # Hutchison 2013, Majlesi 2008 and Maffulli 2003 were read in summaries only
MOST_REFERENCE_VALUES_ON_SECONDARY_ALONE = 1
WORKS_IN_CODE = {"robinson2020lirical"}  # named in heelkit/weights.py


def cited(cell: object) -> list[str]:
    """The source ids of one cell, such as `a;b`."""
    return [part for part in str(cell).split(";") if part] if isinstance(cell, str) else []


def on_secondary_alone(table: str) -> list:
    """Keys of the rows that cite sources, all of them secondary."""
    rows = KB.tables[table]["source_ids"].map(cited)
    return [key for key, ids in rows.items() if ids and set(ids) <= SECONDARY]


def test_dois_have_the_form_of_a_doi():
    wrong = [doi for doi in SOURCES["doi"].dropna() if not re.fullmatch(r"10\.\d{4,9}/\S+", doi)]
    assert not wrong, wrong


def test_pmids_have_the_form_of_a_pmid():
    wrong = [pmid for pmid in SOURCES["pmid"].dropna() if not 1 <= pmid <= 99_999_999]
    assert not wrong, wrong


def test_no_doi_or_pmid_stands_for_two_works():
    for column in ("doi", "pmid"):
        values = SOURCES[column].dropna().astype(str).str.lower()
        twice = SOURCES.loc[values[values.duplicated(keep=False)].index, [column, "title"]]
        assert twice.empty, twice.sort_values(column).to_string()


def test_cells_name_a_source_once():
    for name, table in KB.tables.items():
        for column in [c for c in table.columns if c.endswith("source_ids")]:
            twice = [cell for cell in table[column] if len(cited(cell)) != len(set(cited(cell)))]
            assert not twice, (name, twice)


def test_every_source_is_used():
    used = set(WORKS_IN_CODE)
    for table in KB.tables.values():
        for column in [c for c in table.columns if c.endswith("source_ids")]:
            used |= {one for cell in table[column] for one in cited(cell)}
    idle = sorted(set(SOURCES.index) - used)
    assert idle == []


def test_few_presentations_rest_on_a_secondary_source_alone():
    weak = on_secondary_alone("presentations")
    assert len(weak) / len(KB.tables["presentations"]) <= MOST_PRESENTATIONS_ON_SECONDARY_ALONE, weak


def test_nothing_urgent_rests_on_a_secondary_source_alone():
    for table in ("red_flags", "alarms", "conditions", "drugs", "pressures"):
        assert not on_secondary_alone(table), (table, on_secondary_alone(table))


def test_no_more_numbers_rest_on_a_secondary_source_alone():
    assert len(on_secondary_alone("test_accuracy")) <= MOST_ACCURACY_ROWS_ON_SECONDARY_ALONE
    assert len(on_secondary_alone("reference_values")) <= MOST_REFERENCE_VALUES_ON_SECONDARY_ALONE
