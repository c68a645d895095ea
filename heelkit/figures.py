"""Figures that are read, not clicked: a table in, a plotly figure out, one function per figure.

Each figure writes its own caption from its numbers (also in `figure.layout.meta["description"]`, for those who cannot see it), and each
has a table to print beside it. Colors are Okabe-Ito, always with a symbol or a pattern as well. Nothing here needs a kernel or a network.
"""

import html
import textwrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from heelkit.citations import percent
from heelkit.odds import post_test
from heelkit.reasons import PRETEST

BLUE, ORANGE, GREEN, YELLOW, PURPLE, SKY, INK, GREY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#1a1a1a", "#767676"
FONT = 18
LEGEND_BELOW = {"orientation": "h", "x": 0, "y": 0.01, "yref": "container", "yanchor": "bottom"}
PRETESTS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
PEOPLE = {  # group of the icon array -> what it is called, color, symbol
    "true_positive": ("has it, test positive", ORANGE, "circle"),
    "false_negative": ("has it, but missed", INK, "x"),
    "false_positive": ("false alarm (does not have it)", YELLOW, "triangle-up"),
    "true_negative": ("rightly negative", SKY, "circle-open"),
}
QUALITY = {"high": (GREEN, "circle"), "moderate": (BLUE, "square"), "low": (YELLOW, "triangle-up"), "unverified": (ORANGE, "x")}
KINDS = {"history": (BLUE, ""), "examination": (GREEN, "/"), "test": (YELLOW, "x")}


def _need(table, columns: list[str], figure: str, giver: str):
    missing = [c for c in columns if c not in getattr(table, "columns", ())]
    if missing:
        raise ValueError(f"{figure} needs a table with the column{'s' * (len(missing) > 1)} {', '.join(missing)}; {giver} gives one.")
    if not len(table):
        raise ValueError(f"The table for {figure} has no rows, so there is nothing to draw.")


def _plain(text: str, width: int = 200) -> str:
    """Text from a table, safe inside plotly's own markup, broken into lines."""
    return "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(str(text), width))


def _times(ratio: float) -> str:
    return f"\u00d7 {ratio:.3g}" if ratio >= 1 else f"÷ {1 / ratio:.3g}"


def _fine(p: float) -> str:
    return f"{p * 100:.2g}%" if p < 0.1 else f"{p * 100:.3g}%" if p >= 0.99 else percent(p)


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


def nomogram_table(lines: pd.DataFrame, pretest: float | None = None) -> pd.DataFrame:
    """What the nomogram shows: every line at every position of the slider.

    Parameters: as in `nomogram`. Returns a DataFrame with columns `label`, `ratio`, `pretest` and `post_test` (0..1).

    >>> table = nomogram_table(pd.DataFrame({"label": ["low ferritin"], "ratio": [6]}), pretest=0.31)
    >>> table[table["pretest"] == 0.31]["post_test"].round(2).tolist()
    [0.73]
    """
    labels, ratios, start = _lines(lines, pretest)
    places = sorted({*PRETESTS, start})
    rows = [(label, ratio, p, post_test(p, ratio)) for p in places for label, ratio in zip(labels, ratios, strict=True)]
    return pd.DataFrame(rows, columns=["label", "ratio", "pretest", "post_test"])


def _lines(lines: pd.DataFrame, pretest: float | None) -> tuple[list[str], list[float], float]:
    if "ratio_counted" in getattr(lines, "columns", ()):
        _need(lines.iloc[1:], ["label", "result", "ratio_counted", "probability"], "nomogram", "odds.chain")
        tests, start = lines.iloc[1:], float(lines["probability"].iloc[0])
        labels = [f"{'then ' if i else ''}{r.label}: {r.result}" for i, r in enumerate(tests.itertuples())]
        ratios = tests["ratio_counted"].cumprod().tolist()
    else:
        _need(lines, ["label", "ratio"], "nomogram", "odds.chain")
        labels, ratios, start = lines["label"].tolist(), lines["ratio"].astype(float).tolist(), 0.1
    start = start if pretest is None else pretest
    for ratio in ratios:
        post_test(start, ratio)  # refuses what is not a probability or a ratio
    if not 0 < start < 1:
        raise ValueError(f"The pretest probability is {start!r}; a nomogram needs one strictly between 0 and 1 (0.1 means 10 %).")
    return labels, ratios, float(start)


