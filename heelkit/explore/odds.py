"""The odds explorer: predict what a test result does to a probability, then see the nomogram, 1000 patients, and the study behind the number."""

import html
import math

import pandas as pd
import traitlets

from heelkit.citations import citation, percent
from heelkit.differential import pretest
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.catalogs import setting_list
from heelkit.explore.widget import Explorer, html_table
from heelkit.language import ENGLISH, Speech, speech
from heelkit.odds import RESULTS, USES, chain, test_result
from heelkit.progress import record
from heelkit.reasons import PRETEST
from heelkit.tables import KnowledgeBase, load, unknown

NAMES = ("condition", "setting", "tests", "prediction")
PATIENTS = 1000
CLOSE = 0.18  # base-10 logarithms of odds: a prediction so near is called very close
HEADS = ("test", "result", "printed", "counted", "after")
COLUMNS = ["finding_id", "label", "result", "ratio_printed", "ratio_used", "ratio_counted", "odds", "probability", "warnings", "why"]


class OddsExplorer(Explorer):
    """The widget behind `heelkit.explore.odds`.

    `.state` is a dict with `condition`, `setting`, `tests` (finding id to present or absent, in the order chosen) and `prediction` (0..1;
    None while the student has not committed); assign to it to set several at once. `.result` is what `heelkit.odds.chain` gives for that
    state: the tests with a number, or only the starting point when there are none.
    """

    _esm = module("odds")
    words = traitlets.Dict().tag(sync=True)
    catalog = traitlets.Dict().tag(sync=True)
    condition = traitlets.Unicode("").tag(sync=True)
    setting = traitlets.Unicode("primary_care").tag(sync=True)
    tests = traitlets.List().tag(sync=True)  # pairs [finding id, result]: the order counts
    prediction = traitlets.Dict(None, allow_none=True).tag(sync=True)  # probability, and the case it was made for; empty: none wanted
    start = traitlets.Dict().tag(sync=True)  # what "Start over" returns to
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, kb: KnowledgeBase, predict: bool, language: str, state: dict):
        self._kb, self._say = kb, speech(kb, "odds", language)
        self._catalog = _catalog(self._say)
        traits = self._checked(state, {}) | {"prediction": None if predict else {}}
        super().__init__(words=self._say.words, catalog=self._catalog, start=traits, **traits)
        self._follow("condition", "setting", "tests", "prediction")

    def _checked(self, state: dict, before: dict) -> dict:
        """The traits for a state. Raises ValueError, before anything changes, when a part of it is not valid."""
        if strangers := [k for k in state if k not in NAMES]:
            raise unknown("part of the state", strangers, NAMES)
        offered = {c["id"]: {t["id"] for t in c["tests"]} for c in self._catalog["conditions"]}
        condition = state.get("condition") or before.get("condition") or next(iter(offered))
        setting, tests = (
            state.get("setting", before.get("setting", "primary_care")),
            state.get("tests", () if "condition" in state else before.get("tests", ())),
        )
        if condition not in self._kb.conditions.index:
            raise unknown("condition", [condition], self._kb.conditions.index)
        if condition not in offered:
            raise InputError(f"No test is in the table for '{condition}'. Conditions with tests: {', '.join(sorted(offered))}.")
        pretest(self._kb, setting)
        chosen = dict(tests) if isinstance(tests, dict) else dict.fromkeys([tests] if isinstance(tests, str) else tests, "present")
        for finding, result in chosen.items():
            if result not in RESULTS:
                raise unknown("result", [result], RESULTS)
            if finding not in offered[condition]:
                test_result(finding, condition, result, self._kb)  # says which tests there are
        self._chain(condition, setting, chosen)
        traits = {"condition": condition, "setting": setting, "tests": [list(pair) for pair in chosen.items()]}
        if "prediction" in state:
            value = state["prediction"]
            if value is not None and not (isinstance(value, (int, float)) and 0 <= value <= 1):
                raise InputError(f"The prediction is {value!r}; it must lie between 0 and 1 (0.8 means 80 %).")
            traits["prediction"] = None if value is None else {"probability": float(value), "case": _case(**traits)}
        return traits

    def _numbered(self, condition: str, chosen: dict) -> dict:
        numbers = next(c["numbers"] for c in self._catalog["conditions"] if c["id"] == condition)
        return {f: r for f, r in chosen.items() if f in numbers}

    def _chain(self, condition: str, setting: str, chosen: dict) -> pd.DataFrame:
        """What `chain` gives, in the order chosen within each result; only its first row when no test with a number is chosen."""
        known = self._numbered(condition, chosen)
        if known:
            present, absent = ([f for f, r in known.items() if r == wanted] for wanted in RESULTS)
            return chain(condition, present, absent, setting, kb=self._kb, language=self._say.language)
        p = float(pretest(self._kb, setting)[condition])
        why = self._say("starting_point", setting=self._say.of("settings", "label", setting))
        return pd.DataFrame([(PRETEST, self._say("before_any_test"), PRETEST, math.nan, math.nan, math.nan, p / (1 - p), p, "", why)], columns=COLUMNS)

    @property
    def state(self) -> dict:
        """What the student has set."""
        prediction = (self.prediction or {}).get("probability")
        return {"condition": self.condition, "setting": self.setting, "tests": dict(self.tests), "prediction": prediction}

    @state.setter
    def state(self, state: dict):
        traits = self._checked(state, self.state)
        with self.hold_trait_notifications():
            for name, value in traits.items():
                setattr(self, name, value)

    @property
    def result(self) -> pd.DataFrame:
        """The chain of the chosen tests, as `heelkit.odds.chain` gives it."""
        return self._chain(self.condition, self.setting, dict(self.tests))

    def _keep(self, changed: dict) -> None:
        mine = (changed.get("prediction") or {}).get("probability")
        if mine is None:
            return
        view, state = self.view, self.state
        right = abs(_logit(mine) - _logit(view["final"])) < CLOSE if view["rows"] else None
        more = {part: state[part] for part in ("condition", "setting", "tests")} | {"before": view["pretest"], "answer": view["final"]}
        record("prediction", "odds", topic="predictions", given=f"{mine:g}", right=right, more=more)

    def _refresh(self):
        chosen, seen, say = dict(self.tests), _case(self.condition, self.setting, self.tests), self._say
        error = ""
        try:
            steps = self.result
        except ValueError as problem:  # two levels of one score, chosen in the browser
            error, steps = str(problem), self._chain(self.condition, self.setting, {})
        first, last = float(steps["probability"].iloc[0]), float(steps["probability"].iloc[-1])
        rows = [] if error else [self._row(step) for step in steps.iloc[1:].itertuples()]
        silent = [self._silent(f, r) for f, r in chosen.items() if f not in self._numbered(self.condition, chosen)]
        name, all_rows = say.of("conditions", "name", self.condition), self._kb.test_accuracy
        ids = sorted({s for r in rows for s in str(all_rows.loc[r["accuracy_id"], "source_ids"]).split(";") if s})
        ratio = math.prod(r["counted"] for r in rows)
        told = {"name": name, "before": percent(first), "after": percent(last), "n": len(rows)}
        self.view = {
            "case": seen,  # what this view answers to
            "name": name,
            "pretest": first,
            "final": last,
            "ratio": ratio,
            "rows": rows,
            "silent": silent,
            "error": error,
            "icons": [] if error else [_after(name, last, bool(rows), say), *(i for r in rows if (i := self._all_tested(r, name, first)))],
            "sources": [citation(s, self._kb) for s in ids],
            "sentence": error or say("sentence_after" if rows else "sentence_before", **told),
        }

    def _row(self, step) -> dict:
        say, test = self._say, test_result(step.finding_id, self.condition, step.result, self._kb)
        study = ((say(word), say.of("test_accuracy", column, test.accuracy_id)) for word, column in (("patients", "n"), ("compared", "reference_standard")))
        return {
            "accuracy_id": test.accuracy_id,
            "finding_id": step.finding_id,
            "label": step.label,
            "result": step.result,
            "printed": None if math.isnan(step.ratio_printed) else step.ratio_printed,
            "used": step.ratio_used,
            "counted": step.ratio_counted,
            "probability": step.probability,
            "why": step.why,
            "quality": say(f"quality_{test.quality}"),
            "reason": say.of("test_accuracy", "quality_reason", test.accuracy_id),
            "study": "; ".join(f"{what}: {text}" for what, text in study if text),
            "warnings": [say(f"warning_{word}") for word in test.warnings],
        }

    def _silent(self, finding: str, result: str) -> dict:
        """A test without a number, with what the table says of it; the list of other tests is on the left of the screen already."""
        rows, say = self._kb.test_accuracy, self._say
        own = rows.index[(rows["finding_id"] == finding) & (rows["condition_id"] == self.condition)]
        first = min(own, key=lambda i: (USES.index(rows.loc[i, "use"]), i))
        return {"finding_id": finding, "label": say.of("findings", "label", finding), "why": say.of("test_accuracy", "quality_reason", first)}

    def _all_tested(self, row: dict, name: str, before: float) -> dict | None:
        """Both results of one test in 1000 patients, when both ratios as the engine uses them tell something."""
        positive, negative = (test_result(row["finding_id"], self.condition, r, self._kb).used for r in RESULTS)
        if not negative < 1 < positive:
            return None
        specificity = (positive - 1) / (positive - negative)
        sick = round(PATIENTS * before)
        found = round(sick * positive * (1 - specificity))
        alarms = round((PATIENTS - sick) * (1 - specificity))
        groups = [found, sick - found, alarms, PATIENTS - sick - alarms]
        counts = {"all": PATIENTS, "sick": sick, "found": found, "missed": sick - found, "alarms": alarms, "positive": found + alarms}
        text = self._say("all_tested" if found + alarms else "all_tested_none", **counts)
        return {"title": self._say("all_tested_title", label=row["label"]), "of": name, "groups": groups, "text": text}

    def __repr__(self):
        return f"OddsExplorer(condition='{self.condition}', setting='{self.setting}', tests={dict(self.tests)})"

    def _picture(self) -> str:
        """The question, and the chain as a table, hidden until the reader predicts."""
        view, say, label = self.view, self._say, self._say.column("findings", "label")
        asked = "; ".join(f"{label[f]}: {say(r)}" for f, r in self.tests) or say("no_test_yet")
        cells = [
            (r["label"], say(r["result"]), say("none") if r["printed"] is None else f"{r['printed']:.3g}", f"{r['counted']:.2f}", percent(r["probability"]))
            for r in view["rows"]
        ]
        table = html_table([html.escape(say(f"head_{h}")) for h in HEADS], [map(html.escape, row) for row in cells])
        notes = "".join(f"<li>{html.escape(r['label'])}: {html.escape(' '.join(r['warnings']))}</li>" for r in view["rows"] if r["warnings"])
        notes += "".join(f"<li>{html.escape(s['label'])}: {html.escape(s['why'])}</li>" for s in view["silent"])
        shown = f"<p>{html.escape(view['sentence'])}</p>{table}<ul>{notes}</ul>"
        if self.prediction is None:
            shown = f"<details><summary>{html.escape(say('predict_then_open'))}</summary>{shown}</details>"
        case = " &middot; ".join(html.escape(part) for part in (say.of("settings", "label", self.setting), asked))
        return f"<p><b>{html.escape(view['name'])}</b> &middot; {case}</p>{shown}<p><i>{html.escape(say('picture'))}</i></p>"


