"""From toggle to paint: `python tests/bench/paint.py`. Every explorer in real JupyterLab, in headless Chromium; a Markdown table.

On one page stand an explorer, an empty widget that only sends a number to the kernel and gets it back, and the same question written naively
(`naive.py`). They take turns, so a busy moment of the machine hits all three. A time runs from just before the input event to the first
task after the frame in which the answer stands: the answer's part of the page has changed its text (a MutationObserver), the next animation
frame has begun, and a message posted from it has arrived, which the browser delivers after that frame's style, layout and paint.
What is painted before the answer is there, such as a pressed button, does not count.
"""

import argparse
import contextlib
import inspect
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from toggles import TOGGLES, Toggle

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "browser"))
import conftest  # noqa: E402  JupyterLab and Chromium as the browser tests start them

MOST_MS, MOST_RATIO, READY_S = 100, 1.5, 3
HEADER = ["Explorer", "Control", "Answer from", "Empty trip", "Explorer", "Naive", "To the empty trip", "To the naive one", "Target"]

PING = """
import anywidget, traitlets, ipywidgets
class Ping(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
        const button = document.createElement("button"), heard = document.createElement("output");
        button.className = "bench-ping";
        button.onclick = () => { model.set("asked", model.get("asked") + 1); model.save_changes(); };
        model.on("change:heard", () => { heard.textContent = model.get("heard"); });
        el.style.cssText = "position: fixed; z-index: 99; right: 0; bottom: 0";
        el.append(button, heard);
    } };'''
    asked = traitlets.Int(0).tag(sync=True)
    heard = traitlets.Int(0).tag(sync=True)
    def __init__(self):
        super().__init__()
        self.observe(lambda change: self.set_trait("heard", change["new"]), "asked")
Ping()
"""

RECORD = """
from datetime import UTC, datetime, timedelta
from heelkit import progress
ids, start = list(heelkit.load().questions.index), datetime.now(UTC) - timedelta(days=90)
for n in range(300):
    question = ids[n % 100]
    progress.record("answer", question, topic=question[:2], given="A", right=n % 3 > 0, sure=(0.25, 0.5, 0.75, 0.95)[n % 4], at=start + timedelta(hours=7 * n))
"""

PAGE = """
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const until = async (ready) => { const start = performance.now(); while (!ready()) { if (performance.now() - start > 20000) throw Error(`never: ${ready}`);
    await pause(5); } };
const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now());
    port2.postMessage(0);
}));
function time(nodes, fire, answered) {
    return new Promise((done, fail) => {
        const said = () => nodes.map((node) => node.textContent).join("|"), before = said();
        const late = setTimeout(() => { observer.disconnect(); fail(Error(`no answer: ${fire}`)); }, 20000);
        const observer = new MutationObserver(() => {
            if (said() === before || !answered(before)) return;
            observer.disconnect();
            clearTimeout(late);
            painted().then((end) => done(end - start));
        });
        for (const node of nodes) observer.observe(node, { subtree: true, childList: true, characterData: true, attributes: true });
        const start = performance.now();
        fire();
    });
}
async function show(node) {
    const { top, bottom } = node.getBoundingClientRect();
    if (bottom > 1000 || top < 60) node.scrollIntoView({ block: "nearest" });
    await painted();
    await painted();
}
const ping = document.querySelector(".bench-ping"), heard = ping.nextElementSibling;
const trip = () => time([heard], () => ping.click(), () => true);
return { pause, until, time, show, trip };
"""

