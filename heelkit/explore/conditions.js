// The condition explorer in the browser. Buttons answer at once; the kernel computes the ranking.
// Everything from a table is set as text, never as HTML.

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((c) => c != null));
  return node;
}

const percent = (p) => (p >= 0.995 ? "> 99 %" : p < 0.01 ? "< 1 %" : `${Math.round(p * 100)} %`);
const readable = (id) => id.replaceAll("_", " ");
const EVIDENCE = { study: "study", review: "review", consensus: "consensus", estimate: "teaching estimate", anatomy: "anatomy", "": "tables silent" };

function render({ model, el: root }) {
  const catalog = model.get("catalog");
  const labels = new Map(catalog.topics.flatMap((t) => t.findings.map((f) => [f.finding_id, f])));
  const names = new Map(catalog.conditions.map((c) => [c.condition_id, c.name]));
  const save = (trait, value) => { model.set(trait, value); model.save_changes(); };

  function answer(finding, state) {
    const answers = { ...model.get("answers") };
    if (answers[finding] === state || state === null) delete answers[finding];
    else answers[finding] = state;
    save("answers", answers);
  }

  // --- findings -----------------------------------------------------------------------------
  const rows = new Map();

  function answerButton(finding, state, sign, word) {
    return el("button", {
      type: "button", class: `hk-answer hk-${state}`, "aria-pressed": "false", "data-finding": finding.finding_id, "data-state": state,
      "aria-label": `${finding.label}: ${word}`, title: word, onclick: () => answer(finding.finding_id, state),
    }, sign);
  }

  function findingRow(finding) {
    const row = el("div", { class: "hk-finding", role: "group", "aria-label": finding.label },
      answerButton(finding, "present", "+", "present"),
      answerButton(finding, "absent", "−", "absent"),
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
      for (const button of row.querySelectorAll("button")) button.setAttribute("aria-pressed", String(answers[id] === button.dataset.state));
      row.dataset.answer = answers[id] ?? "";
    }
    for (const { topic, count, details } of groups) {
      const n = topic.findings.filter((f) => answers[f.finding_id]).length;
      count.textContent = n ? `${n} asked` : "";
      if (n && !search.value) details.open = true;
    }
  }

  // --- controls -----------------------------------------------------------------------------
  const setting = el("select", { "aria-label": "Setting", onchange: () => save("setting", setting.value) },
    ...catalog.settings.map((s) => el("option", { value: s.setting_id, title: s.description }, s.label)));
  const discountText = el("output", { class: "hk-output" });
  const discount = el("input", { type: "range", min: 0, max: 1, step: 0.05, "aria-label": "How much findings that share a cause count again",
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
    copied.textContent = "Copied.";
    setTimeout(() => { copied.textContent = ""; }, 2000);
  }

  function reset() {
    search.value = "";
    model.set("condition", null);
    model.set("answers", {});
    model.save_changes();
    for (const { details } of groups) details.open = false;
    filter();
  }

  const controls = el("div", { class: "hk-controls" },
    el("label", {}, "Setting ", setting),
    el("label", { title: "Two tests of one nerve are not two witnesses. 0 counts only the best of them, 1 counts every one fully." }, "Repeated evidence counts ", discount, discountText),
    el("button", { type: "button", class: "hk-button", onclick: reset }, "Reset"),
    el("button", { type: "button", class: "hk-button", onclick: copy }, "Copy case as text"), copied);

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
    question.textContent = `First predict. ${model.get("question")}`;
    predict.hidden = prediction !== null;
    revealed.hidden = prediction === null;
    verdict.hidden = !prediction;
    if (!prediction) return;
    const place = view.ranking.findIndex((r) => r.condition_id === prediction);
    const leader = view.ranking[0];
    verdict.textContent = place === 0 ? `You expected ${names.get(prediction)}. It leads.`
      : `You expected ${names.get(prediction)}. ${leader.name} leads; yours is ${place < 0 ? `not among the first ${view.ranking.length}` : `number ${place + 1}`}. Open both bars and compare the evidence.`;
  }

  // --- red flags ----------------------------------------------------------------------------
  const banner = el("div", { class: "hk-flags", role: "alert" });

  function paintFlags() {
    banner.replaceChildren(...model.get("view").red_flags.map((f) => el("div", { class: `hk-flag hk-${f.level}` },
      el("strong", {}, f.level === "act_now" ? "⚑ Act now: " : "⚐ Think of it: ", f.name),
      el("span", { class: "hk-time" }, ` ${f.time_frame}`),
      el("p", {}, f.action),
      el("p", { class: "hk-because" }, "Because of: ", f.findings.split(";").map((x) => labels.get(x).label).join(", ")))));
  }

  // --- ranking ------------------------------------------------------------------------------
  const bars = new Map();
  const ranking = el("ol", { class: "hk-ranking", "aria-label": "Conditions that fit, best first" });

  function bar(id, name, dangerous) {
    const fill = el("span", { class: "hk-fill" }), value = el("span", { class: "hk-value" });
    const button = el("button", { type: "button", class: "hk-bar", "data-condition": id, "aria-pressed": "false", onclick: () => save("condition", id) },
      el("span", { class: "hk-name" }, name, dangerous ? el("span", { class: "hk-danger", title: "Dangerous to miss" }, " ⚑") : null),
      el("span", { class: "hk-track", "aria-hidden": "true" }, fill), value);
    return { item: el("li", {}, button), button, fill, value };
  }

  function paintRanking() {
    const view = model.get("view");
    const focused = document.activeElement?.dataset?.condition;
    const items = view.ranking.map((r) => {
      if (!bars.has(r.condition_id)) bars.set(r.condition_id, bar(r.condition_id, r.name, r.red_flag));
      const { item, button, fill, value } = bars.get(r.condition_id);
      fill.style.width = `${(r.probability * 100).toFixed(2)}%`;
      value.textContent = percent(r.probability);
      button.setAttribute("aria-pressed", String(r.condition_id === view.chosen.condition_id));
      button.title = `${r.explained} findings explained, ${r.unexplained} left unexplained`;
      return item;
    });
    const same = items.length === ranking.children.length && items.every((item, i) => ranking.children[i] === item);
    if (!same) ranking.replaceChildren(...items);
    if (focused && !same) bars.get(focused)?.button.focus();
  }

  // --- reasons ------------------------------------------------------------------------------
  const reasons = el("section", { class: "hk-reasons", "aria-label": "Why" });

  function reasonRow(r, widest) {
    const share = (100 * Math.abs(r.log10_lr)) / widest / 2;
    const side = r.log10_lr >= 0 ? `left:50%;width:${share}%` : `right:50%;width:${share}%`;
    const times = 10 ** Math.abs(r.log10_lr);
    const worth = Math.abs(r.log10_lr) < 0.005 ? "no weight" : `${r.log10_lr > 0 ? "for" : "against"} ×${times >= 10 ? times.toFixed(0) : times.toFixed(1)}`;
    const state = r.state === catalog.pretest ? "" : r.state === "present" ? "+ " : "− ";
    return el("li", { class: "hk-reason" },
      el("div", { class: "hk-reason-head" }, el("span", { class: "hk-name" }, state, r.label),
        el("span", { class: "hk-diverging", "aria-hidden": "true" }, el("span", { class: r.log10_lr >= 0 ? "hk-for" : "hk-against", style: side })),
        el("span", { class: "hk-value" }, worth)),
      el("p", { class: "hk-why" }, r.why, " ", el("span", { class: `hk-basis hk-basis-${r.basis || "none"}` }, EVIDENCE[r.basis] ?? r.basis)));
  }

  function paintReasons() {
    const { chosen } = model.get("view");
    const widest = Math.max(0.5, ...chosen.reasons.map((r) => Math.abs(r.log10_lr)));
    const list = (fit) => chosen.reasons.filter((r) => r.fit === fit).map((r) => r.label).join(", ");
    const unexplained = list("unexplained"), missing = list("missing");
    reasons.replaceChildren(
      el("h3", {}, `Why ${chosen.name}?`, el("span", { class: "hk-value" }, ` ${percent(chosen.probability)}`)),
      el("p", { class: "hk-oneline" }, chosen.one_line),
      el("div", { class: "hk-axis", "aria-hidden": "true" }, el("span", {}, "◀ speaks against"), el("span", {}, "speaks for ▶")),
      el("ul", {}, ...chosen.reasons.map((r) => reasonRow(r, widest))),
      unexplained ? el("p", { class: "hk-left" }, el("strong", {}, "Left unexplained: "), unexplained) : null,
      missing ? el("p", { class: "hk-left" }, el("strong", {}, "Expected but absent: "), missing) : null,
      el("details", { class: "hk-sources" }, el("summary", {}, `Sources (${chosen.sources.length})`),
        el("ul", {}, ...chosen.sources.map((s) => el("li", {}, s.text, " ",
          el("span", { class: `hk-basis hk-level-${s.level.replaceAll(" ", "-")}` }, s.level === "secondary" ? "secondary source, weak" : s.level))))));
  }

  // --- what to ask next ---------------------------------------------------------------------
  const next = el("ul", { class: "hk-next", "aria-label": "Ask next" });

  function paintNext() {
    const items = model.get("view").next;
    const widest = Math.max(0.01, ...items.map((q) => q.bits));
    next.replaceChildren(...items.map((q) => el("li", { class: "hk-question-row" },
      el("button", { type: "button", class: "hk-answer hk-present", "aria-label": `${q.label}: present`, title: "present", onclick: () => answer(q.finding_id, "present") }, "+"),
      el("button", { type: "button", class: "hk-answer hk-absent", "aria-label": `${q.label}: absent`, title: "absent", onclick: () => answer(q.finding_id, "absent") }, "−"),
      el("span", { class: "hk-name", title: labels.get(q.finding_id).plain_label }, q.label),
      el("span", { class: "hk-track hk-thin", "aria-hidden": "true" }, el("span", { class: "hk-fill hk-bits", style: `width:${(100 * q.bits) / widest}%` })),
      el("span", { class: "hk-value", title: "expected information" }, `${q.bits.toFixed(2)} bits`),
      el("span", { class: "hk-kind" }, `${q.kind}, effort ${q.effort}`))));
  }

  // --- all together -------------------------------------------------------------------------
  const revealed = el("div", { class: "hk-revealed" }, verdict,
    el("h3", {}, "Which conditions fit"), ranking, reasons,
    el("h3", {}, "Ask next: what tells most for the effort"), next);
  const main = el("div", { class: "hk-main" },
    el("section", { class: "hk-findings", "aria-label": "Findings" },
      el("h3", {}, "What the patient has (+) and has not (−)"), search, nothing, ...groups.map((g) => g.details)),
    el("section", { class: "hk-answerside", "aria-label": "Conditions" }, predict, revealed));
  root.classList.add("heelkit", "hk-conditions");
  root.append(banner, controls, main, el("p", { class: "hk-hint" }, "Teaching material, not a medical device."));

  function paintControls() {
    setting.value = model.get("setting");
    discount.value = model.get("discount");
    discountText.textContent = ` ${Math.round(model.get("discount") * 100)} %`;
  }

  function paintView() { paintFlags(); paintRanking(); paintReasons(); paintNext(); paintPrediction(); root.dataset.ready = "true"; }

  const listeners = { "change:answers": paintAnswers, "change:setting": paintControls, "change:discount": paintControls,
    "change:prediction": paintPrediction, "change:question": paintPrediction, "change:view": paintView };
  for (const [event, paint] of Object.entries(listeners)) model.on(event, paint);
  paintAnswers(); paintControls(); paintView();
  return () => { for (const [event, paint] of Object.entries(listeners)) model.off(event, paint); };
}

export default { render };
