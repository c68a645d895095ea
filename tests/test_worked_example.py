"""The engine against arithmetic done by hand: four conditions, four findings, weights as log10."""

import numpy as np
import pytest

import heelkit
from heelkit.inquiry import entropy, expected_information
from heelkit.weights import discounted, weights

ASKED = {"present": ["numbness", "tinel_tarsal_tunnel", "dorsiflexion_eversion_test"], "absent": ["first_step_pain"]}

# condition: pretest, weights of numb heel, no first-step pain, Tinel sign, dorsiflexion-eversion test, score, probability at discount 0, 0.5, 1
TABLE = {
    "tarsal_tunnel_syndrome": (0.05, 0.78, 0.07, 1.04, 1.04, 1.11, 0.45, 0.74, 0.90),
    "diabetic_polyneuropathy": (0.15, 0.78, 0.14, 0.53, 0.00, 0.63, 0.49, 0.24, 0.09),
    "s1_radiculopathy": (0.10, 0.56, 0.14, -0.30, -0.30, -0.74, 0.03, 0.01, 0.00),
    "plantar_fasciitis": (0.50, -0.78, -0.85, -0.30, 0.53, -1.69, 0.00, 0.00, 0.00),
    "none_of_these": (0.20, 0, 0, 0, 0, -0.70, 0.02, 0.01, 0.00),
}


@pytest.fixture(scope="module")
def kb(worked_example):
    return heelkit.load(worked_example)


def test_nothing_asked_gives_the_pretest_weights(kb):
    probability = heelkit.rank(kb=kb)["probability"]
    assert {c: round(p, 6) for c, p in probability.items()} == {c: row[0] for c, row in TABLE.items()}


def test_weights_of_single_findings_to_the_printed_digits(kb):
    w = weights(kb)
    for condition, row in TABLE.items():
        if condition == "none_of_these":
            continue
        j = w.column[condition]
        computed = [
            w.present[w.row["numbness"], j],
            w.absent[w.row["first_step_pain"], j],
            w.present[w.row["tinel_tarsal_tunnel"], j],
            w.present[w.row["dorsiflexion_eversion_test"], j],
        ]
        assert np.allclose(computed, row[1:5], atol=0.0051), condition


@pytest.mark.parametrize(("discount", "column"), [(0, 6), (0.5, 7), (1, 8)])
def test_probabilities_to_the_printed_digits(kb, discount, column):
    ranking = heelkit.rank(**ASKED, discount=discount, kb=kb)
    assert {c: round(p, 2) for c, p in ranking["probability"].items()} == {c: row[column] for c, row in TABLE.items()}


def test_scores_to_the_printed_digits(kb):
    ranking = heelkit.rank(**ASKED, kb=kb)
    scores = ranking["log10_odds"] + np.log10(0.2)
    assert {c: round(s, 2) for c, s in scores.items()} == {c: row[5] for c, row in TABLE.items()}


def test_leader_changes_with_the_discount(kb):
    leaders = [heelkit.rank(**ASKED, discount=r, kb=kb).index[0] for r in (0, 0.5)]
    assert leaders == ["diabetic_polyneuropathy", "tarsal_tunnel_syndrome"]


def test_explain_says_which_finding_was_discounted(kb):
    reasons = heelkit.explain("tarsal_tunnel_syndrome", **ASKED, kb=kb).set_index("finding_id")
    pair = reasons.loc[["tinel_tarsal_tunnel", "dorsiflexion_eversion_test"]]
    assert sorted((pair["log10_lr"] / pair["full_log10_lr"]).round(6)) == [0.5, 1.0]
    assert pair["why"].str.contains("Counted at 50%").sum() == 1


def test_discount_sorts_findings_for_and_against_apart():
    weight = np.array([[0.4, -0.1], [1.0, -0.5], [-0.2, 0.3], [0.8, 0.0]])
    expected = np.array([[0.4 * 0.25, -0.1 * 0.5], [1.0, -0.5], [-0.2, 0.3], [0.8 * 0.5, 0.0]])
    assert np.allclose(discounted(weight, 0.5), expected)


def test_expected_information_of_the_hand_check():
    belief, positive = np.array([0.6, 0.4]), np.array([[0.8, 0.3]])
    assert round(float((belief * positive).sum()), 2) == 0.60
    assert round(float(entropy(belief)), 3) == 0.971
    assert round(float(entropy(np.array([0.8, 0.2]))), 3) == 0.722
    assert round(float(entropy(np.array([0.3, 0.7]))), 3) == 0.881
    assert round(float(expected_information(belief, positive)[0]), 3) == 0.185