RACE = """async ({ page, name, fire, answer, before, naive, toggles }) => {
    const { pause, until, time, show, trip } = new Function(page)();
    const root = document.querySelector(`.hk-${name}`), plain = document.querySelector(".widget-interact");
    const run = new Function("root", "i", fire), press = new Function("root", "i", naive);
    const prepare = new (async () => {}).constructor("root", "i", "until", before);
    const turn = () => /turn (\\d+)/.exec(plain.textContent)?.[1];
    const took = { explorer: [], trip: [], naive: [] };
    const contestants = {
        async explorer(i) {
            await prepare(root, i, until);
            await trip();
            const nodes = [...root.querySelectorAll(answer)];
            await show(nodes[0].offsetParent ? nodes[0] : root);
            await pause(20 + 20 * Math.random());
            return time(nodes, () => run(root, i), () => true);
        },
        async trip() { await trip(); await pause(20 + 20 * Math.random()); return trip(); },
        async naive(i) {
            await trip();
            await show(plain);
            await pause(20 + 20 * Math.random());
            const old = turn();
            return time([plain], () => press(plain, i), () => turn() && turn() !== old);
        },
    };
    const names = Object.keys(contestants);
    for (let i = -5; i < toggles; i += 1) for (let k = 0; k < 3; k += 1) { // five to warm up
        const which = names[(i + 6 + k) % 3], ms = await contestants[which](i + 5);
        if (i >= 0) took[which].push(ms);
    }
    return took;
}"""


class Given:
    """The one thing that the fixture `lab` wants of pytest."""

    def __init__(self, folder: Path):
        self.folder = folder

    def mktemp(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=name, dir=self.folder))


@contextlib.contextmanager
def browser():
    """A running JupyterLab, and what opens a tab in it: the fixtures of the browser tests, without pytest."""
    fixture = [contextlib.contextmanager(inspect.unwrap(f)) for f in (conftest.lab, conftest.chromium)]
    with tempfile.TemporaryDirectory() as home, fixture[0](Given(Path(home))) as lab, fixture[1]() as chromium:
        yield lab, inspect.unwrap(conftest.new_page)(chromium)


def race(lab, new_page, toggle: Toggle, toggles: int) -> dict[str, list[float]]:
    """Milliseconds of every toggle of the explorer, of the empty round trip, and of the naive version."""
    tab, name = new_page(), f"bench_{toggle.name}.ipynb"
    cells = [f"import sys; sys.path.insert(0, {str(HERE)!r}); import heelkit, naive", PING, *([RECORD] if toggle.name == "progress" else [])]
    lab.open_notebook(tab, lab.write_notebook(name, *cells, f"heelkit.explore.{toggle.make}", f"naive.{toggle.name}();"))
    lab.run_all(tab)
    tab.locator(f".hk-{toggle.name}[data-ready='true']").wait_for()
    tab.wait_for_function("() => /turn \\d+/.test(document.querySelector('.widget-interact')?.textContent ?? '')")
    words = {field: getattr(toggle, field) for field in ("name", "fire", "answer", "before", "naive")}
    try:
        took = tab.evaluate(RACE, {**words, "page": PAGE, "toggles": toggles})
        assert not tab.console_errors, tab.console_errors
        return took
    finally:
        tab.context.close()
        lab.stop_kernel(name)


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def both(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} / {p95(times):.0f}"


def ratio(one: list[float], other: list[float]) -> list[float]:
    """Of the medians, and of the 95th percentiles."""
    return [statistics.median(one) / statistics.median(other), p95(one) / p95(other)]


def row(toggle: Toggle, took: dict[str, list[float]]) -> list[str]:
    """One row of the table. The target is met when the 95th percentile and both ratios to the empty trip are, and both to the naive are below 1."""
    mine, to_trip, to_naive = took["explorer"], ratio(took["explorer"], took["trip"]), ratio(took["explorer"], took["naive"])
    missed = [f"p95 over {MOST_MS} ms"] * (p95(mine) > MOST_MS) + [f"over {MOST_RATIO} trips"] * (max(to_trip) > MOST_RATIO)
    missed += ["not faster than naive"] * (max(to_naive) >= 1)
    told = [" / ".join(f"{r:.2f}" for r in pair) for pair in (to_trip, to_naive)]
    times = [both(took[name]) for name in ("trip", "explorer", "naive")]
    return [f"`{toggle.name}`", toggle.control, toggle.by, *times, *told, f"**missed**: {', '.join(missed)}" if missed else "met"]


def table(header: list[str], rows) -> None:
    print(*(f"| {' | '.join(r)} |" for r in (header, ["---"] * len(header))), sep="\n", flush=True)
    for cells in rows:
        print(f"| {' | '.join(cells)} |", flush=True)
    print(flush=True)


