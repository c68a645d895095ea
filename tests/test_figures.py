"""Figures say what their tables say; the two explorers of tests and questions refuse bad input and print what the library gives."""

import json

import numpy as np
import pandas as pd
import pytest

import heelkit
from heelkit import figure_tables, figures, odds
from heelkit.explore.next_test import next_test as explore_next
from heelkit.explore.odds import odds as explore_odds

KB = heelkit.load()
CLOT = {"condition_id": "deep_vein_thrombosis", "present": ["wells_dvt_high", "d_dimer_raised"], "setting": "emergency_department"}


@pytest.fixture(scope="module")
def steps():
    return odds.chain(**CLOT)


@pytest.fixture(scope="module")
def forecasts():
    p = np.random.default_rng(7).uniform(size=120)
    return pd.DataFrame({"probability": p, "outcome": (np.random.default_rng(8).uniform(size=120) < p).astype(int)})


def every_figure(steps, forecasts):
    return {
        "nomogram": figures.nomogram(steps),
        "waterfall": figures.waterfall(steps),
        "explain": figures.waterfall(heelkit.explain("plantar_fasciitis", present=["first_step_pain"], absent=["tingling"])),
        "icons": figures.icon_array(figure_tables.icon_array_table(0.05, 0.9, 0.9)),
        "tests": figures.test_comparison(odds.comparison("s1_radiculopathy")),
        "questions": figures.information(heelkit.next_questions(present=["urinary_retention"])),
        "calibration": figures.calibration(forecasts),
    }


def font_sizes(value) -> list[float]:
    if isinstance(value, dict):
        return [v["size"] for k, v in value.items() if k.endswith("font") and "size" in v] + [s for v in value.values() for s in font_sizes(v)]
    return [s for v in value for s in font_sizes(v)] if isinstance(value, list) else []


def test_every_figure_is_readable_described_and_the_same_each_time(steps, forecasts):
    once, again = every_figure(steps, forecasts), every_figure(steps, forecasts)
    for name, figure in once.items():
        drawn = json.loads(figure.to_json())
        assert figure.to_json() == again[name].to_json(), name
        assert min(font_sizes(drawn["layout"])) >= 16, name
        caption = drawn["layout"]["title"]["subtitle"]["text"].replace("<br>", " ").replace("&lt;", "<").replace("&gt;", ">")
        assert caption == drawn["layout"]["meta"]["description"], name
        assert any(digit in caption for digit in "0123456789"), name
        marked = [t for t in drawn["data"] if "color" in t.get("marker", {}) and t["name"] != "start and end"]  # those stand at the ends
        looks = {(t["marker"].get("symbol", ""), t["marker"].get("pattern", {}).get("shape", "")) for t in marked}
        assert len(looks) == len(marked), name  # no two told apart by color alone


def test_the_last_line_of_the_nomogram_ends_where_the_chain_ends(steps):
    figure, table = figures.nomogram(steps), figure_tables.nomogram_table(steps)
    start, end = steps["probability"].iloc[[0, -1]]
    y = figure.data[-1].y
    assert 1 / (1 + 10 ** y[0]) == pytest.approx(start, abs=1e-5)
    assert 1 / (1 + 10 ** -y[2]) == pytest.approx(end, abs=1e-5)
    assert y[1] * 2 == pytest.approx(np.log10(steps["ratio_counted"].iloc[1:].prod()), abs=1e-5)
    assert table[table["pretest"] == start]["post_test"].iloc[-1] == pytest.approx(end)


def test_every_place_of_the_slider_lays_the_ruler_through_the_same_ratio(steps):
    figure = figures.nomogram(steps)
    slider, table = figure.layout.sliders[0], figure_tables.nomogram_table(steps)
    assert len(slider.steps) == table["pretest"].nunique()
    for step, (p, rows) in zip(slider.steps, table.groupby("pretest"), strict=True):
        assert step.method == "restyle"
        for (left, middle, right), row in zip(step.args[0]["y"], rows.itertuples(), strict=True):
            assert middle == pytest.approx((left + right) / 2, abs=2e-6)
            assert 1 / (1 + 10**left) == pytest.approx(p, rel=1e-4)
            assert 1 / (1 + 10**-right) == pytest.approx(row.post_test, rel=1e-4)
    assert slider.steps[slider.active].label == f"{steps['probability'].iloc[0] * 100:.3g}%"


