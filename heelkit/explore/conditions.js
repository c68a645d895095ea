// The condition explorer in the browser. Buttons answer at once; the kernel computes the ranking.
// Everything from a table is set as text, never as HTML.

const percent = (p) => (p >= 0.995 ? ">99%" : p < 0.01 ? "<1%" : `${Math.round(p * 100)}%`);
const readable = (id) => id.replaceAll("_", " ");
const SIGN = { present: "+", absent: "−" };
const EVIDENCE = { estimate: "teaching estimate", "": "tables silent" };
const HOW = { history: "ask", examination: "examine", test: "test" };
const SILENCE = 3000; // ms without an answer before the student is told

// New children for a list of buttons; keyboard focus stays at the same place in it.
function refill(list, children, elsewhere) {
  const place = [...list.querySelectorAll("button")].indexOf(list.getRootNode().activeElement);
  list.replaceChildren(...children);
  const buttons = list.querySelectorAll("button");
  if (place >= 0) (buttons[Math.min(place, buttons.length - 1)] ?? elsewhere).focus();
}

function render({ model, el: root }) {
  const catalog = model.get("catalog");
  const labels = new Map(catalog.topics.flatMap((t) => t.findings.map((f) => [f.finding_id, f])));
  const save = (trait, value) => { model.set(trait, value); model.save_changes(); };

  function answer(finding, state) { // state null: not asked
    const answers = { ...model.get("answers") };
    if (state === null) delete answers[finding];
    else answers[finding] = state;
    save("answers", answers);
    listen();
  }

  const toggle = (finding, state) => answer(finding, model.get("answers")[finding] === state ? null : state);

  // A stopped kernel must not look like a ranking that does not change.
  const silent = el("p", { class: "hk-silent", role: "status", hidden: true },
    "No answer from Python yet: what you see below is out of date. If this stays, run the notebook's cells again.");
  let timer;
  function listen() {
    clearTimeout(timer);
    timer = setTimeout(() => { silent.hidden = JSON.stringify(model.get("view").answers) === JSON.stringify(model.get("answers")); }, SILENCE);
  }

  // --- findings -----------------------------------------------------------------------------
  const rows = new Map();

  function answerButton(finding, state, onclick, attributes = {}) {
    return el("button", { type: "button", class: `hk-answer hk-${state}`, "aria-label": `${finding.label}: ${state}`, title: state, onclick, ...attributes }, SIGN[state]);
  }

  function findingRow(finding) {
    const button = (state) => answerButton(finding, state, () => toggle(finding.finding_id, state),
      { "aria-pressed": "false", "data-finding": finding.finding_id, "data-state": state });
    const row = el("div", { class: "hk-finding" }, button("present"), button("absent"),
      el("span", { class: "hk-label", title: finding.plain_label }, finding.label));
    rows.set(finding.finding_id, { row, finding });
    return row;
  }

  const groups = catalog.topics.map((topic) => {
    const count = el("span", { class: "hk-count" });
    const details = el("details", { class: "hk-topic" }, el("summary", {}, topic.label, " ", count), ...topic.findings.map(findingRow));
    return { topic, details, count };
  });

  const nothing = el("p", { class: "hk-hint", hidden: true }, "No finding has these words.");
  const search = el("input", { type: "search", class: "hk-search", placeholder: "Search findings", "aria-label": "Search findings", oninput: filter });

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let total = 0;
    for (const { topic, details } of groups) {
      let shown = 0;
      for (const { finding_id: id } of topic.findings) {
        const { row, finding } = rows.get(id);
        const text = `${finding.label} ${finding.plain_label} ${readable(id)}`.toLowerCase();
        row.hidden = !words.every((w) => text.includes(w));
        shown += !row.hidden;
      }
      details.hidden = shown === 0;
      if (words.length) details.open = shown > 0;
      else details.open = topic.findings.some((f) => model.get("answers")[f.finding_id]);
      total += shown;
    }
    nothing.hidden = total > 0;
  }

  function paintAnswers() {
    const answers = model.get("answers");
    for (const [id, { row }] of rows) {
      const state = answers[id] ?? "";
      if (row.dataset.answer === state) continue; // touching 500 buttons at every toggle would be felt
      row.dataset.answer = state;
      for (const button of row.querySelectorAll("button")) button.setAttribute("aria-pressed", String(state === button.dataset.state));
    }
    for (const { topic, count, details } of groups) {
      const n = topic.findings.filter((f) => answers[f.finding_id]).length;
      count.textContent = n ? `${n} asked` : "";
      if (n && !search.value) details.open = true;
    }
    refill(soFar, Object.entries(answers).map(([id, state]) => {
      const { label } = labels.get(id);
      return el("li", {}, el("button", { type: "button", class: `hk-chip hk-${state}`, title: "Take back", "aria-label": `Take back: ${label}, ${state}`,
        onclick: () => answer(id, null) }, `${SIGN[state]} ${label}`, el("span", { "aria-hidden": "true" }, " ×")));
    }), search);
    nobody.hidden = soFar.children.length > 0;
  }

  const soFar = el("ul", { class: "hk-sofar", "aria-label": "The patient so far" });
  const nobody = el("p", { class: "hk-hint" }, "Nothing asked yet. Press + for what the patient has, − for what the patient has not.");

  // --- controls -----------------------------------------------------------------------------
  const setting = el("select", { "aria-label": "Setting", onchange: () => save("setting", setting.value) },
    ...catalog.settings.map((s) => el("option", { value: s.setting_id, title: s.description }, s.label)));
  const discountText = el("output", { class: "hk-output" });
  const discount = el("input", { type: "range", min: 0, max: 1, step: 0.05, "aria-label": "How much overlapping evidence counts",
    oninput: () => save("discount", Number(discount.value)) });
  const copied = el("span", { class: "hk-hint", role: "status" });

  async function copy() {
    const { text } = model.get("view");
    try {
      await navigator.clipboard.writeText(text);
    } catch { // a page without clipboard permission: the old way still works
      const area = el("textarea", { class: "hk-offscreen", "aria-hidden": "true" });
      area.value = text;
      root.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    copied.textContent = "Copied as text.";
    setTimeout(() => { copied.textContent = ""; }, 2000);
  }

  function startOver() {
    for (const [trait, value] of Object.entries(model.get("start"))) model.set(trait, value);
    model.save_changes();
    listen();
    search.value = "";
    guess.value = "";
    commit.disabled = true;
    filter();
  }

  const controls = el("div", { class: "hk-controls" },
    el("label", {}, "Setting ", setting),
    el("label", { title: "Two tests of one nerve are not two witnesses. 0% counts only the best of them, 100% counts each in full." }, "Overlapping evidence counts ", discount, discountText),
    el("button", { type: "button", class: "hk-button", title: "Back to how this cell began", onclick: startOver }, "Start over"),
    el("button", { type: "button", class: "hk-button", onclick: copy }, "Copy case"), copied);

  // --- prediction ---------------------------------------------------------------------------
  const guess = el("select", { "aria-label": "Your prediction" }, el("option", { value: "" }, "Choose a condition"),
    ...catalog.conditions.map((c) => el("option", { value: c.condition_id }, c.name)));
  const commit = el("button", { type: "button", class: "hk-button hk-primary", disabled: true, onclick: () => save("prediction", guess.value) }, "Commit and see");
  guess.addEventListener("change", () => { commit.disabled = !guess.value; });
  const question = el("p", { class: "hk-question" });
  const predict = el("div", { class: "hk-predict" }, question, el("div", { class: "hk-row" }, guess, commit,
    el("button", { type: "button", class: "hk-button", onclick: () => save("prediction", "") }, "Show without a prediction")));
  const verdict = el("p", { class: "hk-verdict", role: "status" });

  function paintPrediction() {
    const prediction = model.get("prediction"), view = model.get("view");
    question.textContent = `Predict first. ${model.get("question")}`;
    predict.hidden = prediction !== null;
    revealed.hidden = advice.hidden = prediction === null;
    verdict.hidden = !prediction;
    if (!prediction) return;
    const leader = view.ranking[0], mine = view.ranking.find((r) => r.condition_id === prediction);
    if (!mine) return; // the kernel has not answered yet
    verdict.textContent = mine.place === 1 ? `You predicted: ${mine.name}. It leads with ${percent(mine.probability)}.`
      : `You predicted: ${mine.name}. It is number ${mine.place}; ${leader.name} leads. Open both bars and compare the evidence.`;
  }

  // --- red flags ----------------------------------------------------------------------------
  const banner = el("div", { class: "hk-flags", role: "alert" });
  let raised = "";

  function paintFlags() {
    const flags = model.get("view").red_flags;
    if (raised === (raised = JSON.stringify(flags))) return; // said once, not at every toggle
    banner.replaceChildren(...flags.map((f) => el("details", { class: `hk-flag hk-${f.level}`, open: f.level === "act_now" },
      el("summary", {}, el("strong", {}, f.level === "act_now" ? "⚑ Act now: " : "⚐ Think of it: ", f.name)),
      el("p", {}, f.action),
      el("p", {}, el("strong", {}, "How fast: "), f.time_frame),
      el("p", { class: "hk-because" }, "Because of: ", f.findings.split(";").map((x) => labels.get(x).label).join(", ")))));
  }

  // --- ranking ------------------------------------------------------------------------------
  const bars = new Map();
  const ranking = el("ol", { class: "hk-ranking", "aria-label": "Conditions that fit, best first" });

  function bar({ condition_id: id, name, red_flag: dangerous }) {
    const fill = el("span", { class: "hk-fill" }), before = el("span", { class: "hk-before" });
    const value = el("span", { class: "hk-value" }), mark = el("span", { class: "hk-mark" });
    const button = el("button", { type: "button", class: "hk-bar", "data-condition": id, onclick: () => save("condition", id) },
      el("span", { class: "hk-name" }, name, dangerous ? el("span", { class: "hk-danger", title: "Dangerous to miss" }, " ⚑") : null, mark),
      el("span", { class: "hk-track", "aria-hidden": "true" }, fill, before), value);
    return { item: el("li", {}, button), button, fill, before, value, mark };
  }

  function paintRanking() {
    const view = model.get("view");
    const items = view.ranking.map((r) => {
      if (!bars.has(r.condition_id)) bars.set(r.condition_id, bar(r));
      const { item, button, fill, before, value, mark } = bars.get(r.condition_id);
      fill.style.width = `${(r.probability * 100).toFixed(2)}%`;
      before.style.left = `${(r.before * 100).toFixed(2)}%`;
      value.textContent = percent(r.probability);
      mark.textContent = [r.condition_id === model.get("prediction") && "◆ your prediction", r.place > view.ranking.length && `number ${r.place}`].filter(Boolean).join(", ");
      button.setAttribute("aria-pressed", String(r.condition_id === view.chosen.condition_id));
      button.title = `Explains ${r.explained} of the findings present, leaves ${r.unexplained} unexplained. Press for the evidence.`;
      return item;
    });
    const same = items.length === ranking.children.length && items.every((item, i) => ranking.children[i] === item);
    if (same) return;
    const focused = ranking.contains(ranking.getRootNode().activeElement) ? ranking.getRootNode().activeElement : null;
    ranking.replaceChildren(...items);
    focused?.focus();
  }

  // --- reasons ------------------------------------------------------------------------------
  const reasons = el("section", { class: "hk-reasons", "aria-label": "Why" });

  function reasonRow(r, widest) {
    const share = (100 * Math.abs(r.log10_lr)) / widest / 2;
    const side = r.log10_lr >= 0 ? `left:50%;width:${share}%` : `right:50%;width:${share}%`;
    const times = 10 ** Math.abs(r.log10_lr);
    const worth = Math.abs(r.log10_lr) < 0.005 ? "no weight" : `${r.log10_lr > 0 ? "×" : "÷"} ${times >= 10 ? times.toFixed(0) : times.toFixed(1)}`;
    return el("li", { class: `hk-reason hk-reason-${r.state}` },
      el("div", { class: "hk-reason-head" }, el("span", { class: "hk-name" }, SIGN[r.state] ?? "", " ", r.label),
        el("span", { class: "hk-diverging", "aria-hidden": "true" }, el("span", { class: r.log10_lr >= 0 ? "hk-for" : "hk-against", style: side })),
        el("span", { class: "hk-value" }, worth)),
      el("p", { class: "hk-why" }, r.why, " ", r.basis == null ? null
        : el("span", { class: `hk-basis hk-basis-${r.basis || "none"}` }, EVIDENCE[r.basis] ?? r.basis)));
  }

  function paintReasons() {
    const { chosen } = model.get("view");
    const total = { state: "total", label: "All together", log10_lr: chosen.reasons.reduce((sum, r) => sum + r.log10_lr, 0),
      why: "The numbers above multiplied: the odds of this condition against none of these." };
    const lines = chosen.reasons.length > 1 ? [...chosen.reasons, total] : chosen.reasons;
    const widest = Math.max(0.5, ...lines.map((r) => Math.abs(r.log10_lr)));
    const left = (title, fit) => {
      const found = chosen.reasons.filter((r) => r.fit === fit).map((r) => r.label).join(", ");
      return found ? [el("p", { class: "hk-left" }, el("strong", {}, title), found)] : [];
    };
    reasons.replaceChildren(
      el("h3", {}, `Why ${chosen.name}? `, percent(chosen.probability)),
      el("p", { class: "hk-oneline" }, chosen.one_line),
      ...left("Left unexplained: ", "unexplained"), ...left("Expected but absent: ", "missing"),
      ...(lines.length ? [el("div", { class: "hk-axis", "aria-hidden": "true" }, el("span", {}, "◀ speaks against (÷)"), el("span", {}, "speaks for (×) ▶"))] : []),
      el("ul", {}, ...lines.map((r) => reasonRow(r, widest))),
      ...(chosen.sources.length ? [sources] : []));
    sources.replaceChildren(el("summary", {}, `Sources (${chosen.sources.length})`), el("ul", {}, ...chosen.sources.map(sourceRow)));
  }

  const sources = el("details", { class: "hk-sources" }); // kept, so that it stays open

  function sourceRow(s) {
    const level = el("span", { class: `hk-basis hk-level-${s.level.replaceAll(" ", "-")}` }, s.level === "secondary" ? "secondary source, weak" : s.level);
    const text = s.url.startsWith("https://") ? el("a", { href: s.url, target: "_blank", rel: "noopener noreferrer" }, s.text) : s.text;
    return el("li", {}, text, " ", level);
  }

  // --- what to ask next ---------------------------------------------------------------------
  const next = el("ul", { class: "hk-next", "aria-label": "Ask next" });

  const enough = el("p", { class: "hk-verdict", role: "status" });

  function paintNext() {
    const { next: items, stop } = model.get("view");
    enough.textContent = stop;
    enough.hidden = !stop;
    const widest = Math.max(0.01, ...items.map((q) => q.bits));
    const button = (q, state) => answerButton(q, state, () => answer(q.finding_id, state), { "data-ask": q.finding_id });
    refill(next, items.map((q) => el("li", { class: "hk-finding" }, button(q, "present"), button(q, "absent"),
      el("div", { class: "hk-ask" },
        el("span", { class: "hk-label", title: labels.get(q.finding_id).plain_label }, q.red_flag ? el("span", { class: "hk-danger" }, "⚑ ") : null, q.label),
        el("span", { class: "hk-kind", title: "Bits: how much the answer is expected to tell. Effort: 1 is one question, 12 the most work." },
          el("span", { class: "hk-track", "aria-hidden": "true" }, el("span", { class: "hk-fill hk-bits", style: `width:${(100 * q.bits) / widest}%` })),
          `${q.red_flag ? "red-flag question" : `${q.bits.toFixed(2)} bits`} · ${HOW[q.kind] ?? q.kind}, effort ${q.effort}`)))), search);
  }

  // --- all together -------------------------------------------------------------------------
  const revealed = el("div", { class: "hk-revealed" }, verdict, el("h3", {}, "Which conditions fit"), ranking,
    el("p", { class: "hk-hint" }, "The thin line in each bar is the chance before anything was asked. ⚑ Dangerous to miss. Press a bar for its evidence."), enough, reasons);
  const advice = el("div", { class: "hk-advice" }, el("h3", {}, "What to ask next"), el("p", { class: "hk-hint" }, "Red-flag questions ⚑ first, then what tells most for the effort."), next);
  const main = el("div", { class: "hk-main" },
    el("section", { class: "hk-findings", "aria-label": "Findings" },
      el("h3", {}, "Has (+) and has not (−)"), search, nothing,
      el("div", { class: "hk-list" }, ...groups.map((g) => g.details)), advice),
    el("section", { class: "hk-answerside", "aria-label": "Conditions" }, silent, banner, el("h3", {}, "The patient so far"), nobody, soFar, predict, revealed));
  root.classList.add("heelkit", "hk-conditions");
  root.append(controls, main, el("p", { class: "hk-hint" }, "Teaching material, not a medical device."));

  function paintControls() {
    setting.value = model.get("setting");
    discount.value = model.get("discount");
    discountText.textContent = ` ${Math.round(model.get("discount") * 100)}%`;
  }

  function paintView() { paintFlags(); paintRanking(); paintReasons(); paintNext(); paintPrediction(); silent.hidden = true; root.dataset.ready = "true"; }

  const listeners = { "change:answers": paintAnswers, "change:setting": paintControls, "change:discount": paintControls,
    "change:prediction": paintPrediction, "change:question": paintPrediction, "change:view": paintView };
  for (const [event, paint] of Object.entries(listeners)) model.on(event, paint);
  const giveKeysBack = keepPlainKeys(root);
  paintAnswers(); paintControls(); paintView();
  return () => {
    clearTimeout(timer);
    giveKeysBack();
    for (const [event, paint] of Object.entries(listeners)) model.off(event, paint);
  };
}

export default { render };
