"""Whatever a page sends, in whatever order: no error, a state that is valid, and a `.result` that is what the library gives for it.

A few hundred messages belong to every test run; `make fuzz` makes 5,000 toggles of the condition explorer.
"""

import os

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

import heelkit
from heelkit.differential import NONE_OF_THESE
from heelkit.explore import alarms, card, claims, clinic, conditions, lesion, next_test, odds, pressure, progress, quiz, skin, timeline, where, wiring
from heelkit.explore.widget import Explorer
from heelkit.progress import read_events

FULL = os.environ.get("HEELKIT_FUZZ") == "full"
TOGGLES, MESSAGES = (5_000, 100) if FULL else (150, 6)
STEPS = 50
CALM = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck), "phases": [Phase.explicit, Phase.generate]}
KB = heelkit.load()
FINDINGS = st.sampled_from(list(KB.findings.index))
CONDITIONS = st.sampled_from([*KB.conditions.index, NONE_OF_THESE])
SETTINGS = st.sampled_from(list(KB.settings.index))
DISCOUNTS = st.sampled_from([0, 0.25, 0.5, 0.75, 1])
toggles = 0


@pytest.fixture(autouse=True)
def own_record(tmp_path, monkeypatch):
    monkeypatch.setenv("HEELKIT_PROGRESS", str(tmp_path / "record.jsonl"))


def junk(*ids) -> st.SearchStrategy:
    """What no button sends: JSON of any form, with real ids in wrong places."""
    leaf = st.one_of(st.none(), st.booleans(), st.integers(-5, 10**6), st.floats(), st.text(max_size=8), st.sampled_from(["present", "absent", "", "A", *ids]))
    return st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.sampled_from(ids or ["x"]), inner, max_size=3)
    )


class ConditionsOnAPage(RuleBasedStateMachine):
    """A student who clicks on everything, beside a model that knows only which findings were toggled."""

    @initialize(language=st.sampled_from(["en", "es"]))
    def show(self, language):
        self.explorer = conditions(language=language)
        self.language = language
        self.answers, self.more = {}, {"setting": "primary_care", "discount": 0.5, "condition": None, "prediction": None}

    @rule(finding=FINDINGS, state=st.sampled_from(["present", "absent"]))
    def toggle(self, finding, state):
        global toggles
        toggles += 1
        if self.answers.get(finding) == state:
            del self.answers[finding]
        else:
            self.answers[finding] = state
        self.explorer.set_state({"answers": dict(self.answers)})

    @rule(findings=st.lists(FINDINGS, min_size=4, max_size=12, unique=True), state=st.sampled_from(["present", "absent"]))
    def toggle_several(self, findings, state):
        for finding in findings:
            self.toggle(finding, state)

    @rule(trait=st.sampled_from(["setting", "discount", "condition", "prediction"]), data=st.data())
    def choose(self, trait, data):
        of = {"setting": SETTINGS, "discount": DISCOUNTS, "condition": CONDITIONS, "prediction": CONDITIONS}
        self.more[trait] = data.draw(of[trait])
        self.explorer.set_state({trait: self.more[trait]})

    @rule(present=st.lists(FINDINGS, max_size=3, unique=True), setting=SETTINGS)
    def set_in_python(self, present, setting):
        self.explorer.state = {"present": present, "absent": [], "setting": setting}
        self.answers, self.more["setting"] = dict.fromkeys(present, "present"), setting

    @precondition(lambda self: self.answers)
    @rule()
    def start_over(self):
        start = self.explorer.start
        self.explorer.set_state(dict(start))
        self.answers, self.more = dict(start["answers"]), {trait: start[trait] for trait in self.more}

    @rule(finding=FINDINGS)
    def refuse_in_python(self, finding):
        with pytest.raises(heelkit.InputError):
            self.explorer.state = {"setting": "running_clinic", "present": [finding], "absent": [finding]}

    @rule(trait=st.sampled_from(["answers", "setting", "discount", "condition", "prediction"]), data=st.data())
    def send_nonsense(self, trait, data):
        value = data.draw(junk(*KB.findings.index[:3]).filter(lambda value: value not in (None, "", {}, 0, 1)))
        if isinstance(value, float) and 0 < value < 1:
            return  # sense, for a discount
        self.explorer.set_state({trait: value})
        assert self.explorer.notice

    @invariant()
    def state_and_result_are_those_of_the_library(self):
        present, absent = ([f for f, state in self.answers.items() if state == wanted] for wanted in ("present", "absent"))
        assert self.explorer.state == {"present": present, "absent": absent, **self.more}
        case = {"setting": self.more["setting"], "discount": self.more["discount"], "language": self.language}
        ranking = heelkit.rank(present, absent, **case)
        pd.testing.assert_frame_equal(self.explorer.result, ranking)
        view = self.explorer.view
        assert [(b["condition_id"], b["probability"]) for b in view["ranking"][:10]] == list(ranking["probability"].head(10).items())
        assert [f["red_flag_id"] for f in view["red_flags"]] == heelkit.red_flags(present, absent)["red_flag_id"].tolist()
        assert [q["finding_id"] for q in view["next"]] == heelkit.next_questions(present, absent, **case)["finding_id"].head(5).tolist()