def nomogram(lines: pd.DataFrame, pretest: float | None = None) -> go.Figure:
    """The nomogram of Fagan 1975 (doi 10.1056/NEJM197507312930513): a ruler laid from pretest through likelihood ratio to post-test.

    Parameters: the table of `odds.chain` (a line after each result, all from the same start, so that the last one is the end of the chain),
    or any table with columns `label` and `ratio` (a line each); `pretest` replaces where the slider starts. Raises ValueError for a table
    without these columns or rows, and for a pretest or a ratio that `odds.post_test` refuses.

    >>> figure = nomogram(pd.DataFrame({"label": ["positive", "negative"], "ratio": [6, 0.12]}), pretest=0.31)
    >>> figure.layout.meta["description"]
    'Starting from 31%: positive (likelihood ratio 6) leads to 73%; negative (likelihood ratio 0.12) leads to 5.1%. Move the slider to start elsewhere.'
    """
    table = nomogram_table(lines, pretest)
    _, _, start = _lines(lines, pretest)
    looks = [(BLUE, "solid", "circle"), (ORANGE, "dash", "diamond"), (GREEN, "dot", "square"), (PURPLE, "dashdot", "triangle-up"), (INK, "longdash", "star")]
    figure, places = go.Figure(), sorted(table["pretest"].unique())
    for x, side, ticks in [(0, -1, (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999))]:
        for at, sign, anchor in [(x, side, "right"), (1, 1, "left")]:
            for p in ticks:
                y = sign * float(_logit(p))
                figure.add_shape(type="line", x0=at, x1=at + sign * 0.012, y0=y, y1=y, line={"color": INK})
                figure.add_annotation(x=at + sign * 0.018, y=y, text=f"{p * 100:g}", showarrow=False, xanchor=anchor, font={"size": 16})
    for ratio in (0.001, 0.005, 0.02, 0.1, 0.3, 1, 3, 10, 50, 200, 1000):
        y = float(np.log10(ratio)) / 2
        figure.add_shape(type="line", x0=0.493, x1=0.507, y0=y, y1=y, line={"color": INK})
        figure.add_annotation(x=0.488, y=y, text=f"{ratio:g}", showarrow=False, xanchor="right", font={"size": 16})
    for x, reach, name in [(0, 3.05, "<b>Before</b><br>the test, %"), (0.5, 1.55, "<b>Likelihood<br>ratio</b>"), (1, 3.05, "<b>After</b><br>the test, %")]:
        figure.add_shape(type="line", x0=x, x1=x, y0=-reach, y1=reach, line={"color": INK, "width": 2})
        figure.add_annotation(x=x, y=reach + 0.08, yanchor="bottom", text=name, showarrow=False)
    by_place = dict(list(table.groupby("pretest")))

    def drawn(p: float) -> tuple[list, list]:
        ends = [(-float(_logit(p)), float(_logit(r.post_test)), r) for r in by_place[p].itertuples()]
        said = [f"{_plain(r.label, 22)}<br><b>{_fine(p)} → {_fine(r.post_test)}</b>" for *_, r in ends]
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
    ends = "; ".join(f"{r.label} (likelihood ratio {r.ratio:.3g}) leads to {_fine(r.post_test)}" for r in by_place[start].itertuples())
    return _finish(
        figure,
        "From pretest to post-test probability",
        f"Starting from {_fine(start)}: {ends}. Move the slider to start elsewhere.",
        720,
        sliders=[{**sliders[0], "font": {"size": 16}}],
        xaxis={"visible": False, "range": [-0.12, 1.12]},
        yaxis={"visible": False, "range": [-3.15, 3.75]},
        legend={"x": 1.0, "y": 0.95, "font": {"size": FONT}, "tracegroupgap": 14},
        margin={"l": 20, "r": 240, "b": 130},
        showlegend=True,
    )


