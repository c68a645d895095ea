// The condition explorer in the browser. Buttons answer at once; the kernel computes the ranking.
// Everything from a table is set as text, never as HTML.

// New children for a list of buttons; keyboard focus stays at the same place in it.
function refocus(list, children, elsewhere) {
  const place = [...list.querySelectorAll("button")].indexOf(list.getRootNode().activeElement);
  list.replaceChildren(...children);
  const buttons = list.querySelectorAll("button");
  if (place >= 0) (buttons[Math.min(place, buttons.length - 1)] ?? elsewhere).focus();
}

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), catalog = get("catalog"), labels = byId(catalog.topics);
  const save = (trait, value) => { model.set(trait, value); model.save_changes(); };
  const silent = kernelNotice(say("no_answer_below"), () => settled(get("view").answers) === settled(get("answers")));

  function answer(finding, state) { // state null: not asked
    const answers = { ...get("answers") };
    if (state === null) delete answers[finding];
    else answers[finding] = state;
    save("answers", answers);
    silent.listen();
  }

  // --- findings -----------------------------------------------------------------------------
  const rows = new Map();
  const answerButton = (label, state, onclick, attributes = {}) => button(SIGN[state], onclick,
    { class: `hk-answer hk-${state}`, "aria-label": `${label}: ${say(state)}`, title: say(state), ...attributes });

  function findingRow(f) {
    const toggle = (state) => answerButton(f.label, state, () => answer(f.id, get("answers")[f.id] === state ? null : state),
      { "aria-pressed": "false", "data-finding": f.id, "data-state": state });
    const row = el("div", { class: "hk-finding" }, toggle("present"), toggle("absent"), el("span", { class: "hk-label", title: f.plain }, f.label));
    rows.set(f.id, row);
    return row;
  }

  const list = findingList(catalog.topics, { label: say("search"), none: say("no_match"), row: findingRow, open: (f) => get("answers")[f.id] });
  const { search, nothing, groups } = list;

  function paintAnswers() {
    const answers = get("answers");
    for (const [id, row] of rows) {
      const state = answers[id] ?? "";
      if (row.dataset.answer === state) continue; // touching 500 buttons at every toggle would be felt
      row.dataset.answer = state;
      for (const one of row.querySelectorAll("button")) one.setAttribute("aria-pressed", String(state === one.dataset.state));
    }
    for (const { items, count, node } of groups) {
      const n = items.filter(({ f }) => answers[f.id]).length;
      count.textContent = n ? say("asked", { n }) : "";
      if (n && !search.value) node.open = true;
    }
    refocus(soFar, Object.entries(answers).map(([id, state]) => {
      const { label } = labels.get(id), spoken = say("take_back_of", { label, state: say(state) });
      const chip = button(`${SIGN[state]} ${label}`, () => answer(id, null), { class: `hk-chip hk-${state}`, title: say("take_back"), "aria-label": spoken });
      chip.append(el("span", { "aria-hidden": "true" }, " ×"));
      return el("li", {}, chip);
    }), search);
    nobody.hidden = soFar.children.length > 0;
  }

  const soFar = el("ul", { class: "hk-sofar", "aria-label": say("so_far") }), nobody = el("p", { class: "hk-hint" }, say("none_so_far"));

  // --- controls -----------------------------------------------------------------------------
  const setting = el("select", { "aria-label": say("setting"), onchange: () => save("setting", setting.value) },
    ...catalog.settings.map((s) => el("option", { value: s.id, title: s.description }, s.label)));
  const discountText = el("output", { class: "hk-output" });
  const discount = el("input", { type: "range", min: 0, max: 1, step: 0.05, "aria-label": say("overlap"),
    oninput: () => save("discount", Number(discount.value)) });
  const copied = el("span", { class: "hk-hint", role: "status" });

  async function copy() {
    const { text } = get("view");
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
    copied.textContent = say("copied");
    setTimeout(() => { copied.textContent = ""; }, 2000);
  }

  function startOver() {
    for (const [trait, value] of Object.entries(get("start"))) model.set(trait, value);
    model.save_changes();
    silent.listen();
    guess.value = "";
    commit.disabled = true;
    list.clear();
  }

  const controls = el("div", { class: "hk-controls" }, el("label", {}, `${say("setting")} `, setting),
    el("label", { title: say("overlap_title") }, `${say("overlap_label")} `, discount, discountText),
    button(say("start_over"), startOver, { title: say("start_over_title") }), button(say("copy"), copy), copied);

  // --- prediction ---------------------------------------------------------------------------
  const guess = el("select", { "aria-label": say("your_prediction"), onchange: () => { commit.disabled = !guess.value; } },
    option("", say("choose")), ...catalog.conditions.map((c) => option(c.id, c.name)));
  const commit = button(say("commit_and_see"), () => save("prediction", guess.value), { class: "hk-button hk-primary", disabled: true });
  const question = el("p", { class: "hk-question" });
  const predict = el("div", { class: "hk-predict" }, question, el("div", { class: "hk-row" }, guess, commit,
    button(say("show_without"), () => save("prediction", ""))));
  const verdict = el("p", { class: "hk-verdict", role: "status" });

  function paintPrediction() {
    const prediction = get("prediction"), view = get("view");
    question.textContent = say("predict_question", { question: get("question") });
    predict.hidden = prediction !== null;
    revealed.hidden = advice.hidden = prediction === null;
    verdict.hidden = !prediction;
    if (!prediction) return;
    const leader = view.ranking[0], mine = view.ranking.find((r) => r.condition_id === prediction);
    if (!mine) return; // the kernel has not answered yet
    const told = { name: mine.name, chance: percent(mine.probability), place: mine.place, leader: leader.name };
    verdict.textContent = say(mine.place === 1 ? "leads" : "trails", told);
  }

  // --- red flags ----------------------------------------------------------------------------
  const banner = el("div", { class: "hk-flags", role: "alert" });
  let raised = "";

  function paintFlags() {
    const flags = get("view").red_flags;
    if (raised === (raised = JSON.stringify(flags))) return; // said once, not at every toggle
    banner.replaceChildren(...flags.map((f) => {
      const { name, speed } = flagParts(f, say), findings = f.findings.split(";").map((x) => labels.get(x).label).join(", ");
      return el("details", { class: `hk-flag hk-${f.level}`, open: f.level === "act_now" }, el("summary", {}, name),
        el("p", {}, f.action), el("p", {}, ...speed), el("p", { class: "hk-because" }, say("because", { findings })));
    }));
  }

  // --- ranking ------------------------------------------------------------------------------
  const bars = new Map();
  const ranking = el("ol", { class: "hk-ranking", "aria-label": say("ranking") });

  function bar({ condition_id: id, name, red_flag: dangerous }) {
    const fill = el("span", { class: "hk-fill" }), before = el("span", { class: "hk-before" });
    const value = el("span", { class: "hk-value" }), mark = el("span", { class: "hk-mark" });
    const node = button("", () => save("condition", id), { class: "hk-bar", "data-condition": id });
    node.append(el("span", { class: "hk-name" }, name, dangerous ? el("span", { class: "hk-danger", title: say("dangerous") }, " ⚑") : "", mark),
      el("span", { class: "hk-track", "aria-hidden": "true" }, fill, before), value);
    return { item: el("li", {}, node), node, fill, before, value, mark };
  }

  function paintRanking() {
    const view = get("view");
    const items = view.ranking.map((r) => {
      if (!bars.has(r.condition_id)) bars.set(r.condition_id, bar(r));
      const { item, node, fill, before, value, mark } = bars.get(r.condition_id);
      fill.style.width = `${(r.probability * 100).toFixed(2)}%`;
      before.style.left = `${(r.before * 100).toFixed(2)}%`;
      value.textContent = percent(r.probability);
      const marks = [r.condition_id === get("prediction") && say("mine"), r.place > view.ranking.length && say("number", { n: r.place })];
      mark.textContent = marks.filter(Boolean).join(", ");
      node.setAttribute("aria-pressed", String(r.condition_id === view.chosen.condition_id));
      node.title = say("bar_title", r);
      return item;
    });
    const same = items.length === ranking.children.length && items.every((item, i) => ranking.children[i] === item);
    if (same) return;
    const focused = ranking.contains(ranking.getRootNode().activeElement) ? ranking.getRootNode().activeElement : null;
    ranking.replaceChildren(...items);
    focused?.focus();
  }

  // --- reasons ------------------------------------------------------------------------------
  const reasons = el("section", { class: "hk-reasons", "aria-label": say("why") });
  const sources = el("details", { class: "hk-sources" }); // kept, so that it stays open

  function reasonRow(r, widest) {
    const share = (100 * Math.abs(r.log10_lr)) / widest / 2;
    const side = r.log10_lr >= 0 ? `left:50%;width:${share}%` : `right:50%;width:${share}%`;
    const times = 10 ** Math.abs(r.log10_lr), factor = times >= 10 ? times.toFixed(0) : times.toFixed(1);
    const worth = Math.abs(r.log10_lr) < 0.005 ? say("no_weight") : `${r.log10_lr > 0 ? "×" : "÷"} ${factor}`;
    return el("li", { class: `hk-reason hk-reason-${r.state}` },
      el("div", { class: "hk-reason-head" }, el("span", { class: "hk-name" }, SIGN[r.state] ?? "", " ", r.label),
        el("span", { class: "hk-diverging", "aria-hidden": "true" }, el("span", { class: r.log10_lr >= 0 ? "hk-for" : "hk-against", style: side })),
        el("span", { class: "hk-value" }, worth)),
      el("p", { class: "hk-why" }, r.why, " ", r.basis == null ? null : basisChip(r.basis, say)));
  }

  function paintReasons() {
    const { chosen } = get("view"), sum = chosen.reasons.reduce((total, r) => total + r.log10_lr, 0);
    const total = { state: "total", label: say("together"), log10_lr: sum, why: say("together_why") };
    const lines = chosen.reasons.length > 1 ? [...chosen.reasons, total] : chosen.reasons;
    const widest = Math.max(0.5, ...lines.map((r) => Math.abs(r.log10_lr)));
    const left = (fit) => {
      const found = chosen.reasons.filter((r) => r.fit === fit).map((r) => r.label).join(", ");
      return found ? [el("p", { class: "hk-left" }, el("strong", {}, `${say(fit)} `), found)] : [];
    };
    const axis = () => el("div", { class: "hk-axis", "aria-hidden": "true" }, el("span", {}, say("speaks_against")), el("span", {}, say("speaks_for")));
    reasons.replaceChildren(el("h3", {}, say("why_this", { name: chosen.name, chance: percent(chosen.probability) })),
      el("p", { class: "hk-oneline" }, chosen.one_line), ...left("unexplained"), ...left("missing"), ...(lines.length ? [axis()] : []),
      el("ul", {}, ...lines.map((r) => reasonRow(r, widest))), ...(chosen.sources.length ? [sources] : []));
    fillSources(sources, chosen.sources, say);
  }

  // --- what to ask next ---------------------------------------------------------------------
  const next = el("ul", { class: "hk-next", "aria-label": say("ask_next") });
  const enough = el("p", { class: "hk-verdict", role: "status" });

  function paintNext() {
    const { next: items, stop } = get("view");
    enough.textContent = stop;
    enough.hidden = !stop;
    const widest = Math.max(0.01, ...items.map((q) => q.bits));
    const ask = (q, state) => answerButton(q.label, state, () => answer(q.finding_id, state), { "data-ask": q.finding_id });
    const worth = (q) => [q.red_flag ? say("red_question") : say("bits", { n: q.bits.toFixed(2) }),
      say("kind_effort", { how: say(`how_${q.kind}`), n: q.effort })];
    refocus(next, items.map((q) => el("li", { class: "hk-finding" }, ask(q, "present"), ask(q, "absent"), el("div", { class: "hk-ask" },
      el("span", { class: "hk-label", title: labels.get(q.finding_id).plain }, q.red_flag ? el("span", { class: "hk-danger" }, "⚑ ") : null, q.label),
      el("span", { class: "hk-kind", title: say("bits_title") },
        el("span", { class: "hk-track", "aria-hidden": "true" }, el("span", { class: "hk-fill hk-bits", style: `width:${(100 * q.bits) / widest}%` })),
        worth(q).join(" · "))))), search);
  }

  // --- all together -------------------------------------------------------------------------
  const revealed = el("div", { class: "hk-revealed" }, verdict, el("h3", {}, say("which_fit")), ranking,
    el("p", { class: "hk-hint" }, say("ranking_hint")), enough, reasons);
  const advice = el("div", { class: "hk-advice" }, el("h3", {}, say("what_next")), el("p", { class: "hk-hint" }, say("next_hint")), next);
  const main = el("div", { class: "hk-main" },
    el("section", { class: "hk-findings", "aria-label": say("findings") }, el("h3", {}, say("has_and_not")), search, nothing,
      el("div", { class: "hk-list" }, ...list.nodes), advice),
    el("section", { class: "hk-answerside", "aria-label": say("conditions") }, silent.node, recordNotice(model), banner, el("h3", {}, say("so_far")),
      nobody, soFar, predict, revealed));
  root.classList.add("heelkit", "hk-conditions");
  root.lang = say("lang");
  root.append(controls, main, el("p", { class: "hk-hint" }, say("teaching_material")));

  function paintControls() {
    setting.value = get("setting");
    discount.value = get("discount");
    discountText.textContent = ` ${Math.round(get("discount") * 100)}%`;
  }

  function paintView() {
    paintFlags();
    paintRanking();
    paintReasons();
    paintNext();
    paintPrediction();
    silent.heard();
    root.dataset.ready = "true";
  }

  const giveKeysBack = keepPlainKeys(root);
  const stop = watch(model, { answers: paintAnswers, "setting discount": paintControls, "prediction question": paintPrediction, view: paintView });
  return () => { silent.stop(); giveKeysBack(); stop(); };
}

export default { render };
