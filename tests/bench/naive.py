"""The explorers as one would write them first: `ipywidgets.interact`, and a fresh plotly figure or page at every change.

Each function shows the same question as the explorer of its name, computed by the same library, and less around it than the explorer shows:
no notes, no sources to unfold, nothing kept. Every output names its turn, so that the browser sees when the new one is there.
"""

import itertools

import plotly.graph_objects as go
from IPython.display import HTML, display
from ipywidgets import ToggleButton, interact
from toggles import MAPS

import heelkit
from heelkit import compartment
from heelkit.bodymap import FOOT, svg
from heelkit.cases import Encounter
from heelkit.explore.territories import display as territory
from heelkit.explore.wiring import supplies
from heelkit.progress import read_events
from heelkit.questions import mark, questions
from heelkit.review import accuracy, calibration, schedule

_turn = itertools.count(1)


def _named(title: str) -> str:
    return f"{title} (turn {next(_turn)})"


def _bars(title: str, names, values) -> None:
    figure = go.Figure(go.Bar(y=list(names), x=list(values), orientation="h"))
    figure.update_layout(title=_named(title), height=420, margin={"l": 280, "t": 50, "b": 30}, yaxis={"autorange": "reversed"})
    display(figure)


def _page(title: str, *parts) -> None:
    bodies = [part.to_html(index=False) if hasattr(part, "to_html") else f"<p>{part}</p>" for part in parts]
    display(HTML(f"<h3>{_named(title)}</h3>{''.join(bodies)}"))


def _button(word: str) -> ToggleButton:
    return ToggleButton(False, description=word)


def conditions():
    def show(tingling):
        present, absent = ["first_step_pain", "start_up_stiffness", *(["tingling"] if tingling else [])], ["fever"]
        ranking = heelkit.rank(present, absent)
        leader = next(c for c in ranking.index if c != "none_of_these")
        reasons, questions = heelkit.explain(leader, present, absent), heelkit.next_questions(present, absent).head(5)
        display(heelkit.red_flags(present, absent), reasons[["label", "state", "log10_lr", "why"]], questions[["label", "bits", "effort"]])
        _bars("Which conditions fit", ranking.index[:8], ranking["probability"].head(8))

    return interact(show, tingling=_button("tingling"))


def skin():
    def show(dermatome_map):
        shown = territory(heelkit.load(), "root_s1", dermatome_map)
        _page(shown["title"], *(svg(view, shown["paint"]) for view in FOOT), *(f"{row['region_id']}: {row['head']} {row['text']}" for row in shown["rows"]))

    return interact(show, dermatome_map=MAPS)


def lesion():
    def show(dermatome_map):
        lost = heelkit.lesion("site_root_s1", dermatome_map)
        display(lost[["label", "direction", "probability", "row"]])
        _bars("What is lost", lost["label"], lost["probability"])

    return interact(show, dermatome_map=MAPS)


def wiring():
    def show(node):
        lost = supplies(node)
        display(lost[["label", "row"]])
        _bars(node, lost["label"], lost["share"])

    return interact(show, node=["tibial_nerve_popliteal", "root_s1"])


def where():
    def show(hallucis):
        weak = ["tibialis_anterior", *(["extensor_hallucis_longus"] if hallucis else [])]
        sites = heelkit.localize(weak=weak, strong=["tibialis_posterior"], numb=["foot_dorsum_central"])
        display(sites[["explained", "unexplained"]].head(8))
        _bars("Where it can be", sites.index[:8], sites["probability"].head(8))

    return interact(show, hallucis=_button("extensor hallucis weak"))


def odds():
    def show(d_dimer):
        present = ["wells_dvt_high", *(["d_dimer_raised"] if d_dimer else [])]
        steps = heelkit.odds.chain("deep_vein_thrombosis", present, [], "emergency_department")
        display(steps[["label", "ratio_used", "probability"]])
        display(heelkit.figures.waterfall(steps, title=_named("How the evidence adds up")))

    return interact(show, d_dimer=_button("d-dimer positive"))


def next_test():
    def show(choice):
        known = ["tingling", "numb_sole_medial"]
        questions, before = heelkit.next_questions(known), heelkit.rank(known)["probability"]
        after = heelkit.rank([*known, choice])["probability"].head(3), heelkit.rank(known, [choice])["probability"].head(3)
        display(*(p.to_frame().assign(before=before) for p in after))
        _bars(f"You ask: {choice}", questions["label"].head(10), questions["bits"].head(10))

    return interact(show, choice=["tinel_tarsal_tunnel", "diabetes"])


def quiz():
    asked = questions("04", heelkit.load())

    def show(answer):
        question = asked.iloc[0]
        reasons = [f"{o['letter']}. {o['option']} {o['reason']}" for o in question["options"]]
        _page(mark(asked.index[0], answer, heelkit.load()), question["stem"], question["lead_in"], *reasons)

    return interact(show, answer=["A", "B"])


def card():
    def show(condition):
        found = heelkit.cards.card(condition)
        _page(condition, found.findings_for, found.findings_against, found.tests, found.look_alikes, found.red_flags, found.sources, *found.management)

    return interact(show, condition=["tarsal_tunnel_syndrome", "plantar_fasciitis"])


def claims():
    told = heelkit.load().claims

    def show(claim):
        row = told.loc[claim]
        _page(row["verdict"], row["claim"], row["why"], row["settled_by"], heelkit.cite(row["source_ids"].split(";")))

    return interact(show, claim=list(told.index[told["article_id"] == "treatments_plantar_heel"][:2]))


def alarms():
    def show(story):
        told = heelkit.load().alarms.loc[story]
        fired = heelkit.red_flags((told["present"] or "").split(";"))
        _page(told["urgency"], told["story"], told["clock"], told["too_late"], fired[["name", "action", "time_frame"]])

    return interact(show, story=["af_white_leg", "cauda_lifting"])


def pressure():
    def show(half_time):
        own = compartment.checked_leg("chronic_exertional", half_time=float(half_time))
        minutes = [m / 4 for m in range(-80, 129)]
        figure = go.Figure(go.Scatter(x=minutes, y=[compartment.pressure(m, own) for m in minutes]))
        figure.update_layout(title=_named("The pressure of a run"), height=420)
        display(compartment.run("chronic_exertional", half_time=half_time), figure)

    return interact(show, half_time=[9, 4])


def timeline():
    def show(onset):
        drugs = heelkit.timeline.fits({"metronidazole": 60 - onset, "statins": 900 - onset}, {"metronidazole": 10 - onset}, ["metronidazole", "statins"])
        display(drugs[["verdict", "explanation"]])
        figure = go.Figure(go.Bar(y=list(drugs.index), x=[50, 900], base=[-60, -900], orientation="h"))
        figure.add_vline(x=-onset)
        display(figure.update_layout(title=_named("Which drug fits in time"), height=420))

    return interact(show, onset=[18, 50])


def clinic():
    def show(question):
        encounter = Encounter("c_autumn_practice", heelkit.load(), "en")
        replies = [getattr(encounter, verb)(finding) for verb, finding in (("ask", "night_pain"), ("ask", "numbness"), ("ask", question))]
        _page(encounter.opening, *(f"{reply.finding_id}: {reply.text}" for reply in replies), encounter.red_flags())

    return interact(show, question=["tingling", "fever"])


def progress():
    def show(topic):
        events = read_events()
        due, told = schedule(events), calibration(events)
        display(due[due["topic"] == topic].head(8), told)
        right = accuracy(events)
        _bars(f"Right by lesson, {topic}", right.index, right["right"] / right["answered"])

    return interact(show, topic=["04", "05"])