def waterfall_table(steps: pd.DataFrame) -> pd.DataFrame:
    """The steps of the waterfall, from the table of `odds.chain` or of `explain`.

    Returns a DataFrame with columns `label`, `ratio` (what the step multiplies the odds by), `log10_before`, `log10_after` and `odds` so far;
    the first row is the start. What weighs nothing is one row together.

    >>> import heelkit
    >>> table = waterfall_table(heelkit.explain("heel_spur", present=["heel_spur_xray"]))
    >>> table["label"].tolist()
    ['Before anything was asked', 'X-ray: heel spur: present']
    """
    chain = "ratio_counted" in getattr(steps, "columns", ())
    ratio = "ratio_counted" if chain else "likelihood_ratio"
    state = "result" if chain else "state"
    _need(steps, ["label", state, ratio, *(["odds"] if chain else [])], "waterfall", "odds.chain or explain")
    first, rest = steps.iloc[0], steps.iloc[1:]
    if first[state] != PRETEST:
        raise ValueError("The first row of a waterfall is the starting point (pretest); give the whole table of odds.chain or explain.")
    weigh = rest[np.abs(np.log10(rest[ratio])) >= 0.005]
    rows = [(first["label"], float(first["odds"] if chain else first[ratio]))]
    rows += [(f"{label}: {result}", float(r)) for label, result, r in zip(weigh["label"], weigh[state], weigh[ratio], strict=True)]
    if len(silent := rest.drop(weigh.index)):
        rows.append((f"{len(silent)} more that weigh{'s' * (len(silent) == 1)} nothing", float(silent[ratio].prod())))
    after = np.cumsum(np.log10([r for _, r in rows]))
    before = np.concatenate([[0.0], after[:-1]])
    return pd.DataFrame({"label": [label for label, _ in rows], "ratio": [r for _, r in rows], "log10_before": before, "log10_after": after, "odds": 10**after})


def _odds_words(odds: float) -> str:
    return f"{odds:.3g} : 1" if odds >= 1 else f"1 : {1 / odds:.3g}"


