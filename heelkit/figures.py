"""Figures that are read, not clicked: a table in, a plotly figure out, one function per figure.

Each figure writes its own caption from its numbers (also in `figure.layout.meta["description"]`, for those who cannot see it); the tables to
print beside them are in `heelkit.figure_tables`. Colors are Okabe-Ito, always with a symbol or a pattern as well. Nothing here needs a kernel
or a network.
"""

import html
import textwrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from heelkit import figure_tables as tables
from heelkit.errors import InputError
from heelkit.figure_tables import fine, need, odds_words, times

BLUE, ORANGE, GREEN, YELLOW, PURPLE, SKY, INK, GREY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#1a1a1a", "#767676"
FONT = 18
LEGEND_BELOW = {"orientation": "h", "x": 0, "y": 0.01, "yref": "container", "yanchor": "bottom"}
PEOPLE = {"true_positive": (ORANGE, "circle"), "false_negative": (INK, "x"), "false_positive": (YELLOW, "triangle-up"), "true_negative": (SKY, "circle-open")}
QUALITY = {"high": (GREEN, "circle"), "moderate": (BLUE, "square"), "low": (YELLOW, "triangle-up"), "unverified": (ORANGE, "x")}
KINDS = {"history": (BLUE, ""), "examination": (GREEN, "/"), "test": (YELLOW, "x")}


def _plain(text: str, width: int = 200) -> str:
    """Text from a table, safe inside plotly's own markup, broken into lines."""
    return "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(str(text), width))


def _finish(figure: go.Figure, title: str, description: str, height: int, **layout) -> go.Figure:
    lines = textwrap.wrap(description, 84)
    caption = {"text": "<br>".join(html.escape(line, quote=False) for line in lines), "font": {"size": FONT - 1, "color": "#333"}}
    top = 70 + 23 * len(lines)
    defaults = {
        "template": "none",
        "height": height + top,
        "font": {"size": FONT, "color": INK, "family": "Open Sans, Arial, sans-serif"},
        "title": {"text": _plain(title), "subtitle": caption, "x": 0.02, "xanchor": "left", "y": 1, "yanchor": "top", "pad": {"t": 16}, "font": {"size": 24}},
        "meta": {"description": description},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "margin": {"l": 90, "r": 40, "t": top, "b": 80},
    }
    figure.update_layout(**{**defaults, **layout, "margin": {**defaults["margin"], **layout.get("margin", {})}})
    return figure


def _logit(probability):
    return np.log10(probability / (1 - np.asarray(probability, dtype=float)))


def _striped(color: str, pattern: str) -> dict:
    return {"color": color, "pattern": {"shape": pattern, "fgcolor": "#fff", "fillmode": "overlay", "size": 10}, "line": {"color": color, "width": 2}}


def _bars(figure: go.Figure, name: str, y: list, x: list, marker: dict, said: list[str], base=None):
    look = {"textposition": "outside", "texttemplate": " %{text} ", "textfont": {"size": FONT}, "width": 0.7, "cliponaxis": False, "hoverinfo": "skip"}
    figure.add_bar(name=name, orientation="h", y=y, x=x, base=base, marker=marker, text=said, **look)