def _case(condition: str, setting: str, tests: list) -> list:
    return [condition, setting, [list(pair) for pair in tests]]


def _logit(p: float) -> float:
    return math.log10(p / (1 - p)) if 0 < p < 1 else math.copysign(math.inf, p - 0.5)


def _after(name: str, probability: float, tested: bool, say: Speech) -> dict:
    sick = round(PATIENTS * probability)
    who, few = say("with_results" if tested else "without_results"), say("few_0" if sick == 0 else "few_1" if sick == 1 else "few_n", n=sick)
    return {
        "title": say("patients_who", who=who),
        "of": name,
        "groups": [sick, 0, 0, PATIENTS - sick],
        "text": say("of_patients", all=PATIENTS, who=who, few=few),
    }


def _catalog(say: Speech) -> dict:
    """What the browser needs to know once: settings, and the conditions with their tests."""
    kb, labels, names = say.kb, say.column("findings", "label"), say.column("conditions", "name")
    table = kb.test_accuracy[kb.test_accuracy["condition_id"].notna() & kb.test_accuracy["finding_id"].notna()]
    has_number = table["lr_positive"].notna() | table["lr_negative"].notna()
    conditions = []
    for condition, rows in table.groupby("condition_id"):
        numbers = sorted(table[has_number & (table["condition_id"] == condition)]["finding_id"].unique())
        told = rows.assign(other=rows["use"] != "default").sort_values("other").reset_index().drop_duplicates("finding_id")
        tests = [
            {
                "id": r.finding_id,
                "label": labels[r.finding_id],
                "number": r.finding_id in numbers,
                "how": " ".join(text for field in ("how_done", "positive_means") if (text := say.of("test_accuracy", field, r.accuracy_id))),
            }
            for r in told.itertuples()
        ]
        tests.sort(key=lambda t: (not t["number"], t["label"]))
        conditions.append({"id": condition, "name": names[condition], "tests": tests, "numbers": numbers})
    settings = setting_list(say)
    before = {s["id"]: {c["id"]: float(pretest(kb, s["id"])[c["id"]]) for c in conditions} for s in settings}
    return {"conditions": sorted(conditions, key=lambda c: c["name"]), "settings": settings, "pretest": before}


