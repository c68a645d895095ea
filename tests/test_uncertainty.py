"""How sure is the ranking: bands, what would change it, and how wrong a number may be."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heelkit
from heelkit import uncertainty as room
from heelkit.differential import log_pretest, probabilities
from heelkit.weights import discounted, weights

KB = heelkit.load()
W = weights(KB)
PRESENT, ABSENT = ["numb_heel_plantar", "tinel_tarsal_tunnel", "tingling", "dorsiflexion_eversion_test"], ["first_step_pain", "back_pain"]
patients = st.lists(st.sampled_from(sorted(KB.findings.index)), unique=True, min_size=1, max_size=16).flatmap(
    lambda asked: st.integers(0, len(asked)).map(lambda cut: (asked[:cut], asked[cut:]))
)
discounts = st.sampled_from([0.0, 0.3, 0.5, 1.0])
few = settings(max_examples=40, deadline=None)


@few
@given(patients, discounts)
def test_certainty_is_the_ranking_with_a_band_on_every_probability(patient, discount):
    table = room.certainty(*patient, discount=discount, draws=60)
    pd.testing.assert_frame_equal(table[heelkit.rank().columns], heelkit.rank(*patient, discount=discount))
    assert ((table["low"] > 0) & (table["low"] <= table["high"]) & (table["high"] < 1)).all()
    assert np.isclose(table["share_first"].sum(), 1)


def test_the_same_seed_gives_the_same_band_and_another_seed_nearly_the_same():
    one, again, other = (room.certainty(PRESENT, ABSENT, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert not np.array_equal(one["low"], other["low"])
    assert (one[["low", "high"]] - other[["low", "high"]].reindex(one.index)).abs().max(axis=None) < 0.08


def test_a_leader_far_ahead_leads_in_every_redraw_and_a_toss_up_does_not():
    clear = room.certainty(["first_step_pain", "tenderness_medial_calcaneal_tubercle"], ["numbness"])
    assert clear["share_first"].iloc[0] == 1
    close = room.certainty(["tingling"])
    assert close["share_first"].max() < 1
    assert (close["share_first"] > 0).sum() > 1


def test_nothing_asked_leaves_nothing_to_redraw():
    table = room.certainty()
    assert np.allclose(table["low"], table["probability"])
    assert np.allclose(table["high"], table["probability"])


def _weights_of(finding, state, condition, draws=4000):
    asked = {"present": ([finding], []), "absent": ([], [finding])}[state]
    return room.redrawn(KB, *asked, draws, 3)[:, 0, W.column[condition]]


def test_a_word_is_redrawn_within_its_band_and_the_background_within_a_factor_of_2():
    row = KB.presentations[KB.presentations["percent_low"].isna() & (KB.presentations["frequency"] == "frequent")].iloc[0]
    b = W.background[W.row[row.finding_id]]
    drawn = _weights_of(row.finding_id, "present", row.condition_id)
    highest, lowest = 1 / (1 + (1 - b) / b / 2), 1 / (1 + (1 - b) / b * 2)
    assert drawn.min() >= np.log10(0.30 / highest)
    assert drawn.max() <= np.log10(0.79 / lowest)
    assert drawn.min() < np.log10(0.33 / highest)  # and the band is really used
    assert drawn.max() > np.log10(0.76 / lowest)
    assert abs(np.median(drawn) - W.present[W.row[row.finding_id], W.column[row.condition_id]]) < 0.05


def test_one_percentage_of_few_patients_gets_a_wider_band_than_one_of_many():
    tests = room.bands(KB)
    alone = ~np.isnan(tests.shown) & ~tests.measured
    n = np.where(alone, tests.shown + tests.missing, np.nan)
    middle = alone & (W.probability > 0.2) & (W.probability < 0.8)
    small, large = (np.argwhere(middle & pick)[0] for pick in (n <= np.nanquantile(n[middle], 0.2), n >= np.nanquantile(n[middle], 0.8)))

    def width(at):
        return np.std(_weights_of(W.findings[at[0]], "present", W.conditions[at[1]]))

    assert n[tuple(small)] < n[tuple(large)]
    assert width(small) > width(large)


def test_a_measured_ratio_moves_by_a_factor_of_2_before_it_is_shrunk():
    drawn = _weights_of("nsaid_response", "present", "spondyloarthritis_enthesitis")  # 5.1, moderate quality: x 0.75; no frequency comes before it
    assert drawn.min() == pytest.approx(0.75 * np.log10(5.1 / 2), abs=0.01)
    assert drawn.max() == pytest.approx(0.75 * np.log10(5.1 * 2), abs=0.01)


@few
@given(patients)
def test_silence_stays_silent_and_absence_caps_hold_in_every_redraw(patient):
    present, absent = patient
    drawn = room.redrawn(KB, present, absent, 20, 1)
    rows = [W.row[f] for f in [*present, *absent]]
    assert (drawn[:, ~W.speaks[rows]] == 0).all()
    caps = room.bands(KB).absence_cap[rows][len(present) :]
    assert (drawn[:, len(present) :] >= -caps - 1e-12).all()
    assert np.isfinite(drawn).all()


def test_blank_sides_of_measured_ratios_weigh_nothing_in_every_redraw():
    assert (_weights_of("age_over_70", "absent", "lumbar_spinal_stenosis") == 0).all()


@few
@given(patients, discounts)
def test_what_would_change_my_mind_is_what_the_ranking_would_say(patient, discount):
    present, absent = patient
    table = room.change_my_mind(present, absent, discount=discount)
    leader = table.attrs["leader"]
    assert leader == heelkit.rank(present, absent, discount=discount).index[0]
    assert not set(table["finding_id"]) & {*present, *absent}
    assert len(table) == 2 * (len(W.findings) - len({*present, *absent}))
    assert table["log10_weight"].abs().is_monotonic_decreasing
    before = heelkit.rank(present, absent, discount=discount).loc[leader, "probability"]
    for row in table.iloc[[0, 1, 5, 50, -1]].itertuples():
        more = ([*present, row.finding_id], absent) if row.state == "present" else (present, [*absent, row.finding_id])
        after = heelkit.rank(*more, discount=discount)
        assert np.isclose(after.loc[leader, "probability"], row.leader_probability)
        assert (row.new_leader or leader) == after.index[0] or np.isclose(*after["probability"].iloc[:2])
        change = np.log10(row.leader_probability / (1 - row.leader_probability)) - np.log10(before / (1 - before))
        assert np.isclose(change, row.log10_weight, atol=1e-6)


@few
@given(patients, discounts)
def test_the_margin_is_exactly_where_the_runner_up_draws_level(patient, discount):
    present, absent = patient
    table = room.margin(present, absent, discount=discount, draws=20)
    leader, second = table.attrs["leader"], table.attrs["runner_up"]
    asked = [*present, *absent]
    assert table["factor"].is_monotonic_increasing
    assert (table["factor"] >= 1 - 1e-9).all()
    for row in table.itertuples():
        full = np.concatenate([W.present[[W.row[f] for f in present]], W.absent[[W.row[f] for f in absent]]])
        pushed = W.column[row.condition_id]
        direction = -1 if row.condition_id == leader else 1
        full[asked.index(row.finding_id), pushed] += direction * np.log10(row.factor)
        scores = log_pretest(KB, "primary_care").copy()
        for group in np.unique(W.group[[W.row[f] for f in asked]]):
            members = [i for i, f in enumerate(asked) if W.group[W.row[f]] == group]
            scores[:-1] += discounted(full[members], discount).sum(axis=0)
        share = dict(zip([*W.conditions, "none_of_these"], probabilities(scores), strict=True))
        assert np.isclose(share[leader], share[second], rtol=1e-6)


def test_without_a_discount_every_margin_is_the_lead_itself():
    ranking = heelkit.rank(PRESENT, ABSENT, discount=1)
    lead = ranking["probability"].iloc[0] / ranking["probability"].iloc[1]
    assert np.allclose(room.margin(PRESENT, ABSENT, discount=1)["factor"], lead)


def test_the_margin_says_which_number_the_leader_hangs_on():
    table = room.margin(["tingling"])
    assert table.attrs["leader"] != table.attrs["runner_up"]
    assert (table["holds"] == (table["factor"] > table["band_factor"])).all()
    assert (table["band_factor"] >= 1).all()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: room.certainty(["first_step_pian"]), "Unknown finding 'first_step_pian'; nearest: 'first_step_pain'"),
        (lambda: room.certainty(draws=0), "draws is 0; it must be a whole number from 1 to 100000"),
        (lambda: room.certainty(draws=2.5), "draws is 2.5"),
        (lambda: room.certainty(seed=-1), "seed is -1"),
        (lambda: room.certainty(setting="home"), "Unknown setting 'home'"),
        (lambda: room.margin(["tingling"], discount=1.5), "discount is 1.5"),
        (lambda: room.change_my_mind(["tingling"], ["tingling"]), "Both present and absent: tingling"),
    ],
)
def test_bad_input_gets_a_plain_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_the_worked_example_folder_can_be_redrawn(worked_example):
    kb = heelkit.load(worked_example)
    asked = list(kb.findings.index)
    table = room.certainty(asked[:2], asked[2:4], kb=kb)
    assert np.isclose(table["share_first"].sum(), 1)
    assert (table["low"] <= table["high"]).all()