def nomogram(lines: pd.DataFrame, pretest: float | None = None) -> go.Figure:
    """The nomogram of Fagan 1975 (doi 10.1056/NEJM197507312930513): a ruler laid from pretest through likelihood ratio to post-test.

    Parameters: the table of `odds.chain` (a line after each result, all from the same start, so that the last one is the end of the chain),
    or any table with columns `label` and `ratio` (a line each); `pretest` replaces where the slider starts. Raises ValueError for a table
    without these columns or rows, and for a pretest or a ratio that `odds.post_test` refuses.

    >>> figure = nomogram(pd.DataFrame({"label": ["positive", "negative"], "ratio": [6, 0.12]}), pretest=0.31)
    >>> figure.layout.meta["description"]
    'Starting from 31%: positive (likelihood ratio 6) leads to 73%; negative (likelihood ratio 0.12) leads to 5.1%. Move the slider to start elsewhere.'
    """
    table, start = tables.nomogram_table(lines, pretest), tables.lines_of(lines, pretest)[2]
    looks = [(BLUE, "solid", "circle"), (ORANGE, "dash", "diamond"), (GREEN, "dot", "square"), (PURPLE, "dashdot", "triangle-up"), (INK, "longdash", "star")]
    figure, places, rulers, notes = go.Figure(), sorted(table["pretest"].unique()), [], []
    for at, sign, anchor in [(0, -1, "right"), (1, 1, "left")]:
        for p in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999):
            y = sign * float(_logit(p))
            rulers.append({"type": "line", "x0": at, "x1": at + sign * 0.012, "y0": y, "y1": y, "line": {"color": INK}})
            notes.append({"x": at + sign * 0.018, "y": y, "text": f"{p * 100:g}", "showarrow": False, "xanchor": anchor, "font": {"size": 16}})
    for ratio in (0.001, 0.005, 0.02, 0.1, 0.3, 1, 3, 10, 50, 200, 1000):
        y = float(np.log10(ratio)) / 2
        rulers.append({"type": "line", "x0": 0.493, "x1": 0.507, "y0": y, "y1": y, "line": {"color": INK}})
        notes.append({"x": 0.488, "y": y, "text": f"{ratio:g}", "showarrow": False, "xanchor": "right", "font": {"size": 16}})
    for x, reach, name in [(0, 3.05, "<b>Before</b><br>the test, %"), (0.5, 1.55, "<b>Likelihood<br>ratio</b>"), (1, 3.05, "<b>After</b><br>the test, %")]:
        rulers.append({"type": "line", "x0": x, "x1": x, "y0": -reach, "y1": reach, "line": {"color": INK, "width": 2}})
        notes.append({"x": x, "y": reach + 0.08, "yanchor": "bottom", "text": name, "showarrow": False})
    by_place = dict(list(table.groupby("pretest")))

    def drawn(p: float) -> tuple[list, list]:
        ends = [(-float(_logit(p)), float(_logit(r.post_test)), r) for r in by_place[p].itertuples()]
        said = [f"{_plain(r.label, 22)}<br><b>{fine(p)} → {fine(r.post_test)}</b>" for *_, r in ends]
        return [[round(a, 6), round((a + b) / 2, 6), round(b, 6)] for a, b, _ in ends], said

    ys, names = drawn(start)
    for i, (y, name) in enumerate(zip(ys, names, strict=True)):
        color, dash, symbol = looks[i % len(looks)]
        line = {"color": color, "dash": dash, "width": 4}
        figure.add_scatter(x=[0, 0.5, 1], y=y, name=name, mode="lines+markers", line=line, marker={"size": 13, "symbol": symbol}, hoverinfo="name")
    steps = [
        {"label": f"{p * 100:.3g}%", "method": "restyle", "args": [{"y": drawn(p)[0], "name": drawn(p)[1]}, list(range(len(ys)))]} for p in map(float, places)
    ]
    sliders = [{"active": places.index(start), "steps": steps, "currentvalue": {"prefix": "Before the test: ", "font": {"size": 20}}, "pad": {"t": 10}}]
    return _finish(
        figure,
        "From pretest to post-test probability",
        tables.nomogram_caption(table, start),
        720,
        shapes=rulers,  # all at once: plotly takes half a second to add them one by one
        annotations=notes,
        sliders=[{**sliders[0], "font": {"size": 16}}],
        xaxis={"visible": False, "range": [-0.12, 1.12]},
        yaxis={"visible": False, "range": [-3.15, 3.75]},
        legend={"x": 1.0, "y": 0.95, "font": {"size": FONT}, "tracegroupgap": 14},
        margin={"l": 20, "r": 240, "b": 130},
        showlegend=True,
    )


