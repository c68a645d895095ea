// The odds explorer in the browser. Buttons answer at once; the kernel computes the chain. Everything from a table is set as text, never as HTML.

const fine = (p) => (p < 0.0995 || p > 0.9905 ? `${Number((p * 100).toPrecision(2))}%` : percent(p)); // where a nomogram needs more digits
const times = (r) => (r >= 0.995 ? `× ${Number(r.toPrecision(3))}` : `÷ ${Number((1 / r).toPrecision(3))}`);
const logit = (p) => Math.log10(p / (1 - p));
const after = (p, ratio) => (p * ratio) / (p * ratio + 1 - p);
const SIGN = { present: "+", absent: "−" };
const STOPS = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, ...Array.from({ length: 31 }, (_, i) => 20 + 2 * i),
  82, 84, 86, 88, 90, 92, 94, 95, 96, 97, 98, 99, 99.5, 99.9].map((x) => x / 100);
const nearest = (p) => STOPS.reduce((best, x, i) => (Math.abs(logit(x) - logit(p)) < Math.abs(logit(STOPS[best]) - logit(p)) ? i : best), 0);
const PEOPLE = ["tp", "fn", "fp", "tn"];
// The sign of each group around a point, as well as its color.
const PERSON = [(x, y) => `M${x - 4},${y}a4,4 0 1,0 8,0a4,4 0 1,0 -8,0`, (x, y) => `M${x - 4},${y - 4}l8,8m0,-8l-8,8`,
  (x, y) => `M${x - 4.5},${y + 4}l4.5,-8.5l4.5,8.5z`, (x, y) => `M${x - 3},${y}a3,3 0 1,0 6,0a3,3 0 1,0 -6,0`];
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
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 50, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9];
const RATIOS = [1000, 200, 50, 10, 3, 1, 0.3, 0.1, 0.02, 0.005, 0.001];

function axis(x, title, marks, side) {
  const ys = marks.map(([, y]) => y), end = side < 0 ? "end" : "start";
  return draw("g", {}, draw("line", { x1: x, x2: x, y1: Math.min(...ys) - 4, y2: Math.max(...ys) + 4, class: "hk-axis-line" }),
    ...marks.flatMap(([name, y]) => [draw("line", { x1: x, x2: x + 8 * side, y1: y, y2: y, class: "hk-axis-line" }),
      draw("text", { x: x + 13 * side, y: y + 6, "text-anchor": end }, name)]),
    ...title.map((line, i) => draw("text", { x, y: Math.min(...ys) - 36 + 21 * i, "text-anchor": "middle", class: "hk-axis-title" }, line)));
}

function nomogram(say) {
  const ruler = draw("path", { class: "hk-ruler" }), other = draw("path", { class: "hk-ruler hk-ruler-other" }), guess = draw("path", { class: "hk-guess" });
  const ends = X.map((x, i) => draw("circle", { r: 8, cx: x, class: i === 1 ? "hk-end hk-end-ratio" : "hk-end" }));
  const guessText = draw("text", { class: "hk-guess-text", x: X[2] - 18, "text-anchor": "end" }, say("you"));
  const node = draw("svg", { viewBox: "0 0 420 660", class: "hk-nomogram", role: "img" }, other, ruler,
    axis(X[0], [say("axis_before")], TICKS.map((t) => [t, LEFT(t / 100)]), -1),
    axis(X[1], [say("axis_ratio_1"), say("axis_ratio_2")], RATIOS.map((r) => [r, MIDDLE(r)]), -1),
    axis(X[2], [say("axis_after")], TICKS.map((t) => [t, RIGHT(t / 100)]), 1), ...ends, guess, guessText);
  const line = (p, ratio) => `M${X[0]},${LEFT(p)} L${X[1]},${MIDDLE(ratio)} L${X[2]},${RIGHT(after(p, ratio))}`;
  return { node, show(p, ratio, mine) {
    ruler.setAttribute("d", line(p, ratio));
    [LEFT(p), MIDDLE(ratio), RIGHT(after(p, ratio))].forEach((y, i) => ends[i].setAttribute("cy", y));
    const y = mine == null ? -99 : RIGHT(Math.min(Math.max(mine, 0.0008), 0.9992));
    guess.setAttribute("d", `M${X[2]},${y} l-14,-9 v18 z`);
    guessText.setAttribute("y", y + 6);
    node.setAttribute("aria-label", say("nomogram_label", { before: fine(p), ratio: Number(ratio.toPrecision(3)), after: fine(after(p, ratio)) }));
  }, compare(p, ratio) { other.setAttribute("d", p == null ? "" : line(p, ratio)); } };
}

