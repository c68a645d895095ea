// The pressure explorer in the browser. Python computes every curve and sentence; this file draws them and keeps the student's prediction.

const SVG = "http://www.w3.org/2000/svg";
const SLIDER_NAMES = ["rest", "minutes", "half_time", "diastolic"], LEG_NAMES = ["healthy", "chronic_exertional", "acute"];
const PATTERN_NAMES = ["none", "chronic", "acute"];
const BOX = { left: 62, right: 880, top: 18, bottom: 408, width: 900, height: 460, last: 32, most: 125 };

function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// A mark has the shape of its leg as well as its color.
function sign(leg, x, y) {
  const round = `M${x - 6},${y}a6,6 0 1,0 12,0a6,6 0 1,0 -12,0`;
  const shapes = { healthy: round, chronic_exertional: `M${x - 6},${y - 6}h12v12h-12z`, acute: `M${x - 7},${y + 6}l7,-13l7,13z` };
  return draw("path", { d: shapes[leg], class: `hk-sign hk-leg-${leg}` });
}

function chart(view, say, mine) {
  const first = Math.min(...view.curves.map((c) => c.points[0][0]));
  const stop = BOX.left + 0.28 * (BOX.right - BOX.left); // the minutes after stopping get most of the width
  const X = (t) => (t < 0 ? stop - (t / first) * (stop - BOX.left) : stop + (t / BOX.last) * (BOX.right - stop));
  const Y = (p) => BOX.bottom - (Math.min(p, BOX.most) / BOX.most) * (BOX.bottom - BOX.top);
  const text = (x, y, words, attributes = {}) => draw("text", { x, y, ...attributes }, words);
  const parts = [draw("rect", { x: X(first + 4), y: BOX.top, width: X(0) - X(first + 4), height: BOX.bottom - BOX.top, class: "hk-running" }),
    text((X(first + 4) + X(0)) / 2, BOX.top + 20, say("running"), { "text-anchor": "middle", class: "hk-soft-text" })];
  const rule = (x1, y1, x2, y2, name) => draw("line", { x1, y1, x2, y2, class: name });
  for (const p of [0, 25, 50, 75, 100, 125]) {
    parts.push(rule(BOX.left, Y(p), BOX.right, Y(p), "hk-grid"), text(BOX.left - 8, Y(p) + 6, p, { "text-anchor": "end" }));
  }
  for (const t of [-40, -30, -20, -10, 0, 1, 5, 10, 15, 20, 30].filter((m) => m >= first)) {
    parts.push(rule(X(t), BOX.bottom, X(t), BOX.bottom + 6, "hk-axis"), text(X(t), BOX.bottom + 26, t, { "text-anchor": "middle" }));
  }
  parts.push(draw("path", { d: `M${BOX.left},${BOX.top}V${BOX.bottom}H${BOX.right}`, class: "hk-axis" }), text(BOX.left + 8, BOX.top + 12, "mmHg"),
    text(BOX.right, BOX.bottom + 48, say("axis_minutes"), { "text-anchor": "end" }));
  const names = []; // above the curves
  for (const line of view.lines) {
    const wide = line.id === "perfusion", y = Y(line.value);
    const [from, to] = wide ? [first, BOX.last] : line.minute == null ? [first, first + 4] : [line.minute - 0.8, line.minute + 1.6];
    parts.push(draw("line", { x1: X(from), x2: X(to), y1: y, y2: y, class: wide ? "hk-cutoff hk-cutoff-wide" : "hk-cutoff", "data-line": line.id }));
    names.push(text(wide ? X(19) : X(to) + 5, y + (wide ? -8 : 6), line.text, { "text-anchor": wide ? "middle" : "start", class: "hk-cutoff-text" }));
  }
  for (const c of view.curves) {
    const along = c.points.map(([t, p]) => `${X(t).toFixed(1)},${Y(p).toFixed(1)}`).join("L");
    parts.push(draw("path", { d: `M${along}`, class: `hk-curve hk-leg-${c.leg}`, "data-curve": c.leg }));
  }
  const used = new Map();
  for (const m of view.marks) {
    const nth = used.get(m.minute) ?? 0, x = X(m.minute) + nth * (m.minute > 0 ? 14 : -14);
    used.set(m.minute, nth + 1);
    const bar = () => `M${x},${Y(m.low)}V${Y(m.high)}M${x - 5},${Y(m.low)}h10M${x - 5},${Y(m.high)}h10`;
    if (m.low != null && m.high != null) parts.push(draw("path", { d: bar(), class: `hk-range hk-leg-${m.leg}` }));
    parts.push(draw("g", { "data-mark": m.id }, draw("title", {}, m.text), sign(m.leg, x, Y(m.mean ?? (m.low + m.high) / 2))));
  }
  if (mine != null) {
    parts.push(draw("path", { d: `M${X(5)},${Y(mine)}l16,-10v20z`, class: "hk-guess" }),
      text(X(5) + 22, Y(mine) + 6, say("you", { p: mine }), { class: "hk-guess-text" }));
  }
  return [...parts, ...names];
}

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), limits = get("limits");
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const current = () => [get("leg"), ...SLIDER_NAMES.map(get)];
  const group = `hk-pressure-${Math.random().toString(36).slice(2)}`; // two explorers on a page must not share their radio buttons
  let guessed = null, chosen = null;
  const notice = kernelNotice(say("silent"), () => same(get("view").seen, current()) && get("view").gated === (get("prediction") === null));

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
    notice.listen();
  }

  // --- the leg --------------------------------------------------------------------------------
  const legs = LEG_NAMES.map((leg) => button("", () => {
    forget();
    save({ leg, ...get("own")[leg], prediction: get("start").prediction ? {} : null });
  }, { "data-leg": leg }));
  const others = button(say("others"), () => save({ others: !get("others") }), { "data-others": true });
  const reset = button(say("start_over"), () => { forget(); save({ ...get("start") }); });
  const story = el("p", { class: "hk-story" });
  const inputs = SLIDER_NAMES.map((name) => {
    const [min, max, step] = limits[name];
    const oninput = (event) => { tell(); save({ [name]: Number(event.target.value) }); };
    return el("input", { type: "range", min, max, step, "data-slider": name, "aria-label": say(`slider_${name}`), oninput });
  });
  const outputs = SLIDER_NAMES.map(() => el("output", { class: "hk-value" }));
  const sliders = el("div", { class: "hk-sliders" }, ...SLIDER_NAMES.map((name, i) =>
    el("label", {}, el("span", {}, say(`slider_${name}`)), inputs[i], outputs[i])));

  function tell() {
    SLIDER_NAMES.forEach((name, i) => {
      refill(outputs[i], say(name === "rest" || name === "diastolic" ? "mmhg" : "minutes", { n: inputs[i].value }));
      inputs[i].setAttribute("aria-valuetext", outputs[i].textContent);
    });
  }

  // --- the prediction -------------------------------------------------------------------------
  const said = el("output", { class: "hk-said" });
  const guess = el("input", { type: "range", min: 0, max: 100, step: 1, value: 50, "aria-label": say("guess"), class: "hk-wide",
    oninput: () => { guessed = Number(guess.value); paintGuess(); } });
  const choices = PATTERN_NAMES.map((name) => el("input", { type: "radio", name: group, value: name, onchange: () => { chosen = name; paintGuess(); } }));
  const commit = button(say("commit"), () => {
    save({ prediction: { pressure: guessed, pattern: chosen, case: current() } });
    verdict.focus({ preventScroll: true });
  }, { class: "hk-button hk-primary" });
  const predict = el("section", { class: "hk-predict", "aria-label": say("your_prediction") }, el("p", { class: "hk-question" }, say("question")),
    el("div", { class: "hk-row hk-guess-row" }, guess, said),
    el("fieldset", { class: "hk-choices" }, el("legend", {}, say("which_pattern")),
      ...PATTERN_NAMES.map((name, i) => el("label", {}, choices[i], say(`pattern_${name}`)))),
    el("div", { class: "hk-row" }, commit, button(say("just_show"), () => save({ prediction: {} }))));

  function forget() {
    guessed = chosen = null;
    guess.value = 50;
    for (const box of choices) box.checked = false;
    paintGuess();
  }

  function paintGuess() {
    said.textContent = guessed == null ? say("move_it") : say("mmhg", { n: guessed });
    guess.setAttribute("aria-valuetext", said.textContent);
    commit.disabled = guessed == null || !chosen;
  }

  // --- what came of it ------------------------------------------------------------------------
  const verdict = el("p", { class: "hk-verdict", role: "status", tabindex: "-1" }), says = el("p", {}), doubt = el("p", { class: "hk-doubt" });
  const again = button(say("again"), () => { forget(); save({ prediction: null }); guess.focus(); });
  const drawing = draw("svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, role: "img", class: "hk-chart" }), key = el("ul", { class: "hk-key" });
  const body = el("tbody");
  const heads = ["moment", "pressure", "perfusion", "criterion", "met"].map((h) => el("th", { scope: "col" }, say(h)));
  const table = el("table", { class: "hk-readings" }, el("thead", {}, el("tr", {}, ...heads)), body);
  const published = el("ul"), sources = el("details", { class: "hk-sources" });
  fillSources(sources, get("sources"), say);
  const publishedFold = el("details", { class: "hk-sources" }, el("summary", {}, say("published")), published);
  const revealed = el("section", { "aria-label": say("what_happened") }, verdict, says, doubt, again, table, publishedFold, sources);

  function paint() {
    const view = get("view"), mine = get("prediction");
    LEG_NAMES.forEach((leg, i) => {
      refill(legs[i], view.gated ? say("leg", { letter: "ABC"[i] }) : `${"ABC"[i]} · ${say(`leg_${leg}`)}`);
      legs[i].setAttribute("aria-pressed", String(leg === get("leg")));
    });
    others.setAttribute("aria-pressed", String(get("others")));
    others.hidden = view.gated;
    refill(story, view.story);
    SLIDER_NAMES.forEach((name, i) => { if (document.activeElement !== inputs[i]) inputs[i].value = get(name); });
    tell();
    drawing.setAttribute("aria-label", view.alt);
    refill(drawing, ...chart(view, say, mine?.case && same(mine.case, view.seen) ? mine.pressure : null));
    refill(key, ...named(view), el("li", { class: "hk-hint" }, say("bars")));
    predict.hidden = !view.gated;
    revealed.hidden = view.gated;
    if (view.told) {
      refill(verdict, el("strong", {}, view.told.five), " ", view.told.verdict);
      refill(says, view.told.says);
      says.className = view.told.pattern === "acute" ? "hk-says hk-danger" : "hk-says";
      refill(doubt, view.told.doubt);
      refill(body, ...view.rows.map((r) => el("tr", { class: r.yes ? "hk-met" : "" }, el("th", { scope: "row" }, r.moment),
        ...[r.pressure, r.perfusion, r.criterion, r.met].map((c) => el("td", {}, String(c))))));
      refill(published, ...view.marks.map((m) => el("li", {}, m.text)));
    }
    again.hidden = !mine || !Object.keys(mine).length;
    if (same(view.seen, current())) notice.heard();
    root.dataset.ready = "true";
  }

  // The legs on show, each with its sign.
  function named(view) {
    const shape = (leg) => draw("svg", { viewBox: "0 0 20 20", class: "hk-key-sign", "aria-hidden": "true" }, sign(leg, 10, 10));
    return view.gated ? [] : view.curves.map((c) => el("li", {}, shape(c.leg), say(`leg_${c.leg}`)));
  }

  // --- all together ---------------------------------------------------------------------------
  root.classList.add("heelkit", "hk-pressure");
  const which = el("div", { class: "hk-row", role: "group", "aria-label": say("which_leg") }, ...legs);
  root.append(el("div", { class: "hk-controls" }, which, others, reset), notice.node, recordNotice(model), story,
    el("div", { class: "hk-two" }, el("div", {}, drawing, key), el("div", {}, el("h3", {}, say("change_it")), sliders)), predict, revealed,
    el("p", { class: "hk-hint" }, say("model"), " ", say("teaching_material")));
  paintGuess();
  const giveKeysBack = keepPlainKeys(root);
  const stop = watch(model, { "view leg others": paint });
  return () => { notice.stop(); giveKeysBack(); stop(); };
}

export default { render };