def waterfall(steps: pd.DataFrame, title: str = "How the evidence adds up") -> go.Figure:
    """From the odds before to the odds after, a bar for each finding: right and plain for, left and striped against.

    Parameters: the table of `odds.chain` (odds against everything else) or of `explain` (odds against "none of these").
    Raises ValueError for another table.

    >>> import heelkit
    >>> steps = heelkit.odds.chain("deep_vein_thrombosis", present=["wells_dvt_high"], setting="emergency_department")
    >>> waterfall(steps).data[0].name
    'start and end'
    """
    table, against = tables.waterfall_table(steps), tables.against_what(steps)
    start, end = table["odds"].iloc[0], table["odds"].iloc[-1]
    low = min(table["log10_after"].min(), 0.0)
    origin = np.floor(low) if low < 0 else 0.0
    labels = [*table["label"], "After all of it"]
    names = [_plain(label, 27) for label in labels]
    figure = go.Figure()
    values = table["log10_after"].iloc[[0, -1]]
    lengths = [round(float(v - origin), 6) for v in values]
    _bars(figure, "start and end", [0, len(table)], lengths, {"color": GREY}, [odds_words(start), odds_words(end)], float(origin))
    for name, color, pattern, chosen in [("speaks for", BLUE, "", table["ratio"] >= 1), ("speaks against", ORANGE, "/", table["ratio"] < 1)]:
        rows = table.iloc[1:][chosen.iloc[1:]]
        change = (rows["log10_after"] - rows["log10_before"]).round(6).tolist()
        said = [times(r) if abs(np.log10(r)) >= 0.005 else "" for r in rows["ratio"]]
        _bars(figure, name, rows.index.tolist(), change, _striped(color, pattern), said, rows["log10_before"].round(6).tolist())
    reach = [min(float(origin), *table["log10_after"]) - 0.35, max(0.0, *table["log10_after"]) + 0.8]
    ticks = [int(t) for t in range(int(np.ceil(reach[0])), int(np.floor(reach[1])) + 1)]
    tick_words = [f"1 : {10**-t}" if t < 0 else f"{10**t} : 1" for t in ticks]
    return _finish(
        figure,
        title,
        tables.waterfall_caption(table, steps),
        150 + 58 * len(labels),
        barmode="overlay",
        xaxis={"title": {"text": f"odds (it : {against})"}, "tickvals": ticks, "ticktext": tick_words, "range": reach, "gridcolor": "#ddd", "zeroline": False},
        yaxis={"tickvals": list(range(len(labels))), "ticktext": names, "range": [len(labels) - 0.5, -0.5], "ticklen": 6},
        legend=LEGEND_BELOW,
        margin={"l": 270, "b": 130},
    )