// 1000 people, 40 in a row.
function people(groups, text) {
  const marks = [], size = 12;
  let i = 0;
  groups.forEach((n, g) => {
    for (let k = 0; k < n; k += 1, i += 1) {
      marks[g] = (marks[g] ?? "") + PERSON[g]((i % 40) * size + 6, Math.floor(i / 40) * size + 6);
    }
  });
  return draw("svg", { viewBox: "0 0 480 300", class: "hk-people", role: "img", "aria-label": text },
    ...marks.map((d, g) => draw("path", { d, class: `hk-person-${PEOPLE[g]}` })).filter(Boolean));
}

function legend(groups, say) {
  const four = groups[1] + groups[2] > 0, words = (kind, g) => say(four ? `person_${kind}` : g < 2 ? "have_it" : "do_not");
  return el("ul", { class: "hk-people-key" }, ...PEOPLE.map((kind, g) => (groups[g] || four) && el("li", {},
    draw("svg", { viewBox: "0 0 12 12", class: "hk-people-sign", "aria-hidden": "true" }, draw("path", { class: `hk-person-${kind}`, d: PERSON[g](6, 6) })),
    el("strong", {}, String(groups[g])), ` ${words(kind, g)}`)).filter(Boolean));
}

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), catalog = get("catalog");
  const condition = () => catalog.conditions.find((c) => c.id === get("condition"));
  const currentCase = () => [get("condition"), get("setting"), get("tests")];
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const gated = () => get("prediction") === null;
  const silent = kernelNotice(say("no_answer_below"), () => same(get("view").case, currentCase()));

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
    silent.listen();
  }

  // --- the question -------------------------------------------------------------------------
  const whichCondition = el("select", { "aria-label": say("condition"), onchange: () => {
    untouched();
    save({ condition: whichCondition.value, tests: [], prediction: get("start").prediction ? get("prediction") && {} : null });
  } }, ...catalog.conditions.map((c) => option(c.id, c.name)));
  const whichSetting = el("select", { "aria-label": say("setting"), onchange: () => save({ setting: whichSetting.value }) },
    ...catalog.settings.map((s) => el("option", { value: s.id, title: s.description }, s.label)));
  const reset = button(say("start_over"), () => { untouched(); save({ ...get("start") }); });
  const tests = el("ul", { class: "hk-tests", "aria-label": say("tests_and_results") });
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
        const pair = ["present", "absent"].map((result) => button(SIGN[result], () => choose(t.id, result), {
          class: `hk-result hk-result-${result}`, "data-test": t.id, "data-result": result, "aria-label": `${t.label}: ${say(result)}`,
          title: say(result === "present" ? "positive" : "negative") }));
        buttons.set(t.id, pair);
        const none = t.number ? null : el("span", { class: "hk-hint" }, ` ${say("no_number")}`);
        return el("li", {}, ...pair, el("span", { class: "hk-testname", title: t.how }, ...[t.label, none].filter(Boolean)));
      }));
    }
    const chosen = new Map(get("tests"));
    for (const [id, pair] of buttons) for (const b of pair) b.setAttribute("aria-pressed", String(chosen.get(id) === b.dataset.result));
  }

  // --- prediction ---------------------------------------------------------------------------
  const asked = el("p", { class: "hk-question" }), start = el("p", {});
  const said = el("output", { class: "hk-said" }, "?");
  const slider = el("input", { type: "range", min: 0, max: STOPS.length - 1, step: 1, "aria-label": say("your_prediction"), class: "hk-wide",
    oninput: () => { touched = true; paintSlider(); } });
  const commit = button(say("commit_and_see"), () => {
    save({ prediction: { probability: STOPS[slider.value], case: currentCase() } });
    verdict.focus();
  }, { class: "hk-button hk-primary" });
  let touched = false;
  const untouched = () => { touched = false; };
  const predict = el("div", { class: "hk-predict" }, asked, start, el("div", { class: "hk-row" }, slider, said),
    el("div", { class: "hk-row" }, commit, button(say("show_without"), () => save({ prediction: {} }))));

  function paintSlider() {
    const view = get("view");
    if (!touched) slider.value = nearest(view.pretest);
    said.textContent = touched ? fine(STOPS[slider.value]) : say("move");
    slider.setAttribute("aria-valuetext", fine(STOPS[slider.value]));
    commit.disabled = !touched || !get("tests").length;
  }

  function paintPrediction() {
    const view = get("view"), mine = get("prediction"), setting = catalog.settings.find((s) => s.id === get("setting")).label;
    predict.hidden = !gated();
    revealed.hidden = gated();
    asked.textContent = get("tests").length ? say("how_likely", { name: view.name }) : say("choose_test");
    start.textContent = say("before_setting", { before: fine(view.pretest), setting });
    paintSlider();
    verdict.hidden = view.error !== "" || !view.rows.length;
    const fits = mine?.case && same(mine.case, view.case);
    verdict.replaceChildren(el("strong", {}, `${say("before_now", { before: fine(view.pretest), after: fine(view.final) })} `),
      fits ? say("you_predicted", { mine: fine(mine.probability), compared: say(compared(mine.probability, view)) })
        : mine?.case ? say("other_results") : "");
    again.hidden = !mine?.case || fits;
  }

  function compared(mine, view) {
    const apart = logit(mine) - logit(view.final);
    if (Math.abs(apart) < 0.18) return "very_close";
    const moved = Math.abs(logit(view.final) - logit(view.pretest)), guessed = Math.abs(logit(mine) - logit(view.pretest));
    if ((logit(mine) - logit(view.pretest)) * (logit(view.final) - logit(view.pretest)) < 0) return "other_way";
    return guessed > moved ? "trusted" : "say_more";
  }

  const verdict = el("p", { class: "hk-verdict", role: "status", tabindex: "-1" });
  const again = button(say("predict_again"), () => { untouched(); save({ prediction: null }); slider.focus(); }, { hidden: true });

  // --- nomogram -----------------------------------------------------------------------------
  const chart = nomogram(say);
  const reading = el("p", { class: "hk-reading" });
  const other = el("input", { type: "range", min: 0, max: STOPS.length - 1, step: 1, class: "hk-wide", "aria-label": say("other_start"),
    oninput: () => paintOther(true) });
  const otherText = el("p", { class: "hk-reading-other", role: "status" });

  function paintOther(moved) {
    const view = get("view"), p = STOPS[other.value];
    if (!moved) other.value = nearest(view.pretest);
    other.setAttribute("aria-valuetext", fine(STOPS[other.value]));
    chart.compare(moved ? p : null, view.ratio);
    otherText.textContent = moved ? say("started_at", { start: fine(p), end: fine(after(p, view.ratio)) }) : say("move_it");
  }

  // --- 1000 people --------------------------------------------------------------------------
  let picture = 0;
  const pictures = el("div", { class: "hk-row hk-pictures", role: "group", "aria-label": say("which_patients") });
  const crowd = el("div", {});

  function paintPeople() {
    const { icons } = get("view");
    picture = Math.min(picture, Math.max(icons.length - 1, 0));
    const held = pictures.contains(root.ownerDocument.activeElement);
    const show = (i) => { picture = i; paintPeople(); };
    pictures.replaceChildren(...icons.map((icon, i) => button(icon.title, () => show(i), { "aria-pressed": String(i === picture) })));
    if (held) pictures.children[picture].focus();
    const icon = icons[picture];
    crowd.replaceChildren(...(icon ? [people(icon.groups, icon.text), legend(icon.groups, say), el("p", {}, icon.text)] : []));
  }

  // --- the chain and its studies ------------------------------------------------------------
  const body = el("tbody");
  const heads = ["test_and_result", "printed", "used", "counted", "probability"];
  const table = el("table", { class: "hk-chain" }, el("caption", { class: "hk-hint" }, say("chain_caption")),
    el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, say(h))))), body);
  const studies = el("ul", { class: "hk-studies" }), nothing = el("ul", { class: "hk-nothing" }), sources = el("details", { class: "hk-sources" });
  const error = el("p", { class: "hk-silent", role: "alert" });

  function paintChain() {
    const view = get("view"), cell = (c, i) => el(i ? "td" : "th", i ? {} : { scope: "row" }, c), row = (...cells) => el("tr", {}, ...cells.map(cell));
    const printed = (r) => (r.printed == null ? say("none") : String(Number(r.printed.toPrecision(3))));
    body.replaceChildren(row(say("before_any_test"), "", "", "", fine(view.pretest)), ...view.rows.map((r) =>
      row(`${SIGN[r.result]} ${r.label}`, printed(r), times(r.used), times(r.counted), fine(r.probability))));
    studies.replaceChildren(...view.rows.map((r) => el("li", { "data-study": r.finding_id },
      el("strong", {}, r.label), " ", el("span", { class: "hk-basis" }, r.quality),
      el("p", {}, r.why, r.reason && !r.why.includes(r.reason) ? ` ${r.reason}` : ""), r.study ? el("p", { class: "hk-hint" }, `${r.study}.`) : null,
      r.warnings.length ? el("ul", {}, ...r.warnings.map((w) => el("li", { class: "hk-warning" }, "⚠ ", w))) : el("p", {}, say("no_warning")))));
    nothing.replaceChildren(...view.silent.map((s) => el("li", { class: "hk-silent", "data-silent": s.finding_id },
      el("strong", {}, `${say("moves_nothing", s)} `), s.why)));
    error.textContent = view.error;
    error.hidden = !view.error;
    numbers.hidden = view.error !== "" || !view.rows.length;
    sources.hidden = !view.sources.length;
    fillSources(sources, view.sources, say);
    reading.textContent = `${fine(view.pretest)}  ${times(view.ratio)}  →  ${fine(view.final)}`;
  }

  // --- all together -------------------------------------------------------------------------
  const part = (word, ...children) => el("section", { "aria-label": say(word) }, el("h3", {}, say(word)), ...children);
  const chain = part("chain", table);
  chain.className = "hk-wide-part";
  const numbers = el("div", { class: "hk-numbers" },
    part("nomogram", reading, chart.node, el("label", { class: "hk-hint" }, `${say("another_start")} `, other), otherText),
    part("thousand", pictures, crowd), chain);
  const about = el("section", { class: "hk-about", "aria-label": say("studies") }, el("h3", {}, say("how_good")), studies, sources);
  const revealed = el("div", {}, verdict, again, numbers, about);
  root.classList.add("heelkit", "hk-odds");
  root.lang = say("lang");
  root.append(el("div", { class: "hk-controls" }, el("label", {}, `${say("condition")} `, whichCondition),
    el("label", {}, `${say("setting")} `, whichSetting), reset),
    el("div", { class: "hk-ask-and-see" }, el("section", { "aria-label": say("tests") }, el("h3", {}, say("positive_or_negative")), tests),
      el("section", { "aria-label": say("answer") }, silent.node, recordNotice(model), error, nothing, predict, revealed)),
    el("p", { class: "hk-hint" }, `${say("only_measured")} ${say("teaching_material")}`));

  function paintView() {
    const view = get("view"), mine = get("prediction");
    paintPrediction();
    paintPeople();
    paintChain();
    chart.show(view.pretest, view.ratio, mine?.case && same(mine.case, view.case) ? mine.probability : null);
    paintOther(false);
    about.hidden = !view.rows.length;
    silent.heard();
    root.dataset.ready = "true";
  }

  const giveKeysBack = keepPlainKeys(root);
  const stop = watch(model, { "tests condition setting": paintTests, "view prediction": paintView });
  return () => { silent.stop(); giveKeysBack(); stop(); };
}

export default { render };
