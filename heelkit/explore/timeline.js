// The timeline in the browser. Times answer at once; the kernel says which drug fits. Everything from a table is set as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
const LEFT = 20, RIGHT = 880, TOP = 46, ROW = 62, BEND = 2; // BEND: days below which the time axis is nearly straight
const SIGN = { yes: "✓", no: "✗", "not known": "?" };
// The stops of the sliders, in days before today: fine near today, coarse far away.
const STOPS = [...Array.from({ length: 15 }, (_, i) => i), 21, 28, 35, 42, 49, 56, 61, 76, 91, 122, 152, 183, 213, 244, 274, 304, 335, 365, 456, 548, 639,
  731, 913, 1096, 1461, 1826, 2192, 2557, 2922, 3287, 3652, 4383, 5479, 7305];
const nearestStop = (days) => STOPS.reduce((best, stop, i) => (Math.abs(stop - days) < Math.abs(STOPS[best] - days) ? i : best), 0);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// A bracket for a window: its ends are drawn only where a source gives them.
function bracket(from, to, y, open) {
  const a = Math.min(from, to), b = Math.max(from, to);
  return `${open.left ? "" : `M${a},${y - 7}v14`} M${a},${y}H${b} ${open.right ? "" : `M${b},${y - 7}v14`}`;
}

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), catalog = get("catalog"), say = phrases(get("words"));
  const names = new Map(catalog.drugs.map((d) => [d.id, d.name]));
  const current = () => [get("drugs"), get("onset")];
  const unit = (size, n) => say(`${size}_${n === 1 ? "one" : "many"}`, { n });
  const silent = kernelNotice(say("silent"), () => same(get("view").case, current()) && get("view").revealed === (get("prediction") !== null));
  let chosen = [];

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
    silent.listen();
  }

  function spoken(days) {
    if (days === 0) return say("today");
    const [size, n] = days < 14 ? ["day", days] : days <= 84 ? ["week", Math.round(days / 7)] : days < 730 ? ["month", Math.round(days / 30.44)]
      : ["year", Math.round(days / 36.525) / 10];
    return say("ago", { time: unit(size, n) });
  }

  // --- times ----------------------------------------------------------------------------------
  // One time: a number of days, a slider whose right end is today, and the time in words.
  const whole = (text) => Math.min(Math.max(Math.round(Number(text)) || 0, 0), catalog.longest);
  function timeInput(label, whose, part, change) {
    const said = el("output", { class: "hk-said" });
    const number = el("input", { type: "number", min: 0, max: catalog.longest, step: 1, "data-part": part,
      "aria-label": `${whose}: ${label}, ${say("days_before")}`, onchange: () => change(whole(number.value)),
      onkeydown: (event) => { if (event.key === "Enter") change(whole(number.value)); } });
    const slider = el("input", { type: "range", min: 0, max: STOPS.length - 1, step: 1, "data-part": part, "aria-label": `${whose}: ${label}`,
      oninput: () => change(STOPS[STOPS.length - 1 - slider.value]) });
    const node = el("div", { class: "hk-time" }, el("span", {}, label), number, slider, said);
    return { node, show(days, off = false) {
      for (const input of [number, slider]) input.disabled = off;
      if (days == null) { said.textContent = ""; return; }
      number.value = days;
      slider.value = STOPS.length - 1 - nearestStop(days);
      slider.setAttribute("aria-valuetext", spoken(days));
      said.textContent = spoken(days);
    } };
  }

  const onset = timeInput(say("began"), say("onset"), "onset", (days) => save({ onset: days }));
  const list = el("ul", { class: "hk-times" });
  const rows = new Map();
  const change = (id, part, value) => save({ drugs: get("drugs").map((drug) => {
    if (drug[0] !== id) return drug;
    let [, started, stopped] = drug;
    if (part === "started") { started = value; if (stopped != null) stopped = Math.min(stopped, started); }
    if (part === "stopped") stopped = value == null ? null : Math.min(value, started);
    return [id, started, stopped];
  }) });

  function drugRow(id) {
    const name = names.get(id);
    const started = timeInput(say("started"), name, "started", (days) => change(id, "started", days));
    const stopped = timeInput(say("stopped"), name, "stopped", (days) => change(id, "stopped", days));
    const still = el("input", { type: "checkbox", "aria-label": `${name}: ${say("still")}`, onchange: () => change(id, "stopped", still.checked ? null : 0) });
    stopped.node.append(el("label", { class: "hk-still" }, still, say("still")));
    const remove = button(say("remove_short"), () => {
      save({ drugs: get("drugs").filter((d) => d[0] !== id) });
      add.focus();
    }, { "aria-label": say("remove", { name }) });
    const node = el("li", { "data-drug": id }, el("span", { class: "hk-drugname" }, name), started.node, stopped.node, remove);
    return { node, show([, from, to]) { started.show(from); stopped.show(to, to == null); still.checked = to == null; } };
  }

  const add = el("select", { onchange: () => {
    if (add.value) save({ drugs: [...get("drugs"), [add.value, catalog.first.started, catalog.first.stopped]] });
  } });
  const reset = button(say("start_over"), () => { chosen = []; save({ ...get("start") }); });

  function paintTimes() {
    const drugs = get("drugs"), ids = drugs.map((d) => d[0]);
    onset.show(get("onset"));
    chosen = chosen.filter((id) => ids.includes(id));
    if (!list.children.length || !same([...rows.keys()], ids)) {
      const kept = new Map(rows);
      rows.clear();
      for (const id of ids) rows.set(id, kept.get(id) ?? drugRow(id));
      list.replaceChildren(el("li", {}, el("span", { class: "hk-drugname" }, say("onset")), onset.node), ...[...rows.values()].map((r) => r.node));
      add.replaceChildren(option("", say("choose")), ...catalog.drugs.filter((d) => !ids.includes(d.id)).map((d) => option(d.id, d.name)));
    }
    for (const drug of drugs) rows.get(drug[0]).show(drug);
    empty.hidden = drugs.length > 0;
    paintChart();
    paintChoice();
  }

  const empty = el("p", { class: "hk-hint" }, say("no_drug"));

  // --- one time line --------------------------------------------------------------------------
  const chart = draw("svg", { class: "hk-chart", role: "img" }), key = el("ul", { class: "hk-key" });

  function paintChart() {
    const drugs = get("drugs"), began = get("onset"), view = get("view");
    const answers = new Map(same(view.case, current()) && get("prediction") !== null ? view.rows.map((r) => [r.id, r]) : []);
    const longest = Math.max(14, began, ...drugs.map((d) => d[1])) * 1.25;
    const x = (days) => RIGHT - ((RIGHT - LEFT) * Math.log1p(Math.min(Math.max(days, 0), longest) / BEND)) / Math.log1p(longest / BEND);
    const bottom = TOP + ROW * Math.max(drugs.length, 1);
    let last = Infinity;
    const apart = ([days]) => { const far = x(days) < last - 74; if (far) last = x(days); return far; };
    const ticks = catalog.ticks.filter(([days]) => days <= longest).filter(apart).flatMap(([days, label]) => [
      draw("line", { class: "hk-tick", x1: x(days), x2: x(days), y1: TOP - 8, y2: bottom + 4 }),
      draw("text", { class: "hk-tick-text", x: x(days), y: bottom + 24, "text-anchor": days ? "middle" : "end" }, label)]);
    const bars = drugs.flatMap(([id, started, stopped], i) => {
      const y = TOP + i * ROW, end = stopped ?? 0, answer = answers.get(id);
      const at = (x(started) + x(end)) / 2 > 450 ? { x: x(end), "text-anchor": "end" } : { x: x(started), "text-anchor": "start" };
      const nodes = [draw("text", { ...at, y: y + 14 }, names.get(id)),
        draw("rect", { class: "hk-taken", x: x(started), y: y + 20, width: Math.max(x(end) - x(started), 4), height: 12, rx: 3 })];
      if (answer && (answer.low != null || answer.high != null)) {
        const from = started - (answer.low ?? 0), to = answer.high == null ? end : started - answer.high;
        if (from >= 0) {
          const open = { left: answer.low == null, right: answer.high == null || to < 0 };
          const kind = open.left || open.right ? "hk-expected hk-open" : "hk-expected";
          nodes.push(draw("path", { class: kind, d: bracket(x(from), x(Math.min(to, from)), y + 42, open) }));
        }
      }
      if (answer?.after != null && stopped != null) {
        const until = stopped - answer.after;
        nodes.push(draw("path", { class: "hk-growing", d: bracket(x(stopped), x(until), y + 52, { left: true, right: until < 0 }) }));
      }
      return nodes;
    });
    const onsetX = x(began);
    chart.setAttribute("viewBox", `0 0 900 ${bottom + 32}`);
    const until = (stopped) => (stopped == null ? say("still") : `${say("stopped")} ${spoken(stopped)}`);
    const told = drugs.map(([id, started, stopped]) => `${names.get(id)}: ${say("started")} ${spoken(started)}, ${until(stopped)}`);
    chart.setAttribute("aria-label", say("chart_label", { text: [`${say("onset")}: ${spoken(began)}`, ...told].join("; ") }));
    const side = onsetX > 800 ? "end" : onsetX < 100 ? "start" : "middle";
    const line = draw("line", { class: "hk-onset-line", x1: onsetX, x2: onsetX, y1: TOP - 14, y2: bottom });
    const texts = bars.filter((node) => node.tagName === "text");
    chart.replaceChildren(...ticks, ...bars.filter((node) => !texts.includes(node)), line, ...texts,
      draw("text", { class: "hk-onset-text", x: onsetX, y: TOP - 22, "text-anchor": side }, say("bar_onset")));
    const sign = (shape, word) => el("li", {}, draw("svg", { viewBox: "0 0 40 16", "aria-hidden": "true" }, shape), say(word));
    key.replaceChildren(sign(draw("rect", { class: "hk-taken", x: 0, y: 3, width: 40, height: 10, rx: 3 }), "bar_taken"), ...(answers.size ? [
      sign(draw("path", { class: "hk-expected", d: bracket(2, 38, 8, {}) }), "bar_window"),
      sign(draw("path", { class: "hk-growing", d: bracket(2, 38, 8, { left: true }) }), "bar_after")] : []));
  }

  // --- prediction -----------------------------------------------------------------------------
  const fit = el("div", { class: "hk-fits", role: "group", "aria-label": say("predict_hint") });
  const commit = button(say("commit"), () => {
    save({ prediction: { drugs: [...chosen], case: current() } });
    verdict.hidden = false;
    verdict.focus();
  }, { class: "hk-button hk-primary" });
  const predict = el("div", { class: "hk-predict" }, el("p", { class: "hk-question" }, say("question")), el("p", {}, say("predict_hint")), fit,
    el("div", { class: "hk-row" }, commit, button(say("show"), () => save({ prediction: {} }))));

  function paintChoice() {
    const focused = root.ownerDocument.activeElement?.dataset?.fits;
    fit.replaceChildren(...get("drugs").map(([id]) => button(names.get(id), () => { chosen = toggled(chosen, id); paintChoice(); },
      { "aria-pressed": String(chosen.includes(id)), "data-fits": id })));
    if (focused) fit.querySelector(`[data-fits="${focused}"]`)?.focus();
    commit.disabled = !get("drugs").length;
  }

  // --- answer ---------------------------------------------------------------------------------
  const verdict = el("p", { class: "hk-verdict", role: "status", tabindex: "-1" });
  const again = button(say("again"), () => { chosen = []; save({ prediction: null }); fit.querySelector("button")?.focus(); });
  const answers = el("div", { class: "hk-answers" }), sources = el("details", { class: "hk-sources" });
  const revealed = el("section", { "aria-label": say("answer_heading") }, el("h3", {}, say("answer_heading")), verdict, answers,
    el("p", { class: "hk-proof" }, say("proof")), again, sources);

  function paintAnswer() {
    const view = get("view"), mine = get("prediction");
    predict.hidden = mine !== null;
    revealed.hidden = mine === null;
    const unknown = view.rows.length - view.known, fits = mine?.case && same(mine.case, current());
    verdict.hidden = !mine?.case;
    verdict.textContent = !mine?.case ? "" : !fits ? say("other_times")
      : [view.known ? say("score", view) : "", unknown ? say("score_unknown", { n: unknown }) : ""].filter(Boolean).join(" ");
    const told = { words_onset: "onset", words_dose: "dose", words_course: "course", words_pattern: "pattern", words_doubt: "doubt" };
    const about = (r) => ({ class: "hk-answer", "data-answer": r.id, "data-in-time": r.in_time, "aria-label": names.get(r.id) });
    answers.replaceChildren(...view.rows.map((r) => el("section", about(r),
      el("h4", {}, names.get(r.id)),
      el("p", {}, el("span", { class: "hk-badge" }, `${SIGN[r.in_time]} ${say(`badge_${r.verdict}`)}`), " ", basisChip(r.basis, say)),
      el("p", {}, r.why), fits ? el("p", { class: "hk-hint" }, say(mine.drugs.includes(r.id) ? "you_fits" : "you_not")) : null,
      el("dl", {}, ...Object.entries(told).filter(([, field]) => r[field]).flatMap(([word, field]) => [el("dt", {}, say(word)), el("dd", {}, r[field])])))));
    fillSources(sources, view.sources, say);
    sources.hidden = !view.sources.length;
  }

  // --- all together ---------------------------------------------------------------------------
  root.classList.add("heelkit", "hk-timeline");
  root.append(el("div", { class: "hk-controls" }, el("label", {}, say("add"), " ", add), reset),
    el("section", { "aria-label": say("times_heading") }, el("p", { class: "hk-hint" }, say("times_hint")), list, empty), silent.node,
    recordNotice(model), predict,
    el("section", { "aria-label": say("picture_heading") }, el("h3", {}, say("picture_heading")), chart, key), revealed,
    el("p", { class: "hk-hint" }, say("device")));

  function paintView() {
    paintAnswer();
    paintChart();
    silent.heard();
    root.dataset.ready = "true";
  }

  const giveKeysBack = keepPlainKeys(root);
  const stop = watch(model, { "drugs onset": paintTimes, "view prediction": paintView });
  return () => { silent.stop(); giveKeysBack(); stop(); };
}

export default { render };