def icon_array(people: pd.DataFrame, title: str = "1000 patients like this one, all tested") -> go.Figure:
    """Natural frequencies: every patient one sign. Method: Gigerenzer and Hoffrage 1995 (doi 10.1037/0033-295X.102.4.684).

    Parameters: the table of `icon_array_table`. Raises ValueError for another table.

    >>> figure = icon_array(tables.icon_array_table(pretest=0.05, sensitivity=0.9, specificity=0.9))
    >>> figure.layout.meta["description"]
    'Of 1000 patients, 50 have it: the test finds 45 and misses 5. It also raises 95 false alarms, so of 140 positive tests 45 are right (32%).'
    """
    need(people, ["people", "label"], "icon_array", "icon_array_table")
    if list(people.index) != list(PEOPLE):
        raise InputError(f"icon_array needs the rows {', '.join(PEOPLE)}, in this order; icon_array_table gives them.")
    count = people["people"]
    total, columns = int(count.sum()), 50 if count.sum() > 400 else 25
    figure, start = go.Figure(), 0
    for group, n in count.items():
        words, (color, symbol) = tables.PEOPLE[group], PEOPLE[group]
        at = np.arange(start, start + n)
        start += n
        marker = {"color": color, "symbol": symbol, "size": 11, "line": {"width": 2 if symbol.endswith("open") else 0, "color": color}}
        figure.add_scatter(
            x=(at % columns).tolist(), y=(at // columns).tolist(), mode="markers", marker=marker, name=f"<b>{n}</b> {words}", hoverinfo="name", showlegend=True
        )
    rows = -(-total // columns)
    return _finish(
        figure,
        title,
        tables.icon_array_caption(people),
        200 + 20 * rows,
        xaxis={"visible": False, "range": [-1, columns]},
        yaxis={"visible": False, "range": [rows, -1]},
        legend={"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top", "itemsizing": "constant", "entrywidth": 0.5, "entrywidthmode": "fraction"},
        margin={"l": 30, "r": 30, "b": 110},
    )


def test_comparison(tests: pd.DataFrame, title: str = "Tests side by side") -> go.Figure:
    """Sensitivity against 1 - specificity, with intervals where the source prints them; quality as symbol and color.

    Parameters: the table of `odds.comparison`. Tests without both numbers are named in the caption. Raises ValueError when none has both.

    >>> import heelkit
    >>> test_comparison(heelkit.odds.comparison("s1_radiculopathy")).layout.yaxis.title.text
    'sensitivity (of those with it, positive)'
    """
    table = tables.test_comparison_table(tests)
    marks = tables.marks_of(table)
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": GREY, "dash": "dash", "width": 2}, name="tells nothing", hoverinfo="skip"))
    for quality, (color, symbol) in QUALITY.items():
        rows = table[table["quality"] == quality]
        if rows.empty:
            continue
        sens, spec = rows["sensitivity"], rows["specificity"]
        bars = {"thickness": 2, "width": 6, "color": color, "symmetric": False, "type": "data"}
        x_bars = {"array": (spec - rows["specificity_low"]).fillna(0).tolist(), "arrayminus": (rows["specificity_high"] - spec).fillna(0).tolist()}
        y_bars = {"array": (rows["sensitivity_high"] - sens).fillna(0).tolist(), "arrayminus": (sens - rows["sensitivity_low"]).fillna(0).tolist()}
        figure.add_scatter(
            x=(1 - spec).round(6).tolist(),
            y=sens.tolist(),
            mode="markers+text",
            name=f"{quality.replace('_', ' ')} quality",
            marker={"color": color, "symbol": symbol, "size": 17},
            text=[f" <b>{marks[m]}</b>" for m in rows["mark"]],
            textposition="top right",
            error_x={**bars, **x_bars},
            error_y={**bars, **y_bars},
            hovertext=[_plain(label) for label in rows["label"]],
            hoverinfo="text",
        )
    other = {"default": "", "circular": ", circular"}
    numbers = {r.mark: f"{r.sensitivity * 100:.3g}\u00a0/\u00a0{r.specificity * 100:.3g}\u00a0%" for r in table.itertuples()}
    key = [f"<b>{r.mark}</b> {_plain(f'{r.label}: {numbers[r.mark]}' + other.get(r.use, ', not used'), 84)}" for r in table.itertuples()]
    corner = {"x": 0, "y": 0, "yshift": -95, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
    figure.add_annotation(text="<br>".join(["<i>sensitivity / specificity</i>", *key]), align="left", showarrow=False, **corner)
    below = 170 + 24 * (len(key) + 1)
    return _finish(
        figure,
        title,
        tables.test_comparison_caption(table, tests),
        500 + below,
        xaxis={"title": {"text": "1 - specificity (of those without it, positive)"}, "range": [-0.03, 1.03], "tickformat": ".0%", "gridcolor": "#e4e4e4"},
        yaxis={"title": {"text": "sensitivity (of those with it, positive)"}, "range": [-0.03, 1.06], "tickformat": ".0%", "gridcolor": "#e4e4e4"},
        legend=LEGEND_BELOW,
        margin={"b": below},
    )


test_comparison.__test__ = False  # not a test of ours


def information(questions: pd.DataFrame, top: int = 10) -> go.Figure:
    """How much each next question is expected to tell per effort, the first ones of `next_questions`; red-flag questions carry a flag.

    Raises ValueError for another table, or a `top` that is not a whole number from 1 up.

    >>> import heelkit
    >>> len(information(heelkit.next_questions(present=["tingling"])).layout.yaxis.ticktext)
    10
    """
    table = tables.information_table(questions, top)
    figure = go.Figure()
    for kind, (color, pattern) in KINDS.items():
        rows = table[table["kind"] == kind]
        if len(rows):
            said = [f"{b:.2f} bits, effort {e}" for b, e in zip(rows["bits"], rows["effort"], strict=True)]
            widths = rows["bits_per_effort"].round(6).tolist()
            _bars(figure, kind, rows.index.tolist(), widths, _striped(color, pattern), said)
    names = [("⚑ " if r.red_flag else "") + _plain(r.label, 27) for r in table.itertuples()]
    return _finish(
        figure,
        "What to ask next",
        tables.information_caption(table, questions.attrs.get("stop", "")),
        150 + 56 * len(table),
        barmode="overlay",
        xaxis={"title": {"text": "bits per effort"}, "range": [0, float(table["bits_per_effort"].max()) * 1.45 or 1], "gridcolor": "#ddd"},
        yaxis={"tickvals": list(range(len(table))), "ticktext": names, "range": [len(table) - 0.5, -0.5], "ticklen": 6},
        legend=LEGEND_BELOW,
        margin={"l": 270, "b": 130},
        showlegend=True,
    )


def calibration(predictions: pd.DataFrame, bins: int = 5) -> go.Figure:
    """Of all patients told 70 %, did 7 in 10 have it? Bins with Wilson intervals; the dashed line is a perfect forecaster.

    Parameters and Raises: as in `calibration_table`.

    >>> figure = calibration(pd.DataFrame({"probability": [0.1, 0.9], "outcome": [0, 1]}))
    >>> figure.layout.meta["description"]
    '2 predictions: said 10%, happened 0% (0 of 1); said 90%, happened 100% (1 of 1). Mean squared error (Brier score) 0.010.'
    """
    table = tables.calibration_table(predictions, bins)
    perfect = {"color": GREY, "dash": "dash", "width": 2}
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=perfect, name="a perfect forecaster", hoverinfo="skip"))
    up, down = (table["high"] - table["observed"]).clip(lower=0), (table["observed"] - table["low"]).clip(lower=0)
    figure.add_scatter(
        x=table["predicted"].round(6).tolist(),
        y=table["observed"].round(6).tolist(),
        mode="markers+text",
        name="what happened, with 95 % interval",
        marker={"color": BLUE, "size": 16, "symbol": "diamond"},
        text=[f"{n} people" for n in table["n"]],
        textposition=["middle right" if x < 0.75 else "middle left" for x in table["predicted"]],
        error_y={"type": "data", "symmetric": False, "array": up.round(6).tolist(), "arrayminus": down.round(6).tolist(), "thickness": 3, "width": 8},
        cliponaxis=False,
        hoverinfo="skip",
    )
    return _finish(
        figure,
        "When it says 70%, is it 70%?",
        tables.calibration_caption(table),
        650,
        xaxis={"title": {"text": "probability said"}, "range": [-0.03, 1.03], "tickformat": ".0%", "gridcolor": "#e4e4e4"},
        yaxis={"title": {"text": "share that had it"}, "range": [-0.04, 1.04], "tickformat": ".0%", "gridcolor": "#e4e4e4"},
        legend=LEGEND_BELOW,
        margin={"b": 130},
    )