def load() -> None:
    print(f"Load average (1, 5, 15 minutes): {', '.join(f'{x:.2f}' for x in os.getloadavg())}.\n", flush=True)


READY = """({ unfinished, widgets, plots }) => {
    const found = (selector) => document.querySelectorAll(selector).length;
    const idle = document.querySelector(".jp-Notebook-ExecutionIndicator")?.dataset.status === "idle";
    return idle && !new Function(`return (${unfinished})()`)() && found(".heelkit[data-ready='true']") >= widgets
        && found(".js-plotly-plot:has(.main-svg .trace)") >= plots;
}"""


def run_all(lab, new_page, name: str, wanted: dict[str, int]) -> float:
    """Seconds from choosing Run All Cells to the last cell idle and every explorer and figure painted; the notebook's kernel was ready before."""
    tab = new_page()
    try:
        lab.open_notebook(tab, name)
        tab.wait_for_timeout(1500)  # the page has settled
        tab.get_by_role("menuitem", name="Run", exact=True).click()
        start = time.perf_counter()
        tab.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        tab.wait_for_function(READY, arg={**wanted, "unfinished": conftest.UNFINISHED}, timeout=60_000, polling=20)
        return time.perf_counter() - start
    finally:
        tab.context.close()
        lab.stop_kernel(name)


def outputs(name: str) -> dict[str, int]:
    """How many explorers and figures a notebook shows."""
    cells = nbformat.read(conftest.NOTEBOOKS / name, as_version=4).cells
    found = [kind for cell in cells for output in cell.get("outputs", []) for kind in output.get("data", {})]
    return {"widgets": found.count("application/vnd.jupyter.widget-view+json"), "plots": found.count("application/vnd.plotly.v1+json")}


def notebooks(lab, new_page, rounds: int, which: str):
    """A row per notebook."""
    names = [p.name for p in sorted(conftest.NOTEBOOKS.glob("*.ipynb")) if which in p.name]
    run_all(lab, new_page, names[0], outputs(names[0]))  # warms the server and the files up
    for name in names:
        times = [run_all(lab, new_page, name, outputs(name)) for _ in range(rounds)]
        shown, middle = outputs(name), statistics.median(times)
        told = [f"{t:.1f}" for t in (middle, min(times), max(times))]
        yield [f"`{name}`", str(shown["widgets"]), str(shown["plots"]), *told, f"< {READY_S} s, {'met' if middle < READY_S else '**missed**'}"]


def first_notebook() -> tuple[float, float]:
    """Seconds from starting JupyterLab until it answers, and until the first lesson stands open with a kernel that is ready."""
    start = time.perf_counter()
    with browser() as (lab, new_page):
        up = time.perf_counter() - start
        lab.open_notebook(new_page(), "00_start_here.ipynb")
        return up, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help="explorers, or notebooks, or start; all without one")
    parser.add_argument("--toggles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3, help="so many Run All and starts, of which the median is told")
    parser.add_argument("--only", default="", help="only notebooks with this in their name")
    arguments = parser.parse_args()
    wanted, names = arguments.parts, [t.name for t in TOGGLES]
    if strangers := set(wanted) - {*names, "notebooks", "start"}:
        raise SystemExit(f"Unknown: {', '.join(sorted(strangers))}. There are {', '.join(names)}, notebooks, start.")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a student's Python keeps what it has compiled
    load()
    chosen = [t for t in TOGGLES if t.name in wanted or not wanted]
    with browser() as (lab, new_page):
        if chosen:
            table(HEADER, (row(t, race(lab, new_page, t, arguments.toggles)) for t in chosen))
        if "notebooks" in wanted or not wanted:
            heads = ["Notebook", "Explorers", "Figures", "Run All to ready, s (median)", "fastest", "slowest", "Target"]
            table(heads, notebooks(lab, new_page, arguments.rounds, arguments.only))
    if "start" in wanted or not wanted:
        times = [first_notebook() for _ in range(arguments.rounds)]
        up, usable = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"JupyterLab answers {up:.1f} s after its start; the first lesson stands open with a ready kernel after {usable:.1f} s (median of {len(times)}).")
    load()


if __name__ == "__main__":
    main()
