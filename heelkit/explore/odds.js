// The odds explorer in the browser. Buttons answer at once; the kernel computes the chain. Everything from a table is set as text, never as HTML.

const percent = (p) => (p >= 0.995 ? ">99%" : p < 0.01 ? "<1%" : `${Math.round(p * 100)}%`);
const fine = (p) => (p < 0.0995 || p > 0.9905 ? `${Number((p * 100).toPrecision(2))}%` : percent(p)); // where a nomogram needs more digits
const times = (r) => (r >= 0.995 ? `× ${Number(r.toPrecision(3))}` : `÷ ${Number((1 / r).toPrecision(3))}`);
const logit = (p) => Math.log10(p / (1 - p));
const after = (p, ratio) => (p * ratio) / (p * ratio + 1 - p);
const SILENCE = 3000; // ms without an answer before the student is told
const SIGN = { present: "+", absent: "−" };
const STOPS = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, ...Array.from({ length: 31 }, (_, i) => 20 + 2 * i), 82, 84, 86, 88, 90, 92, 94, 95, 96, 97, 98, 99, 99.5, 99.9].map((x) => x / 100);
const nearest = (p) => STOPS.reduce((best, x, i) => (Math.abs(logit(x) - logit(p)) < Math.abs(logit(STOPS[best]) - logit(p)) ? i : best), 0);
const PEOPLE = [["have it, test positive", "tp"], ["have it, test negative: missed", "fn"], ["do not have it, test positive: false alarm", "fp"], ["do not have it, test negative", "tn"]];
const SVG = "http://www.w3.org/2000/svg";

function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// The nomogram of Fagan: in logarithms of the odds a straight ruler adds.
const X = [72, 210, 348], MID = 350, SCALE = 96;
const LEFT = (p) => MID + logit(p) * SCALE, RIGHT = (p) => MID - logit(p) * SCALE, MIDDLE = (r) => MID - (Math.log10(r) * SCALE) / 2;
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 50, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9], RATIOS = [1000, 200, 50, 10, 3, 1, 0.3, 0.1, 0.02, 0.005, 0.001];

function axis(x, title, marks, side) {
  const ys = marks.map(([, y]) => y), end = side < 0 ? "end" : "start";
  return draw("g", {}, draw("line", { x1: x, x2: x, y1: Math.min(...ys) - 4, y2: Math.max(...ys) + 4, class: "hk-axis-line" }),
    ...marks.flatMap(([name, y]) => [draw("line", { x1: x, x2: x + 8 * side, y1: y, y2: y, class: "hk-axis-line" }),
      draw("text", { x: x + 13 * side, y: y + 6, "text-anchor": end }, name)]),
    ...title.map((line, i) => draw("text", { x, y: Math.min(...ys) - 36 + 21 * i, "text-anchor": "middle", class: "hk-axis-title" }, line)));
}

function nomogram() {
  const ruler = draw("path", { class: "hk-ruler" }), other = draw("path", { class: "hk-ruler hk-ruler-other" }), guess = draw("path", { class: "hk-guess" });
  const ends = X.map((x, i) => draw("circle", { r: 8, cx: x, class: i === 1 ? "hk-end hk-end-ratio" : "hk-end" }));
  const guessText = draw("text", { class: "hk-guess-text", x: X[2] - 18, "text-anchor": "end" }, "you");
  const node = draw("svg", { viewBox: "0 0 420 660", class: "hk-nomogram", role: "img" },
    other, ruler, axis(X[0], ["before, %"], TICKS.map((t) => [t, LEFT(t / 100)]), -1), axis(X[1], ["likelihood", "ratio"], RATIOS.map((r) => [r, MIDDLE(r)]), -1),
    axis(X[2], ["after, %"], TICKS.map((t) => [t, RIGHT(t / 100)]), 1), ...ends, guess, guessText);
  const line = (p, ratio) => `M${X[0]},${LEFT(p)} L${X[1]},${MIDDLE(ratio)} L${X[2]},${RIGHT(after(p, ratio))}`;
  return { node, show(p, ratio, mine) {
    ruler.setAttribute("d", line(p, ratio));
    [LEFT(p), MIDDLE(ratio), RIGHT(after(p, ratio))].forEach((y, i) => ends[i].setAttribute("cy", y));
    const y = mine == null ? -99 : RIGHT(Math.min(Math.max(mine, 0.0008), 0.9992));
    guess.setAttribute("d", `M${X[2]},${y} l-14,-9 v18 z`);
    guessText.setAttribute("y", y + 6);
    node.setAttribute("aria-label", `Nomogram: from ${fine(p)} with a likelihood ratio of ${Number(ratio.toPrecision(3))} to ${fine(after(p, ratio))}.`);
  }, compare(p, ratio) { other.setAttribute("d", p == null ? "" : line(p, ratio)); } };
}