def test_the_waterfall_of_a_chain_adds_up_to_its_odds(steps):
    table, figure = figure_tables.waterfall_table(steps), figures.waterfall(steps)
    assert table["odds"].tolist() == pytest.approx(steps["odds"].tolist())
    ends, up = figure.data[0], figure.data[1]
    assert ends.base + ends.x[1] == pytest.approx(np.log10(steps["odds"].iloc[-1]), abs=1e-5)
    assert 10 ** np.array(up.x) == pytest.approx(steps["ratio_counted"].iloc[1:].to_numpy(), rel=1e-5)


def test_the_waterfall_of_explain_ends_at_the_log_odds_of_rank():
    case = {"present": ["first_step_pain", "tingling"], "absent": ["tenderness_medial_calcaneal_tubercle"]}
    table = figure_tables.waterfall_table(heelkit.explain("plantar_fasciitis", **case))
    assert table["log10_after"].iloc[-1] == pytest.approx(heelkit.rank(**case).loc["plantar_fasciitis", "log10_odds"])


@pytest.mark.parametrize(("pretest", "sensitivity", "specificity"), [(0.05, 0.9, 0.9), (0, 1, 1), (1, 0.5, 0), (0.333, 0.777, 0.123), (0.0004, 0.9, 0.9)])
def test_a_thousand_patients_are_a_thousand_signs(pretest, sensitivity, specificity):
    table = figure_tables.icon_array_table(pretest, sensitivity, specificity)
    figure = figures.icon_array(table)
    assert table["people"].sum() == 1000
    assert (table["people"] >= 0).all()
    assert [len(trace.x) for trace in figure.data] == table["people"].tolist()
    assert len({(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)}) == 1000


def test_the_comparison_shows_each_study_with_both_numbers_at_its_place():
    tests = odds.comparison("s1_radiculopathy")
    table, figure = figure_tables.test_comparison_table(tests), figures.test_comparison(tests)
    shown = sorted((round(1 - x, 6), y) for trace in figure.data[1:] for x, y in zip(trace.x, trace.y, strict=True))
    assert shown == sorted((round(r.specificity, 6), r.sensitivity) for r in table.itertuples())
    missing = set(tests["label"]) - set(table["label"])
    assert missing
    assert all(label in figure.layout.meta["description"] for label in missing)
    low = next(t for t in figure.data if t.name == "low quality")
    rows = table[table["quality"] == "low"]
    assert list(low.error_y.array) == pytest.approx((rows["sensitivity_high"] - rows["sensitivity"]).fillna(0).tolist())


def test_information_bars_are_bits_per_effort_and_flags_are_named():
    questions = heelkit.next_questions(present=["urinary_retention"])
    figure = figures.information(questions, top=6)
    values = {y: x for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)}
    assert [values[i] for i in range(6)] == pytest.approx(questions["bits_per_effort"].head(6).tolist(), abs=1e-6)
    flagged = questions.head(6)["red_flag"] != ""
    assert [text.startswith("⚑") for text in figure.layout.yaxis.ticktext] == flagged.tolist()


