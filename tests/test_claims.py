"""Claims of web pages: every one is complete, and the explorer says what the tables say."""

import re

import pytest

import heelkit
from heelkit.explore.claims import VERDICTS, claims

KB = heelkit.load()
WEB = KB.articles.index[KB.articles["kind"] == "web_article"]
SPANISH = KB.articles.index[KB.articles["original_language"] == "es"]


@pytest.mark.parametrize("article", KB.articles.index)
def test_every_article_has_claims(article):
    assert (KB.claims["article_id"] == article).any()


def test_the_five_pages_hold_all_95_claims():
    assert len(WEB) == 5
    assert KB.claims["article_id"].isin(WEB).sum() == 95


@pytest.mark.parametrize("claim", KB.claims.index)
def test_a_claim_is_complete(claim):
    row = KB.claims.loc[claim]
    for field in ("claim", "why", "settled_by"):
        assert row[field].rstrip().endswith((".", "?", ")")), field
    assert row["verdict"] in VERDICTS
    assert set(row["source_ids"].split(";")) <= set(KB.sources.index)
    assert {i for i in (row["settling_finding_ids"] or "").split(";") if i} <= set(KB.findings.index)
    if row["article_id"] in SPANISH:
        assert row[["claim_es", "why_es", "settled_by_es"]].notna().all()


def test_every_word_of_the_explorer_is_in_spanish():
    mine = KB.words[KB.words["explorer"] == "claims"]
    assert mine["text_es"].notna().all()
    assert (mine["text"].str.findall(r"\{\w+\}").map(set) == mine["text_es"].str.findall(r"\{\w+\}").map(set)).all()


@pytest.mark.parametrize("article", [None, *KB.articles.index])
def test_the_result_is_the_table(article):
    result = claims(article).result
    table = KB.claims if article is None else KB.claims[KB.claims["article_id"] == article]
    assert sorted(result.index) == sorted(table.index)
    assert result["ours"].to_dict() == table["verdict"].to_dict()
    assert result["claim"].to_dict() == table["claim"].to_dict()
    assert result["mine"].isna().all()
    assert result["agree"].isna().all()


def test_verdicts_are_compared_and_counted():
    explorer = claims("medial_calcaneal_entrapment_page")
    mine = {"claim_038": "wrong", "claim_039": "partly", "claim_040": "partly"}
    explorer.state = {"verdicts": mine}
    assert explorer.result.loc[list(mine), "agree"].tolist() == [True, False, True]
    assert repr(explorer) == "ClaimsExplorer(article='medial_calcaneal_entrapment_page', 3 of 16 judged, 2 agree)"


def test_the_page_gets_what_the_tables_say_of_every_claim():
    catalog = claims("prevention").catalog
    assert {c["id"] for c in catalog["claims"]} == set(KB.claims.index)
    for claim in catalog["claims"]:
        row = KB.claims.loc[claim["id"]]
        assert [claim[k] for k in ("article", "text", "ours", "why", "settled_by")] == row[["article_id", "claim", "verdict", "why", "settled_by"]].tolist()
        assert ";".join(claim["findings"]) == (row["settling_finding_ids"] or "")
        assert ";".join(claim["sources"]) == row["source_ids"]
        assert set(claim["findings"]) <= set(catalog["findings"]) and set(claim["sources"]) <= set(catalog["sources"])
    assert catalog["sources"]["hydration_blogs"]["weak"] is True
    assert catalog["sources"]["popbusui2017ada"]["weak"] is False


def test_in_spanish_a_translated_claim_is_spanish_and_others_are_marked():
    spanish, english = claims("calf_twitching_page_es", language="es"), claims("numb_heels_listicle", language="es")
    assert spanish.result["claim"].to_dict() == KB.claims.loc[spanish.result.index, "claim_es"].to_dict()
    untranslated = english.result[KB.claims.loc[english.result.index, "claim_es"].isna()]
    assert untranslated["claim"].str.startswith("[en] ").all()


def test_the_state_can_be_set_again():
    explorer = claims()
    explorer.state = {"article": "prevention", "claim": "prevention_diet", "verdicts": {"prevention_diet": "wrong"}}
    again = claims()
    again.state = explorer.state
    assert again.state == explorer.state
    again.state = {"article": "patient_questions"}
    assert KB.claims.loc[again.state["claim"], "article_id"] == "patient_questions"
    assert again.state["verdicts"] == {"prevention_diet": "wrong"}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"verdicts": {"claim_071": "suported"}}, "Unknown verdict 'suported'; nearest: 'supported'"),
        ({"verdicts": {"claim_0711": "wrong"}}, "Unknown claim 'claim_0711'; nearest: 'claim_071'"),
        ({"verdicts": ["claim_071"]}, "verdicts must be a dict"),
        ({"claim": "claim_001"}, "'claim_001' is not a claim of the article 'numb_heels_listicle'"),
        ({"articel": "prevention"}, "Unknown part of the state 'articel'; nearest: 'article'"),
    ],
)
def test_a_wrong_state_is_refused_and_changes_nothing(state, message):
    explorer = claims("numb_heels_listicle")
    before = explorer.state
    with pytest.raises(heelkit.InputError, match=re.escape(message)):
        explorer.state = state
    assert explorer.state == before


@pytest.mark.parametrize(("arguments", "message"), [({"article": "preventoin"}, "nearest: 'prevention'"), ({"language": "ess"}, "nearest: 'es'")])
def test_unknown_articles_and_languages_name_the_nearest(arguments, message):
    with pytest.raises(heelkit.InputError, match=message):
        claims(**arguments)


def test_the_picture_folds_our_verdicts_away_and_escapes():
    picture = claims("heel_pain_after_running_page")._picture()
    assert picture.count("<details>") == 11
    assert "<script" not in picture
    assert len(picture) < 20_000


def test_verdicts_print_what_a_class_reads():
    printed = repr(heelkit.verdicts(["claim_084"]))
    assert "WRONG" in printed
    assert all(part in " ".join(printed.split()) for part in KB.claims.loc["claim_084", ["claim", "why", "settled_by"]])
    assert list(heelkit.verdicts("prevention").table.index) == KB.claims.index[KB.claims["article_id"] == "prevention"].tolist()
    with pytest.raises(heelkit.InputError, match="nearest: 'claim_084'"):
        heelkit.verdicts("claim_84x")