// 1000 people, 40 in a row. Each group has its sign as well as its color.
function people(groups, text) {
  const marks = [], size = 12;
  let i = 0;
  groups.forEach((n, g) => {
    for (let k = 0; k < n; k += 1, i += 1) {
      const x = (i % 40) * size + 6, y = Math.floor(i / 40) * size + 6;
      marks[g] = (marks[g] ?? "") + [`M${x - 4},${y}a4,4 0 1,0 8,0a4,4 0 1,0 -8,0`, `M${x - 4},${y - 4}l8,8m0,-8l-8,8`, `M${x - 4.5},${y + 4}l4.5,-8.5l4.5,8.5z`, `M${x - 3},${y}a3,3 0 1,0 6,0a3,3 0 1,0 -6,0`][g];
    }
  });
  return draw("svg", { viewBox: "0 0 480 300", class: "hk-people", role: "img", "aria-label": text }, ...marks.map((d, g) => draw("path", { d, class: `hk-person-${PEOPLE[g][1]}` })).filter(Boolean));
}

function legend(groups) {
  const four = groups[1] + groups[2] > 0;
  return el("ul", { class: "hk-people-key" }, ...PEOPLE.map(([words, kind], g) => (groups[g] || four)
    && el("li", {}, draw("svg", { viewBox: "0 0 12 12", class: "hk-people-sign", "aria-hidden": "true" }, draw("path", { class: `hk-person-${kind}`,
      d: ["M2,6a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", "M2,2l8,8m0,-8l-8,8", "M1.5,10l4.5,-8.5l4.5,8.5z", "M3,6a3,3 0 1,0 6,0a3,3 0 1,0 -6,0"][g] })),
      el("strong", {}, String(groups[g])), ` ${four ? words : words.split(",")[0]}`)).filter(Boolean));
}