def waterfall(steps: pd.DataFrame, title: str = "How the evidence adds up") -> go.Figure:
    """From the odds before to the odds after, a bar for each finding: right and plain for, left and striped against.

    Parameters: the table of `odds.chain` (odds against everything else) or of `explain` (odds against "none of these").
    Raises ValueError for another table.

    >>> import heelkit
    >>> steps = heelkit.odds.chain("deep_vein_thrombosis", present=["wells_dvt_high"], setting="emergency_department")
    >>> waterfall(steps).data[0].name
    'start and end'
    """
    table = waterfall_table(steps)
    against = "everything else" if "ratio_counted" in steps else "none of these"
    start, end = table["odds"].iloc[0], table["odds"].iloc[-1]
    low = min(table["log10_after"].min(), 0.0)
    origin = np.floor(low) if low < 0 else 0.0
    labels = [*table["label"], "After all of it"]
    names = [_plain(label, 27) for label in labels]
    figure = go.Figure()
    ends = [0, len(table)]
    values = [table["log10_after"].iloc[0], table["log10_after"].iloc[-1]]
    figure.add_bar(
        name="start and end",
        orientation="h",
        y=ends,
        base=float(origin),
        x=[round(float(v - origin), 6) for v in values],
        marker={"color": GREY},
        text=[_odds_words(start), _odds_words(end)],
    )
    for name, color, pattern, chosen in [("speaks for", BLUE, "", table["ratio"] >= 1), ("speaks against", ORANGE, "/", table["ratio"] < 1)]:
        rows = table.iloc[1:][chosen.iloc[1:]]
        change = (rows["log10_after"] - rows["log10_before"]).round(6).tolist()
        look = {"color": color, "pattern": {"shape": pattern, "fgcolor": "#fff", "fillmode": "overlay", "size": 10}, "line": {"color": color, "width": 2}}
        base = rows["log10_before"].round(6).tolist()
        figure.add_bar(
            name=name,
            orientation="h",
            y=rows.index.tolist(),
            base=base,
            x=change,
            marker=look,
            text=[_times(r) if abs(np.log10(r)) >= 0.005 else "" for r in rows["ratio"]],
        )
    figure.update_traces(textposition="outside", texttemplate=" %{text} ", textfont={"size": FONT}, width=0.7, cliponaxis=False, hoverinfo="skip")
    parts = "; ".join(f"{r.label}{' ' + _times(r.ratio) if 'nothing' not in r.label else ''}" for r in table.iloc[1:].itertuples()) or "nothing else was asked"
    reach = [min(float(origin), *table["log10_after"]) - 0.35, max(0.0, *table["log10_after"]) + 0.8]
    ticks = [int(t) for t in range(int(np.ceil(reach[0])), int(np.floor(reach[1])) + 1)]
    tick_words = [f"1 : {10**-t}" if t < 0 else f"{10**t} : 1" for t in ticks]
    description = f"The odds (it : {against}) go from {_odds_words(start)} to {_odds_words(end)}: {parts}."
    if "probability" in steps:
        description += f" As a probability: from {_fine(steps['probability'].iloc[0])} to {_fine(steps['probability'].iloc[-1])}."
    return _finish(
        figure,
        title,
        description,
        150 + 58 * len(labels),
        barmode="overlay",
        xaxis={"title": {"text": f"odds (it : {against})"}, "tickvals": ticks, "ticktext": tick_words, "range": reach, "gridcolor": "#ddd", "zeroline": False},
        yaxis={"tickvals": list(range(len(labels))), "ticktext": names, "range": [len(labels) - 0.5, -0.5], "ticklen": 6},
        legend=LEGEND_BELOW,
        margin={"l": 270, "b": 130},
    )


def icon_array_table(pretest: float, sensitivity: float, specificity: float, patients: int = 1000) -> pd.DataFrame:
    """How many of so many patients fall into each of the four cells, in whole people.

    Returns a DataFrame indexed by `group` with columns `people` and `label`; the people add up to `patients`.
    Raises ValueError for a probability outside 0..1 or a number of patients that is not a whole number from 1 to 10000.

    >>> icon_array_table(pretest=0.05, sensitivity=0.9, specificity=0.9)["people"].to_dict()
    {'true_positive': 45, 'false_negative': 5, 'false_positive': 95, 'true_negative': 855}
    """
    for name, value in {"pretest probability": pretest, "sensitivity": sensitivity, "specificity": specificity}.items():
        if not (isinstance(value, (int, float, np.number)) and 0 <= value <= 1):
            raise ValueError(f"The {name} is {value!r}; it must lie between 0 and 1 (0.8 means 80 %).")
    if not (isinstance(patients, (int, np.integer)) and 1 <= patients <= 10_000):
        raise ValueError(f"patients is {patients!r}; it must be a whole number from 1 to 10000.")
    sick = int(patients * pretest + 0.5)
    found, alarms = int(sick * sensitivity + 0.5), int(round((patients - sick) * (1 - specificity), 9) + 0.5)
    people = [found, sick - found, alarms, patients - sick - alarms]
    return pd.DataFrame({"people": people, "label": [words for words, *_ in PEOPLE.values()]}, index=pd.Index(PEOPLE, name="group"))