def test_the_condition_explorer_agrees_with_the_library_after_any_toggles():
    run_state_machine_as_test(ConditionsOnAPage, settings=settings(max_examples=TOGGLES // 20, stateful_step_count=STEPS, **CALM))
    assert toggles >= TOGGLES


MUSCLES, REGIONS, REFLEXES, SITES = (st.sampled_from(list(KB.tables[t].index)) for t in ("muscles", "regions", "reflexes", "sites"))
AREAS, SEVERAL_MUSCLES = (st.lists(one, max_size=3, unique=True) for one in (REGIONS, MUSCLES))
VIEWS = st.lists(st.sampled_from(["plantar", "medial"]), max_size=2, unique=True)
ANSWERS = st.dictionaries(FINDINGS, st.sampled_from(["present", "absent"]), max_size=5)
NERVES = st.sampled_from(["root_s1", "root_l5", "medial_plantar_nerve", "tibial_nerve", "sural_nerve"])
MAPS = st.sampled_from(["harrison_2015", "keegan_garrett_1948", "bromley_frcem"])
ASKED = list(KB.questions.index[KB.questions["notebook"] == "05"])
TESTED = st.sampled_from(sorted(KB.test_accuracy["condition_id"].dropna().unique()))
TESTS = st.sampled_from(sorted(KB.test_accuracy["finding_id"].unique()))
COMMITMENT = st.fixed_dictionaries(
    {
        "conditions": st.lists(CONDITIONS, min_size=1, max_size=2),
        "site": st.none() | SITES,
        "urgency": st.sampled_from(["act_now", "today", "no_hurry"]),
        "confidence": st.floats(0, 1),
    }
)
EXPLORERS = {  # how to make it, and for each trait that the page sends what a button could send
    "where": (
        where,
        {
            "muscles": st.dictionaries(MUSCLES, st.sampled_from(["weak", "strong"]), max_size=3),
            "skin": st.dictionaries(REGIONS, st.sampled_from(["numb", "normal"]), max_size=3),
            "reflexes": st.dictionaries(REFLEXES, st.sampled_from(["reduced", "normal", "brisk"]), max_size=2),
            "dermatome_map": st.none() | MAPS,
            "prediction": st.none() | SITES,
        },
    ),
    "next_test": (
        next_test,
        {
            "answers": ANSWERS,
            "setting": SETTINGS,
            "kinds": st.sampled_from([["history"], ["examination", "test"], ["history", "examination", "test"]]),
            "choice": FINDINGS,
        },
    ),
    "odds": (
        odds,
        {
            "condition": TESTED,
            "setting": SETTINGS,
            "tests": st.lists(st.tuples(TESTS, st.sampled_from(["present", "absent"])).map(list), max_size=3),
            "prediction": st.fixed_dictionaries({"probability": st.floats(0, 1), "case": st.just([])}),
        },
    ),
    "skin": (
        lambda: skin("root_s1"),
        {
            **{"target": st.none() | NERVES, "dermatome_map": st.none() | MAPS, "compare": st.none() | MAPS, "side": st.sampled_from(["right", "left"])},
            **{
                "selected": AREAS,
                "views": VIEWS,
                "revealed": st.booleans(),
            },
        },
    ),
    "quiz": (
        lambda: quiz("05"),
        {
            "question": st.sampled_from(ASKED),
            "answers": st.dictionaries(st.sampled_from(ASKED), st.sampled_from("ABCDEF"), max_size=3),
            "sure": st.dictionaries(st.sampled_from(ASKED), st.sampled_from([25, 50, 75, 95, 100]), max_size=3),
        },
    ),
    "clinic": (clinic, {"case": st.sampled_from(list(KB.cases.index)), "asked": st.lists(FINDINGS, max_size=4, unique=True), "commitment": COMMITMENT}),
    "alarms": (alarms, {"answers": st.dictionaries(st.sampled_from(list(KB.alarms.index)), st.sampled_from(["act_now", "no_hurry", "soon"]), max_size=3)}),
    "claims": (claims, {"verdicts": st.dictionaries(st.sampled_from(list(KB.claims.index)), st.sampled_from(["wrong", "supported", "right"]), max_size=3)}),
    "lesion": (
        lesion,
        {
            "site_id": SITES,
            "skin": AREAS,
            "muscles": SEVERAL_MUSCLES,
            "revealed": st.booleans(),
        },
    ),
    "wiring": (
        wiring,
        {"node_id": NERVES, "cut": st.none() | NERVES, "numb": AREAS, "weak": SEVERAL_MUSCLES},
    ),
    "pressure": (pressure, {"leg": st.sampled_from(["healthy", "chronic_exertional"]), "rest": st.floats(-10, 100), "minutes": st.floats(0, 90)}),
    "timeline": (timeline, {"drugs": st.lists(st.tuples(st.sampled_from(list(KB.drugs.index)), st.integers(0, 90), st.none()).map(list), max_size=3)}),
    "progress": (progress, {"topic": st.none() | st.sampled_from(["05", "cases"])}),
    "card": (card, {"condition": CONDITIONS, "shown": st.booleans()}),
}
LIBRARY = {  # what `.result` must be, asked of the library
    "where": lambda s: heelkit.localize(**{k: v for k, v in s.items() if k != "prediction"}),
    "next_test": lambda s: heelkit.next_questions(s["present"], s["absent"], s["kinds"], s["setting"]),
    "quiz": lambda s: pd.DataFrame({part: [s[trait].get(q) for q in ASKED] for part, trait in (("answer", "answers"), ("sure", "sure"))}, ASKED),
}


def messages(name: str, explorer: Explorer) -> st.SearchStrategy:
    """One or two traits at once, each with what a button could send or with nonsense."""
    buttons = EXPLORERS[name][1]
    nonsense = junk(*KB.findings.index[:2], *KB.sites.index[:1], *ASKED[:1])
    traits = {t: buttons.get(t, nonsense) | nonsense for t in (*buttons, *getattr(explorer, "PARTS", ()), "no_such_trait")}
    one = st.sampled_from(sorted(traits)).flatmap(lambda t: traits[t].map(lambda value: {t: value}))
    return st.lists(st.tuples(one, one).map(lambda both: both[0] | both[1]) | one, min_size=1, max_size=4)


@pytest.mark.parametrize("name", EXPLORERS)
def test_no_message_of_a_page_breaks_an_explorer(name):
    make = EXPLORERS[name][0]
    explorer, fresh = make(), make()
    plain = dict(explorer.state)

    @settings(max_examples=MESSAGES, **CALM)
    @given(sent=messages(name, explorer))
    def send(sent):
        explorer.state = plain
        for message in sent:
            explorer.set_state(message)
            if name == "odds" and explorer.view["error"]:
                continue  # two levels of one score: the page says so, and there is no result
            fresh.state = plain
            fresh.state = explorer.state
            assert fresh.state == explorer.state
            result = explorer.result
            pd.testing.assert_frame_equal(result, fresh.result)
            if name in LIBRARY:
                expected = LIBRARY[name](explorer.state)
                shared = [c for c in expected if c in result]
                assert shared
                pd.testing.assert_frame_equal(result[shared], expected[shared], check_dtype=False, check_names=False, check_index_type=False)

    send()
    assert read_events().attrs["problems"] == []
