// The game of the next question in the browser. The student's choice is painted at once; the kernel computes what it tells.
// Everything from a table is set as text, never as HTML.

const percent = (p) => (p >= 0.995 ? ">99%" : p < 0.01 ? "<1%" : `${Math.round(p * 100)}%`);
const SIGN = { present: "+", absent: "−" };
const HOW = { history: "ask", examination: "examine", test: "test" };
const SILENCE = 3000; // ms without an answer before the student is told

function render({ model, el: root }) {
  const catalog = model.get("catalog"), get = (trait) => model.get(trait);
  const findings = new Map(catalog.topics.flatMap((t) => t.findings.map((f) => [f.id, f])));
  const sorted = (answers) => Object.fromEntries(Object.entries(answers).sort());
  const current = () => JSON.stringify([sorted(get("answers")), get("setting"), get("kinds"), get("choice")]);
  const fresh = () => { const [answers, ...rest] = get("view").case; return JSON.stringify([sorted(answers), ...rest]) === current(); };

  // A stopped kernel must not look like a game that waits.
  const silent = el("p", { class: "hk-silent", role: "status", hidden: true },
    "No answer from Python yet: what you see below is out of date. If this stays, run the notebook's cells again.");
  let timer, candidate = null;
  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
    clearTimeout(timer);
    timer = setTimeout(() => { silent.hidden = fresh(); }, SILENCE);
  }

  // --- choosing -----------------------------------------------------------------------------
  const search = el("input", { type: "search", class: "hk-search", placeholder: "Search questions and tests", "aria-label": "Search questions and tests", oninput: filter });
  const nothing = el("p", { class: "hk-hint", hidden: true }, "No open question has these words.");
  const rows = new Map();
  const groups = catalog.topics.map((topic) => ({ topic, details: el("details", { class: "hk-topic" }, el("summary", {}, topic.label), ...topic.findings.map((f) => {
    const button = el("button", { type: "button", class: "hk-candidate", "aria-pressed": "false", "data-finding": f.id, title: f.plain, onclick: () => { candidate = candidate === f.id ? null : f.id; paintCandidate(); } },
      el("span", {}, f.label), el("span", { class: "hk-cost" }, `${HOW[f.kind] ?? f.kind}, effort ${f.effort}`));
    rows.set(f.id, button);
    return button;
  })) }));

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), answers = get("answers"), kinds = get("kinds");
    let total = 0;
    for (const { topic, details } of groups) {
      let shown = 0;
      for (const f of topic.findings) {
        const text = `${f.label} ${f.plain} ${f.id.replaceAll("_", " ")}`.toLowerCase(), button = rows.get(f.id);
        button.hidden = Boolean(answers[f.id]) || !kinds.includes(f.kind) || !words.every((w) => text.includes(w));
        shown += !button.hidden;
      }
      details.hidden = !shown;
      if (words.length) details.open = shown > 0;
      total += shown;
    }
    nothing.hidden = total > 0;
  }

  const picked = el("p", { class: "hk-question" });
  const commit = el("button", { type: "button", class: "hk-button hk-primary", onclick: () => { save({ choice: candidate }); } }, "Commit and see");
  const stopHere = el("button", { type: "button", class: "hk-button", onclick: () => { candidate = null; save({ choice: "stop" }); } }, "Stop: nothing more to ask");
  const decide = el("div", { class: "hk-predict" }, picked, el("div", { class: "hk-row" }, commit, stopHere));

  function paintCandidate() {
    for (const [id, button] of rows) if ((button.getAttribute("aria-pressed") === "true") !== (id === candidate)) button.setAttribute("aria-pressed", String(id === candidate));
    picked.textContent = candidate ? `You would ask: ${findings.get(candidate).label}` : "What would you ask or test next? Choose it on the left.";
    commit.disabled = !candidate;
  }

  // --- the case -----------------------------------------------------------------------------
  const soFar = el("ul", { class: "hk-sofar", "aria-label": "The case so far" }), nobody = el("p", { class: "hk-hint" }, "Nothing asked yet.");
  const leaders = el("ol", { class: "hk-leaders", "aria-label": "What fits now" }), score = el("p", { class: "hk-score", role: "status" });
  const bar = (r) => [el("span", { class: "hk-name" }, r.name, r.red_flag ? el("span", { class: "hk-danger", title: "Dangerous to miss" }, " ⚑") : null),
    el("span", { class: "hk-track", "aria-hidden": "true" }, el("span", { class: "hk-fill", style: `width:${(100 * r.probability).toFixed(1)}%` })), el("span", { class: "hk-value" }, percent(r.probability))];

  function paintCase() {
    const entries = Object.entries(get("answers")), rounds = get("rounds");
    soFar.replaceChildren(...entries.map(([id, state]) => el("li", { class: `hk-chip hk-${state}` }, `${SIGN[state]} ${findings.get(id).label}`)));
    nobody.hidden = entries.length > 0;
    const sum = (key) => rounds.reduce((total, r) => total + r[key], 0);
    score.hidden = !rounds.length;
    score.textContent = `${rounds.length} asked in this game, effort ${sum("effort")}: ${sum("bits").toFixed(2)} bits expected from your choices, ${sum("best").toFixed(2)} from the best for the effort.`;
    setting.value = get("setting");
    for (const [kind, box] of boxes) box.checked = get("kinds").includes(kind);
    filter();
  }

  // --- what the choice tells ----------------------------------------------------------------
  const verdict = el("p", { class: "hk-verdict", role: "status", tabindex: "-1" }), stop = el("p", { class: "hk-stop", role: "status" });
  const cards = el("div", { class: "hk-cards" });
  const back = el("button", { type: "button", class: "hk-button", onclick: () => { save({ choice: null }); search.focus(); } }, "Choose another");

  function answer(card, state) {
    const best = Math.max(...get("view").cards.map((c) => c.bits_per_effort));
    candidate = null;
    search.value = "";
    save({ answers: { ...get("answers"), [card.finding_id]: state }, choice: null,
      rounds: [...get("rounds"), { finding: card.finding_id, state, effort: card.effort, bits: card.bits, best: best * card.effort }] });
    search.focus();
  }

  function gauge(name, value, widest, digits) {
    return el("div", { class: "hk-gauge-row" }, el("span", {}, name), el("span", { class: "hk-track", "aria-hidden": "true" }, el("span", { class: "hk-fill", style: `width:${(100 * value / widest).toFixed(1)}%` })), el("strong", { class: "hk-value" }, value.toFixed(digits)));
  }

  function outcome(state, after) {
    return el("section", { class: `hk-outcome hk-outcome-${state}` }, el("h4", {}, `${SIGN[state]} if ${state}`), el("ol", { class: "hk-leaders" }, ...after.map((r) =>
      el("li", {}, ...bar(r), el("span", { class: "hk-soft" }, Math.abs(r.probability - r.before) < 0.005 ? "as before" : `was ${percent(r.before)}`)))));
  }

  function card(c, widest) {
    return el("article", { class: `hk-card${c.finding_id === get("choice") ? " hk-card-mine" : ""}`, "data-card": c.finding_id, "aria-label": `${c.title}: ${c.label}` },
      el("p", { class: "hk-card-title" }, c.finding_id === get("choice") ? "◆ " : "★ ", c.title), el("h3", {}, c.label),
      el("p", { class: "hk-hint" }, `Number ${c.place} in the list; ${HOW[c.kind] ?? c.kind}, effort ${c.effort}. ${c.plain}.`),
      ...c.flags.map((f) => el("p", { class: "hk-flagged" }, "⚑ Red flag, one answer away: ", f)),
      gauge("bits", c.bits, widest.bits, 2), gauge("bits per effort", c.bits_per_effort, widest.per, 2),
      outcome("present", c.after.present), outcome("absent", c.after.absent),
      el("div", { class: "hk-row" }, "The patient: ", ...["present", "absent"].map((state) => el("button", { type: "button", class: "hk-button", "data-answer": state, "aria-label": `${c.label}: ${state}`, onclick: () => answer(c, state) }, `${SIGN[state]} ${state}`))));
  }

  // Red flags stand above everything, whatever is being asked.
  const banner = el("div", { class: "hk-flags", role: "alert" });
  let raised = "";
  function paintFlags() {
    const { flags } = get("view");
    if (raised === (raised = JSON.stringify(flags))) return; // said once, not at every change
    banner.replaceChildren(...flags.map((f) => el("p", { class: `hk-flag hk-${f.level}` }, el("strong", {}, f.level === "act_now" ? "⚑ Act now: " : "⚐ Think of it: ", f.name), ` ${f.action} `, el("strong", {}, "How fast: "), f.time_frame)));
  }

  function paintView() {
    paintFlags();
    const view = get("view"), open = view.case[3] !== null;
    leaders.replaceChildren(...view.leaders.map((r) => el("li", {}, ...bar(r))));
    decide.hidden = open || !view.open;
    chosen.hidden = !open;
    left.hidden = open || !view.open;
    root.classList.toggle("hk-revealed", open);
    verdict.textContent = view.verdict;
    stop.textContent = view.stop;
    stop.hidden = !view.stop;
    const widest = { bits: Math.max(0.01, ...view.cards.map((c) => c.bits)), per: Math.max(0.01, ...view.cards.map((c) => c.bits_per_effort)) };
    cards.replaceChildren(...view.cards.map((c) => card(c, widest)));
    if (open && root.dataset.open !== "true" && root.contains(root.ownerDocument.activeElement) || open && root.ownerDocument.activeElement === root.ownerDocument.body) verdict.focus({ preventScroll: true });
    root.dataset.open = String(open);
    silent.hidden = true;
    root.dataset.ready = "true";
  }

  // --- all together -------------------------------------------------------------------------
  const setting = el("select", { "aria-label": "Setting", onchange: () => save({ setting: setting.value, choice: null }) }, ...catalog.settings.map((s) => el("option", { value: s.id, title: s.description }, s.label)));
  const boxes = new Map(catalog.kinds.map((kind) => [kind, el("input", { type: "checkbox", onchange: () => {
    const kinds = catalog.kinds.filter((k) => boxes.get(k).checked);
    if (!kinds.length) boxes.get(kind).checked = true; // at least one kind of question stays
    else save({ kinds, choice: null });
  } })]));
  const reset = el("button", { type: "button", class: "hk-button", onclick: () => { candidate = null; search.value = ""; save({ ...get("start") }); paintCandidate(); } }, "Start over");
  const chosen = el("div", {}, verdict, cards, back);
  const left = el("section", { class: "hk-choose", "aria-label": "Questions and tests" }, el("h3", {}, "What can be asked or tested"), search, nothing, el("div", { class: "hk-list" }, ...groups.map((g) => g.details)));
  root.classList.add("heelkit", "hk-next_test");
  root.append(el("div", { class: "hk-controls" }, el("label", {}, "Setting ", setting), ...catalog.kinds.map((k) => el("label", {}, boxes.get(k), k)), reset),
    el("div", { class: "hk-game" }, left, el("section", { class: "hk-situation", "aria-label": "The case" }, silent, banner,
      el("div", { class: "hk-now" }, el("div", {}, el("h3", {}, "The case so far"), nobody, soFar, score), el("div", {}, el("h3", {}, "What fits now"), leaders)), decide, stop, chosen)),
    el("p", { class: "hk-hint" }, "A bit halves the doubt. Bits are what the answer is expected to tell, before it is known. Effort: 1 is one question, 12 the most work. Teaching material, not a medical device."));
  const giveKeysBack = keepPlainKeys(root);
  const leave = watch(model, { "answers setting kinds rounds": paintCase, choice: paintCandidate, view: paintView });
  return () => { clearTimeout(timer); giveKeysBack(); leave(); };
}

export default { render };