function render({ model, el: root }) {
  const catalog = model.get("catalog"), get = (trait) => model.get(trait);
  const condition = () => catalog.conditions.find((c) => c.id === get("condition"));
  const currentCase = () => [get("condition"), get("setting"), get("tests")];
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const gated = () => get("prediction") === null;

  // A stopped kernel must not look like a number that does not change.
  const silent = el("p", { class: "hk-silent", role: "status", hidden: true },
    "No answer from Python yet: what you see below is out of date. If this stays, run the notebook's cells again.");
  let timer;
  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
    clearTimeout(timer);
    timer = setTimeout(() => { silent.hidden = same(get("view").case, currentCase()); }, SILENCE);
  }

  // --- the question -------------------------------------------------------------------------
  const whichCondition = el("select", { "aria-label": "Condition", onchange: () => { untouched(); save({ condition: whichCondition.value, tests: [], prediction: get("start").prediction ? get("prediction") && {} : null }); } },
    ...catalog.conditions.map((c) => el("option", { value: c.id }, c.name)));
  const whichSetting = el("select", { "aria-label": "Setting", onchange: () => save({ setting: whichSetting.value }) },
    ...catalog.settings.map((s) => el("option", { value: s.id, title: s.description }, s.label)));
  const reset = el("button", { type: "button", class: "hk-button", onclick: () => { untouched(); save({ ...get("start") }); } }, "Start over");
  const tests = el("ul", { class: "hk-tests", "aria-label": "Tests and their results" });
  const buttons = new Map();
  let listed = "";

  function choose(id, result) {
    const chosen = get("tests"), at = chosen.findIndex(([f]) => f === id);
    if (at < 0) save({ tests: [...chosen, [id, result]] });
    else if (chosen[at][1] === result) save({ tests: chosen.filter(([f]) => f !== id) });
    else save({ tests: chosen.map((pair) => (pair[0] === id ? [id, result] : pair)) });
  }

  function paintTests() {
    whichCondition.value = get("condition");
    whichSetting.value = get("setting");
    if (listed !== (listed = get("condition"))) {
      buttons.clear();
      tests.replaceChildren(...condition().tests.map((t) => {
        const pair = ["present", "absent"].map((result) => el("button", { type: "button", class: `hk-result hk-result-${result}`, "data-test": t.id, "data-result": result, title: result === "present" ? "positive" : "negative",
          "aria-label": `${t.label}: ${result}`, onclick: () => choose(t.id, result) }, SIGN[result]));
        buttons.set(t.id, pair);
        return el("li", {}, ...pair, el("span", { class: "hk-testname", title: t.how }, t.label, t.number ? null : el("span", { class: "hk-hint" }, " no number")));
      }));
    }
    const chosen = new Map(get("tests"));
    for (const [id, pair] of buttons) for (const b of pair) b.setAttribute("aria-pressed", String(chosen.get(id) === b.dataset.result));
  }

  // --- prediction ---------------------------------------------------------------------------
  const asked = el("p", { class: "hk-question" }), start = el("p", {});
  const said = el("output", { class: "hk-said" }, "?");
  const slider = el("input", { type: "range", min: 0, max: STOPS.length - 1, step: 1, "aria-label": "Your prediction", class: "hk-wide", oninput: () => { touched = true; paintSlider(); } });
  const commit = el("button", { type: "button", class: "hk-button hk-primary", onclick: () => { save({ prediction: { probability: STOPS[slider.value], case: currentCase() } }); verdict.focus(); } }, "Commit and see");
  let touched = false;
  const untouched = () => { touched = false; };
  const predict = el("div", { class: "hk-predict" }, asked, start, el("div", { class: "hk-row" }, slider, said),
    el("div", { class: "hk-row" }, commit, el("button", { type: "button", class: "hk-button", onclick: () => save({ prediction: {} }) }, "Show without a prediction")));

  function paintSlider() {
    const view = get("view");
    if (!touched) slider.value = nearest(view.pretest);
    said.textContent = touched ? fine(STOPS[slider.value]) : "move the slider";
    slider.setAttribute("aria-valuetext", fine(STOPS[slider.value]));
    commit.disabled = !touched || !get("tests").length;
  }

  function paintPrediction() {
    const view = get("view"), mine = get("prediction"), setting = catalog.settings.find((s) => s.id === get("setting")).label;
    predict.hidden = !gated();
    revealed.hidden = gated();
    asked.textContent = get("tests").length ? `Predict first: how likely is ${view.name} with these results?` : "Choose a test and its result.";
    start.textContent = `Before any test: ${fine(view.pretest)} (${setting}).`;
    paintSlider();
    verdict.hidden = view.error !== "" || !view.rows.length;
    const fits = mine?.case && same(mine.case, view.case);
    verdict.replaceChildren(el("strong", {}, `Before ${fine(view.pretest)}, now ${fine(view.final)}. `), fits ? `You predicted ${fine(mine.probability)}: ${compared(mine.probability, view)}`
      : mine?.case ? "Your prediction was made for other results." : "");
    again.hidden = !mine?.case || fits;
  }

  function compared(mine, view) {
    const apart = logit(mine) - logit(view.final);
    if (Math.abs(apart) < 0.18) return "very close.";
    const moved = Math.abs(logit(view.final) - logit(view.pretest)), guessed = Math.abs(logit(mine) - logit(view.pretest));
    if ((logit(mine) - logit(view.pretest)) * (logit(view.final) - logit(view.pretest)) < 0) return "these results move it the other way.";
    return guessed > moved ? "you trusted the results more than their numbers allow." : "the results say more than you expected.";
  }

  const verdict = el("p", { class: "hk-verdict", role: "status", tabindex: "-1" });
  const again = el("button", { type: "button", class: "hk-button", hidden: true, onclick: () => { untouched(); save({ prediction: null }); slider.focus(); } }, "Predict again");

  // --- nomogram -----------------------------------------------------------------------------
  const chart = nomogram();
  const reading = el("p", { class: "hk-reading" });
  const other = el("input", { type: "range", min: 0, max: STOPS.length - 1, step: 1, class: "hk-wide", "aria-label": "Try another probability before the test", oninput: () => paintOther(true) });
  const otherText = el("p", { class: "hk-reading-other", role: "status" });

  function paintOther(moved) {
    const view = get("view"), p = STOPS[other.value];
    if (!moved) other.value = nearest(view.pretest);
    other.setAttribute("aria-valuetext", fine(STOPS[other.value]));
    chart.compare(moved ? p : null, view.ratio);
    otherText.textContent = moved ? `Started at ${fine(p)}, the same results lead to ${fine(after(p, view.ratio))} (dashed line).` : "Move it: the same results, another starting point.";
  }

  // --- 1000 people --------------------------------------------------------------------------
  let picture = 0;
  const pictures = el("div", { class: "hk-row hk-pictures", role: "group", "aria-label": "Which 1000 patients" }), crowd = el("div", {});

  function paintPeople() {
    const { icons } = get("view");
    picture = Math.min(picture, Math.max(icons.length - 1, 0));
    const held = pictures.contains(root.ownerDocument.activeElement);
    pictures.replaceChildren(...icons.map((icon, i) => el("button", { type: "button", class: "hk-button", "aria-pressed": String(i === picture), onclick: () => { picture = i; paintPeople(); } }, icon.title)));
    if (held) pictures.children[picture].focus();
    const icon = icons[picture];
    crowd.replaceChildren(...(icon ? [people(icon.groups, icon.text), legend(icon.groups), el("p", {}, icon.text)] : []));
  }

  // --- the chain and its studies ------------------------------------------------------------
  const body = el("tbody");
  const table = el("table", { class: "hk-chain" }, el("caption", { class: "hk-hint" }, "Printed: in the study. Used: shrunk by the study's quality and capped. Counted: after what related tests already said."),
    el("thead", {}, el("tr", {}, ...["test and result", "printed", "used", "counted", "probability"].map((h) => el("th", { scope: "col" }, h)))), body);
  const studies = el("ul", { class: "hk-studies" }), nothing = el("ul", { class: "hk-nothing" }), sources = el("details", { class: "hk-sources" });
  const error = el("p", { class: "hk-silent", role: "alert" });

  function paintChain() {
    const view = get("view"), row = (...cells) => el("tr", {}, ...cells.map((c, i) => el(i ? "td" : "th", i ? {} : { scope: "row" }, c)));
    body.replaceChildren(row("Before any test", "", "", "", fine(view.pretest)), ...view.rows.map((r) => row(`${SIGN[r.result]} ${r.label}`, r.printed == null ? "none" : String(Number(r.printed.toPrecision(3))), times(r.used), times(r.counted), fine(r.probability))));
    studies.replaceChildren(...view.rows.map((r) => el("li", { "data-study": r.finding_id },
      el("strong", {}, r.label), " ", el("span", { class: "hk-basis" }, `${r.quality} quality`), el("p", {}, r.why, r.reason && !r.why.includes(r.reason) ? ` ${r.reason}` : ""),
      r.study ? el("p", { class: "hk-hint" }, `${r.study}.`) : null,
      r.warnings.length ? el("ul", {}, ...r.warnings.map((w) => el("li", { class: "hk-warning" }, "⚠ ", w))) : el("p", {}, "✓ No warning sign is marked for this study."))));
    nothing.replaceChildren(...view.silent.map((s) => el("li", { class: "hk-silent", "data-silent": s.finding_id }, el("strong", {}, `${s.label}: no number, so it moves nothing. `), s.why)));
    error.textContent = view.error;
    error.hidden = !view.error;
    numbers.hidden = view.error !== "" || !view.rows.length;
    sources.hidden = !view.sources.length;
    sources.replaceChildren(el("summary", {}, `Sources (${view.sources.length})`), el("ul", {}, ...view.sources.map((s) => el("li", {}, s.url.startsWith("https://") ? el("a", { href: s.url, target: "_blank", rel: "noopener noreferrer" }, s.text) : s.text, ` (${s.level})`))));
    reading.textContent = `${fine(view.pretest)}  ${times(view.ratio)}  →  ${fine(view.final)}`;
  }

  // --- all together -------------------------------------------------------------------------
  const numbers = el("div", { class: "hk-numbers" },
    el("section", { "aria-label": "Nomogram" }, el("h3", {}, "Nomogram"), reading, chart.node, el("label", { class: "hk-hint" }, "Another start ", other), otherText),
    el("section", { "aria-label": "1000 patients" }, el("h3", {}, "1000 patients"), pictures, crowd),
    el("section", { class: "hk-wide-part", "aria-label": "The chain" }, el("h3", {}, "The chain"), table));
  const revealed = el("div", {}, verdict, again, numbers);
  const about = el("section", { class: "hk-about", "aria-label": "The studies behind the numbers" }, el("h3", {}, "How good are these numbers?"), studies, sources);
  revealed.append(about);
  root.classList.add("heelkit", "hk-odds");
  root.append(el("div", { class: "hk-controls" }, el("label", {}, "Condition ", whichCondition), el("label", {}, "Setting ", whichSetting), reset),
    el("div", { class: "hk-ask-and-see" }, el("section", { "aria-label": "Tests" }, el("h3", {}, "Positive (+) or negative (−)"), tests),
      el("section", { "aria-label": "Answer" }, silent, error, nothing, predict, revealed)),
    el("p", { class: "hk-hint" }, "Only measured ratios count here, against everything else together. Teaching material, not a medical device."));

  function paintView() {
    const view = get("view"), mine = get("prediction");
    paintPrediction();
    paintPeople();
    paintChain();
    chart.show(view.pretest, view.ratio, mine?.case && same(mine.case, view.case) ? mine.probability : null);
    paintOther(false);
    about.hidden = !view.rows.length;
    silent.hidden = true;
    root.dataset.ready = "true";
  }

  const giveKeysBack = keepPlainKeys(root);
  const stop = watch(model, { "tests condition setting": paintTests, "view prediction": paintView });
  return () => { clearTimeout(timer); giveKeysBack(); stop(); };
}

export default { render };