def icon_array(people: pd.DataFrame, title: str = "1000 patients like this one, all tested") -> go.Figure:
    """Natural frequencies: every patient one sign. Method: Gigerenzer and Hoffrage 1995 (doi 10.1037/0033-295X.102.4.684).

    Parameters: the table of `icon_array_table`. Raises ValueError for another table.

    >>> figure = icon_array(icon_array_table(pretest=0.05, sensitivity=0.9, specificity=0.9))
    >>> figure.layout.meta["description"]
    'Of 1000 patients, 50 have it: the test finds 45 and misses 5. It also raises 95 false alarms, so of 140 positive tests 45 are right (32%).'
    """
    _need(people, ["people", "label"], "icon_array", "icon_array_table")
    if list(people.index) != list(PEOPLE):
        raise ValueError(f"icon_array needs the rows {', '.join(PEOPLE)}, in this order; icon_array_table gives them.")
    count = people["people"]
    total, columns = int(count.sum()), 50 if count.sum() > 400 else 25
    figure, start = go.Figure(), 0
    for group, n in count.items():
        words, color, symbol = PEOPLE[group]
        at = np.arange(start, start + n)
        start += n
        marker = {"color": color, "symbol": symbol, "size": 11, "line": {"width": 2 if symbol.endswith("open") else 0, "color": color}}
        figure.add_scatter(
            x=(at % columns).tolist(), y=(at // columns).tolist(), mode="markers", marker=marker, name=f"<b>{n}</b> {words}", hoverinfo="name", showlegend=True
        )
    tp, fn, fp, _ = (int(n) for n in count)
    positive = f"of {tp + fp} positive tests {tp} are right ({percent(tp / (tp + fp))})" if tp + fp else "no test is positive"
    sentence = f"Of {total} patients, {tp + fn} have it: the test finds {tp} and misses {fn}. It also raises {fp} false alarms, so {positive}."
    rows = -(-total // columns)
    return _finish(
        figure,
        title,
        sentence,
        200 + 20 * rows,
        xaxis={"visible": False, "range": [-1, columns]},
        yaxis={"visible": False, "range": [rows, -1]},
        legend={"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top", "itemsizing": "constant", "entrywidth": 0.5, "entrywidthmode": "fraction"},
        margin={"l": 30, "r": 30, "b": 110},
    )


def test_comparison_table(tests: pd.DataFrame) -> pd.DataFrame:
    """What the test comparison shows: the rows of `odds.comparison` with both numbers, with the `mark` they have in the figure.

    >>> import heelkit
    >>> table = test_comparison_table(heelkit.odds.comparison("s1_radiculopathy"))
    >>> table["mark"].tolist() == list(range(1, len(table) + 1))
    True
    """
    columns = ["label", "sensitivity", "specificity", "sensitivity_low", "sensitivity_high", "specificity_low", "specificity_high", "quality", "use"]
    _need(tests, columns, "test_comparison", "odds.comparison")
    both = tests[tests["sensitivity"].notna() & tests["specificity"].notna()]
    if both.empty:
        raise ValueError("No test in this table has both a sensitivity and a specificity, so none has a place in the figure.")
    return both[columns].assign(mark=range(1, len(both) + 1))[["mark", *columns]]


def _marks(table: pd.DataFrame) -> dict[int, str]:
    """What stands beside each point: its number; points that nearly coincide share one text, at the first of them."""
    at, said = table.set_index("mark")[["sensitivity", "specificity"]], {}
    for mark in at.index:
        near = next((m for m in said if (at.loc[m] - at.loc[mark]).abs().max() < 0.06), mark)
        said[near] = [*said.get(near, []), mark]
    return {mark: ", ".join(map(str, said.get(mark, []))) for mark in at.index}


def test_comparison(tests: pd.DataFrame, title: str = "Tests side by side") -> go.Figure:
    """Sensitivity against 1 - specificity, with intervals where the source prints them; quality as symbol and color.

    Parameters: the table of `odds.comparison`. Tests without both numbers are named in the caption. Raises ValueError when none has both.

    >>> import heelkit
    >>> test_comparison(heelkit.odds.comparison("s1_radiculopathy")).layout.yaxis.title.text
    'sensitivity (of those with it, positive)'
    """
    table = test_comparison_table(tests)
    marks = _marks(table)
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
    figure.add_annotation(
        x=0,
        y=0,
        yshift=-95,
        xref="paper",
        yref="paper",
        text="<br>".join(["<i>sensitivity / specificity</i>", *key]),
        align="left",
        xanchor="left",
        yanchor="top",
        showarrow=False,
    )
    used = table[table["use"] == "default"]
    best = max((table if used.empty else used).itertuples(), key=lambda r: r.sensitivity + r.specificity)
    left_out = sorted(set(tests["label"]) - set(table["label"]))
    sentence = (
        f"{len(table)} of {len(tests)} studies print both numbers. {'' if used.empty else 'Of those in use, '}farthest from the line "
        f"that tells nothing: {best.label} (sensitivity "
        f"{best.sensitivity:.0%}, specificity {best.specificity:.0%}, {best.quality.replace('_', ' ')} quality). Higher and further left is better."
    )
    sentence += f" No place in the figure, because a number is missing: {'; '.join(left_out)}." if left_out else ""
    below = 170 + 24 * (len(key) + 1)
    return _finish(
        figure,
        title,
        sentence,
        500 + below,
        xaxis={"title": {"text": "1 - specificity (of those without it, positive)"}, "range": [-0.03, 1.03], "tickformat": ".0%", "gridcolor": "#e4e4e4"},
        yaxis={"title": {"text": "sensitivity (of those with it, positive)"}, "range": [-0.03, 1.06], "tickformat": ".0%", "gridcolor": "#e4e4e4"},
        legend=LEGEND_BELOW,
        margin={"b": below},
    )


test_comparison.__test__ = test_comparison_table.__test__ = False  # not tests of ours


def information(questions: pd.DataFrame, top: int = 10) -> go.Figure:
    """How much each next question is expected to tell per effort, the first ones of `next_questions`; red-flag questions carry a flag.

    Raises ValueError for another table, or a `top` that is not a whole number from 1 up.

    >>> import heelkit
    >>> len(information(heelkit.next_questions(present=["tingling"])).layout.yaxis.ticktext)
    10
    """
    _need(questions, ["label", "bits", "kind", "effort", "bits_per_effort", "red_flag"], "information", "next_questions")
    if not (isinstance(top, (int, np.integer)) and top >= 1):
        raise ValueError(f"top is {top!r}; it must be a whole number, 1 or more.")
    table = questions.head(top).reset_index(drop=True)
    figure = go.Figure()
    for kind, (color, pattern) in KINDS.items():
        rows = table[table["kind"] == kind]
        if len(rows):
            look = {"color": color, "pattern": {"shape": pattern, "fgcolor": "#fff", "fillmode": "overlay", "size": 10}, "line": {"color": color, "width": 2}}
            said = [f"{b:.2f} bits, effort {e}" for b, e in zip(rows["bits"], rows["effort"], strict=True)]
            widths = rows["bits_per_effort"].round(6).tolist()
            figure.add_bar(name=kind, orientation="h", y=rows.index.tolist(), x=widths, text=said, marker=look)
    figure.update_traces(textposition="outside", texttemplate=" %{text} ", textfont={"size": FONT}, width=0.7, cliponaxis=False, hoverinfo="skip")
    best = table.loc[table["bits_per_effort"].idxmax()]
    sentence = f"Most for the effort: {best['label']} ({best['bits']:.2f} bits, effort {best['effort']}, so {best['bits_per_effort']:.2f} per effort)."
    flagged = table[table["red_flag"] != ""]["label"].tolist()
    sentence += f" Red-flag questions: {'; '.join(flagged)}." if flagged else " No red flag is one answer away."
    stop = questions.attrs.get("stop", "")
    names = [("⚑ " if r.red_flag else "") + _plain(r.label, 27) for r in table.itertuples()]
    return _finish(
        figure,
        "What to ask next",
        f"{sentence} {stop}".strip(),
        150 + 56 * len(table),
        barmode="overlay",
        xaxis={"title": {"text": "bits per effort"}, "range": [0, float(table["bits_per_effort"].max()) * 1.45 or 1], "gridcolor": "#ddd"},
        yaxis={"tickvals": list(range(len(table))), "ticktext": names, "range": [len(table) - 0.5, -0.5], "ticklen": 6},
        legend=LEGEND_BELOW,
        margin={"l": 270, "b": 130},
        showlegend=True,
    )


def calibration_table(predictions: pd.DataFrame, bins: int = 5) -> pd.DataFrame:
    """Predictions in bins of equal width: what was said, what happened.

    Parameters: a table with columns `probability` (0..1) and `outcome` (0 or 1; False or True), a row per prediction.

    Returns a DataFrame, a row per bin that is not empty: `from`, `to`, `n`, `predicted` (mean), `observed` (share), `low` and `high`
    (Wilson interval, 95 %). `attrs["brier"]` is the mean squared error (Brier 1950). Raises ValueError for anything else in the columns.

    >>> table = calibration_table(pd.DataFrame({"probability": [0.1, 0.1, 0.9, 0.9], "outcome": [0, 0, 1, 0]}), bins=2)
    >>> table[["n", "predicted", "observed"]].to_numpy().tolist()
    [[2.0, 0.1, 0.0], [2.0, 0.9, 0.5]]
    """
    from statsmodels.stats.proportion import proportion_confint

    _need(predictions, ["probability", "outcome"], "calibration", "a row per patient")
    if not (isinstance(bins, (int, np.integer)) and 1 <= bins <= 50):
        raise ValueError(f"bins is {bins!r}; it must be a whole number from 1 to 50.")
    p, outcome = (pd.to_numeric(predictions[c], errors="coerce").to_numpy(dtype=float) for c in ("probability", "outcome"))
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("Every probability must lie between 0 and 1 (0.8 means 80 %); at least one does not, or is missing.")
    if not np.isin(outcome, (0, 1)).all():
        raise ValueError("Every outcome must be 0 (did not have it) or 1 (had it); at least one is not.")
    edges = np.linspace(0, 1, bins + 1)
    place = np.minimum((p * bins + 1e-9).astype(int), bins - 1)
    rows = []
    for b in np.unique(place):
        inside = place == b
        n, hits = int(inside.sum()), int(outcome[inside].sum())
        low, high = proportion_confint(hits, n, method="wilson")
        rows.append((edges[b], edges[b + 1], n, float(p[inside].mean()), hits / n, float(max(low, 0)), float(min(high, 1))))
    table = pd.DataFrame(rows, columns=["from", "to", "n", "predicted", "observed", "low", "high"])
    table.attrs["brier"] = float(np.mean((p - outcome) ** 2))
    return table


def calibration(predictions: pd.DataFrame, bins: int = 5) -> go.Figure:
    """Of all patients told 70 %, did 7 in 10 have it? Bins with Wilson intervals; the dashed line is a perfect forecaster.

    Parameters and Raises: as in `calibration_table`.

    >>> figure = calibration(pd.DataFrame({"probability": [0.1, 0.9], "outcome": [0, 1]}))
    >>> figure.layout.meta["description"]
    '2 predictions: said 10%, happened 0% (0 of 1); said 90%, happened 100% (1 of 1). Mean squared error (Brier score) 0.010.'
    """
    table = calibration_table(predictions, bins)
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
    said = "; ".join(f"said {r.predicted:.0%}, happened {r.observed:.0%} ({round(r.observed * r.n)} of {r.n})" for r in table.itertuples())
    return _finish(
        figure,
        "When it says 70%, is it 70%?",
        f"{len(predictions)} predictions: {said}. Mean squared error (Brier score) {table.attrs['brier']:.3f}.",
        650,
        xaxis={"title": {"text": "probability said"}, "range": [-0.03, 1.03], "tickformat": ".0%", "gridcolor": "#e4e4e4"},
        yaxis={"title": {"text": "share that had it"}, "range": [-0.04, 1.04], "tickformat": ".0%", "gridcolor": "#e4e4e4"},
        legend=LEGEND_BELOW,
        margin={"b": 130},
    )