def test_calibration_bins_hold_everybody_and_wilson_limits_are_those_of_odds(forecasts):
    table = figure_tables.calibration_table(forecasts, bins=4)
    assert table["n"].sum() == len(forecasts)
    assert (table["observed"] * table["n"]).sum() == pytest.approx(forecasts["outcome"].sum())
    first = table.iloc[0]
    hits = round(first["observed"] * first["n"])
    wilson = odds.two_by_two(hits, 1, int(first["n"]) - hits, 1).loc["sensitivity"]
    assert (first["low"], first["high"]) == pytest.approx((wilson["low"], wilson["high"]))
    assert (table["predicted"].between(table["from"], table["to"])).all()
    shown = figures.calibration(forecasts, bins=4).data[1]
    assert list(shown.y) == pytest.approx(table["observed"].tolist(), abs=1e-6)


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: figures.nomogram(pd.DataFrame({"label": ["x"]})), "needs a table with the column ratio; odds.chain gives one"),
        (lambda: figures.nomogram(pd.DataFrame({"label": ["x"], "ratio": [0]})), "must be a positive, finite number"),
        (lambda: figures.nomogram(pd.DataFrame({"label": ["x"], "ratio": [2]}), pretest=1), "strictly between 0 and 1"),
        (lambda: figures.nomogram(pd.DataFrame({"label": [], "ratio": []})), "has no rows"),
        (lambda: figures.waterfall(odds.chain(**CLOT).iloc[1:]), "first row of a waterfall is the starting point"),
        (lambda: figures.waterfall(KB.conditions), "waterfall needs a table"),
        (lambda: figure_tables.icon_array_table(1.2, 0.9, 0.9), "pretest probability is 1.2; it must lie between 0 and 1"),
        (lambda: figure_tables.icon_array_table(0.1, float("nan"), 0.9), "sensitivity is nan"),
        (lambda: figure_tables.icon_array_table(0.1, 0.9, 0.9, patients=0), "whole number from 1 to 10000"),
        (lambda: figures.icon_array(figure_tables.icon_array_table(0.1, 0.9, 0.9).iloc[:2]), "needs the rows true_positive"),
        (lambda: figures.test_comparison(odds.comparison("s1_radiculopathy").assign(sensitivity=np.nan)), "none has a place in the figure"),
        (lambda: figures.information(heelkit.next_questions(), top=0), "top is 0"),
        (lambda: figures.calibration(pd.DataFrame({"probability": [1.5], "outcome": [1]})), "Every probability must lie between 0 and 1"),
        (lambda: figures.calibration(pd.DataFrame({"probability": [0.5], "outcome": [2]})), "Every outcome must be 0"),
        (lambda: figures.calibration(pd.DataFrame({"probability": [], "outcome": []})), "has no rows"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(draw, sentence):
    with pytest.raises(ValueError, match=sentence):
        draw()


def test_markup_in_a_label_is_drawn_as_text():
    figure = figures.nomogram(pd.DataFrame({"label": ["<b>bold</b>"], "ratio": [2.0]}))
    assert "&lt;b&gt;bold" in figure.data[0].name
    assert "&lt;b&gt;bold" in figure.layout.title.subtitle.text


@pytest.mark.parametrize("condition", sorted(KB.test_accuracy["condition_id"].dropna().unique()))
def test_the_odds_explorer_takes_every_test_of_every_condition(condition):
    explorer = explore_odds(condition, predict=False)
    tests = next(c for c in explorer.catalog["conditions"] if c["id"] == condition)["tests"]
    for test in tests:
        for result in odds.RESULTS:
            explorer.state = {"tests": {test["id"]: result}}
            shown = [*explorer.view["rows"], *explorer.view["silent"]]
            assert [row["finding_id"] for row in shown] == [test["id"]]
            assert bool(explorer.view["rows"]) == test["number"]
            assert not explorer.view["silent"] or explorer.view["silent"][0]["why"]
            assert all(sum(icon["groups"]) == 1000 and min(icon["groups"]) >= 0 for icon in explorer.view["icons"])
            json.dumps(explorer.view, allow_nan=False)


def test_the_odds_explorer_prints_the_chain_and_the_warnings_of_its_studies():
    explorer = explore_odds("tarsal_tunnel_syndrome", tests=["dorsiflexion_eversion_test", "cuff_test"])
    pd.testing.assert_frame_equal(explorer.result, odds.chain("tarsal_tunnel_syndrome", ["dorsiflexion_eversion_test"]))
    measured = odds.test_result("dorsiflexion_eversion_test", "tarsal_tunnel_syndrome")
    assert explorer.view["rows"][0]["warnings"] == list(measured.warnings.values())
    assert explorer.view["silent"][0]["why"] == "We saw no accuracy study."
    picture = explorer._picture()
    assert "<details>" in picture
    assert all(sentence in picture for sentence in measured.warnings.values())


def test_two_levels_of_one_score_are_a_sentence_in_the_browser_and_an_error_in_python():
    explorer = explore_odds("deep_vein_thrombosis", predict=False)
    both = [["wells_dvt_high", "present"], ["wells_dvt_low", "present"]]
    explorer.tests = both  # as the browser sets it
    assert "cannot both be present" in explorer.view["error"]
    assert explorer.view["rows"] == []
    with pytest.raises(ValueError, match="cannot both be present"):
        explorer.state = {"tests": dict(both)}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: explore_odds("heel_spur"), "No test is in the table for 'heel_spur'"),
        (lambda: explore_odds("tarsal_tunel"), "Unknown condition 'tarsal_tunel'; nearest: 'tarsal_tunnel_mass', 'tarsal_tunnel_syndrome'"),
        (lambda: explore_odds("tarsal_tunnel_syndrome", tests=["straight_leg_raise"]), "Unknown finding|No likelihood ratio is known"),
        (lambda: explore_odds("tarsal_tunnel_syndrome", tests={"cuff_test": "maybe"}), "Unknown result 'maybe'"),
        (lambda: explore_odds("tarsal_tunnel_syndrome", setting="moon"), "Unknown setting 'moon'"),
        (lambda: setattr(explore_odds(), "state", {"prediction": 70}), "prediction is 70; it must lie between 0 and 1"),
        (lambda: setattr(explore_odds(), "state", {"test": {}}), "Unknown part of the state 'test'; nearest: 'tests'"),
        (lambda: explore_next(kinds="guess"), "Unknown kind of finding 'guess'"),
        (lambda: explore_next(setting="moon"), "Unknown setting 'moon'"),
        (lambda: explore_next(present=["tingling"], absent=["tingling"]), "Both present and absent: tingling"),
        (lambda: setattr(explore_next(["tingling"]), "state", {"choice": "tingling"}), "it is answered already"),
        (lambda: setattr(explore_next(kinds="test"), "state", {"choice": "tingling"}), "is not of these kinds: test"),
        (lambda: setattr(explore_next(), "state", {"choice": "tingeling"}), "nearest: 'tingling'"),
    ],
)
def test_an_explorer_refuses_bad_input_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_the_game_compares_the_choice_with_the_first_and_the_most_telling_question():
    game = explore_next(["urinary_retention"])
    assert game.view["cards"] == []  # nothing is told before the student commits
    game.state = {"choice": "back_pain"}
    questions = heelkit.next_questions(["urinary_retention"])
    pd.testing.assert_frame_equal(game.result.drop(columns="chosen"), questions)
    cards = {card["finding_id"]: card for card in game.view["cards"]}
    assert list(cards) == ["back_pain", questions["finding_id"].iloc[0], questions.loc[questions["bits_per_effort"].idxmax(), "finding_id"]]
    mine = questions[questions["finding_id"] == "back_pain"].iloc[0]
    assert (cards["back_pain"]["bits"], cards["back_pain"]["place"]) == (mine["bits"], mine.name + 1)
    assert cards[questions["finding_id"].iloc[0]]["flags"] == [KB.red_flags.loc["rf_cauda_equina", "name"]]
    after = heelkit.rank(["urinary_retention", "back_pain"]).head(3)
    assert [r["probability"] for r in cards["back_pain"]["after"]["present"]] == after["probability"].tolist()


def test_stopping_is_judged_by_the_stop_sentence_and_by_red_flags():
    game = explore_next(["first_step_pain"])
    game.state = {"choice": "stop"}
    assert "asking still pays" in game.view["verdict"]
    game.state = {"present": ["urinary_retention", "saddle_anesthesia"], "choice": "stop"}
    assert "act now" in game.view["verdict"]
    assert game.view["flags"][0]["level"] == "act_now"
    settled = ["first_step_pain", "tenderness_medial_calcaneal_tubercle", "pain_heel_plantar"]
    game.state = {"present": settled, "choice": "stop", "kinds": "history"}
    stop = heelkit.next_questions(settled, kinds="history").attrs["stop"]
    assert game.view["stop"] == stop
    assert ("right to" in game.view["verdict"]) == bool(stop)