def odds(
    condition_id: str | None = None,
    setting: str = "primary_care",
    tests=(),
    predict: bool = True,
    kb: KnowledgeBase | None = None,
    language: str = ENGLISH,
) -> OddsExplorer:
    """From pretest to post-test: choose tests and results, predict, then see what the numbers say and how good their studies are.

    Parameters: `condition_id` (without it the first with tests) and `setting` at the start; `tests`, finding ids to "present" or "absent"
    (or only ids: all present); unless `predict` is False the student predicts the probability first; `language` "en" or "es".

    Returns a widget with `.state` (dict) and `.result` (DataFrame, as `heelkit.odds.chain`). Raises ValueError as `chain` does; a test that
    is in the table without a number may be chosen, and says so.

    >>> explorer = odds("deep_vein_thrombosis", "emergency_department", {"wells_dvt_high": "present"})
    >>> explorer
    OddsExplorer(condition='deep_vein_thrombosis', setting='emergency_department', tests={'wells_dvt_high': 'present'})
    >>> explorer.state = {"tests": {"d_dimer_raised": "absent"}}
    >>> explorer.result["ratio_used"].round(2).tolist()[1:]
    [0.13]
    """
    return OddsExplorer(kb or load(), predict, language, {"condition": condition_id, "setting": setting, "tests": tests})
