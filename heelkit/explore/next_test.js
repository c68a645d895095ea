// The game of the next question in the browser. The student's choice is painted at once; the kernel computes what it tells.
// Everything from a table is set as text, never as HTML.

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), catalog = get("catalog"), findings = byId(catalog.topics);
  const seen = ([answers, ...rest]) => JSON.stringify([settled(answers), ...rest]);
  const fresh = () => seen(get("view").case) === seen([get("answers"), get("setting"), get("kinds"), get("choice")]);
  const silent = kernelNotice(say("no_answer_below"), fresh);
  const about = (f) => say("kind_effort", { how: say(`how_${f.kind}`), n: f.effort });
  let candidate = null;

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
    silent.listen();
  }

  // --- choosing -----------------------------------------------------------------------------
  const rows = new Map();
  function candidateButton(f) {
    const choose = () => { candidate = candidate === f.id ? null : f.id; paintCandidate(); };
    const node = button("", choose, { class: "hk-candidate", "aria-pressed": "false", "data-finding": f.id, title: f.plain });
    node.append(el("span", {}, f.label), el("span", { class: "hk-cost" }, about(f)));
    rows.set(f.id, node);
    return node;
  }
  const list = findingList(catalog.topics, { label: say("search"), none: say("no_match"), row: candidateButton,
    offered: (f) => !get("answers")[f.id] && get("kinds").includes(f.kind) });
  const { search, nothing } = list;

  const picked = el("p", { class: "hk-question" });
  const commit = button(say("commit_and_see"), () => save({ choice: candidate }), { class: "hk-button hk-primary" });
  const stopHere = button(say("stop_here"), () => { candidate = null; save({ choice: "stop" }); });
  const decide = el("div", { class: "hk-predict" }, picked, el("div", { class: "hk-row" }, commit, stopHere));

  function paintCandidate() {
    for (const [id, node] of rows) {
      const pressed = String(id === candidate);
      if (node.getAttribute("aria-pressed") !== pressed) node.setAttribute("aria-pressed", pressed);
    }
    refill(picked, candidate ? say("you_would_ask", findings.get(candidate)) : say("choose"));
    commit.disabled = !candidate;
  }

  // --- the case -----------------------------------------------------------------------------
  const soFar = el("ul", { class: "hk-sofar", "aria-label": say("the_case") }), nobody = el("p", { class: "hk-hint" }, say("none_so_far"));
  const leaders = el("ol", { class: "hk-leaders", "aria-label": say("fits_now") }), score = el("p", { class: "hk-score", role: "status" });
  const track = (share) => el("span", { class: "hk-track", "aria-hidden": "true" },
    el("span", { class: "hk-fill", style: `width:${(100 * share).toFixed(1)}%` }));
  const danger = () => el("span", { class: "hk-danger", title: say("dangerous") }, " ⚑");
  const bar = (r) => [el("span", { class: "hk-name" }, r.name, r.red_flag ? danger() : null), track(r.probability),
    el("span", { class: "hk-value" }, percent(r.probability))];

  function paintCase() {
    const entries = Object.entries(get("answers")), rounds = get("rounds");
    soFar.replaceChildren(...entries.map(([id, state]) => el("li", { class: `hk-chip hk-${state}` }, `${SIGN[state]} ${findings.get(id).label}`)));
    nobody.hidden = entries.length > 0;
    const sum = (key) => rounds.reduce((total, r) => total + r[key], 0);
    score.hidden = !rounds.length;
    score.textContent = say("score", { n: rounds.length, effort: sum("effort"), bits: sum("bits").toFixed(2), best: sum("best").toFixed(2) });
    setting.value = get("setting");
    for (const [kind, box] of boxes) box.checked = get("kinds").includes(kind);
    list.filter();
  }

  // --- what the choice tells ----------------------------------------------------------------
  const verdict = el("p", { class: "hk-verdict", role: "status", tabindex: "-1" }), stop = el("p", { class: "hk-stop", role: "status" });
  const cards = el("div", { class: "hk-cards" });
  const back = button(say("another"), () => { save({ choice: null }); search.focus(); });

  function answer(card, state) {
    const best = Math.max(...get("view").cards.map((c) => c.bits_per_effort));
    candidate = null;
    search.value = "";
    save({ answers: { ...get("answers"), [card.finding_id]: state }, choice: null,
      rounds: [...get("rounds"), { finding: card.finding_id, state, effort: card.effort, bits: card.bits, best: best * card.effort }] });
    search.focus();
  }

  const gauge = (name, value, widest) => el("div", { class: "hk-gauge-row" }, el("span", {}, name), track(value / widest),
    el("strong", { class: "hk-value" }, value.toFixed(2)));

  function outcome(state, after) {
    const change = (r) => (Math.abs(r.probability - r.before) < 0.005 ? say("as_before") : say("was", { chance: percent(r.before) }));
    return el("section", { class: `hk-outcome hk-outcome-${state}` }, el("h4", {}, `${SIGN[state]} ${say(`if_${state}`)}`),
      el("ol", { class: "hk-leaders" }, ...after.map((r) => el("li", {}, ...bar(r), el("span", { class: "hk-soft" }, change(r))))));
  }

  function card(c, widest) {
    const mine = c.finding_id === get("choice");
    const found = (state) => button(`${SIGN[state]} ${say(state)}`, () => answer(c, state),
      { "data-answer": state, "aria-label": `${c.label}: ${say(state)}` });
    return el("article", { class: `hk-card${mine ? " hk-card-mine" : ""}`, "data-card": c.finding_id, "aria-label": `${c.title}: ${c.label}` },
      el("p", { class: "hk-card-title" }, mine ? "◆ " : "★ ", c.title), el("h3", {}, c.label),
      el("p", { class: "hk-hint" }, say("card_hint", { place: c.place, about: about(c), plain: c.plain })),
      ...c.flags.map((name) => el("p", { class: "hk-flagged" }, say("one_away", { name }))),
      gauge(say("bits"), c.bits, widest.bits), gauge(say("bits_per_effort"), c.bits_per_effort, widest.per),
      outcome("present", c.after.present), outcome("absent", c.after.absent),
      el("div", { class: "hk-row" }, `${say("the_patient")} `, found("present"), found("absent")));
  }

  // Red flags stand above everything, whatever is being asked.
  const banner = el("div", { class: "hk-flags", role: "alert" });
  let raised = "";
  function paintFlags() {
    const { flags } = get("view");
    if (raised === (raised = JSON.stringify(flags))) return; // said once, not at every change
    banner.replaceChildren(...flags.map((f) => {
      const { name, speed } = flagParts(f, say);
      return el("p", { class: `hk-flag hk-${f.level}` }, name, ` ${f.action} `, ...speed);
    }));
  }

  function paintView() {
    paintFlags();
    const view = get("view"), open = view.case[3] !== null, { activeElement: active, body } = root.ownerDocument;
    refill(leaders, ...view.leaders.map((r) => el("li", {}, ...bar(r))));
    decide.hidden = open || !view.open;
    chosen.hidden = !open;
    left.hidden = open || !view.open;
    root.classList.toggle("hk-revealed", open);
    verdict.textContent = view.verdict;
    stop.textContent = view.stop;
    stop.hidden = !view.stop;
    const widest = { bits: Math.max(0.01, ...view.cards.map((c) => c.bits)), per: Math.max(0.01, ...view.cards.map((c) => c.bits_per_effort)) };
    cards.replaceChildren(...view.cards.map((c) => card(c, widest)));
    if (open && ((root.dataset.open !== "true" && root.contains(active)) || active === body)) verdict.focus({ preventScroll: true });
    root.dataset.open = String(open);
    silent.heard();
    root.dataset.ready = "true";
  }

  // --- all together -------------------------------------------------------------------------
  const setting = el("select", { "aria-label": say("setting"), onchange: () => save({ setting: setting.value, choice: null }) },
    ...catalog.settings.map((s) => el("option", { value: s.id, title: s.description }, s.label)));
  const boxes = new Map(catalog.kinds.map((kind) => [kind, el("input", { type: "checkbox", onchange: () => {
    const kinds = catalog.kinds.filter((k) => boxes.get(k).checked);
    if (!kinds.length) boxes.get(kind).checked = true; // at least one kind of question stays
    else save({ kinds, choice: null });
  } })]));
  const reset = button(say("start_over"), () => { candidate = null; search.value = ""; save({ ...get("start") }); paintCandidate(); });
  const chosen = el("div", {}, verdict, cards, back);
  const left = el("section", { class: "hk-choose", "aria-label": say("questions") }, el("h3", {}, say("can_ask")), search, nothing,
    el("div", { class: "hk-list" }, ...list.nodes));
  root.classList.add("heelkit", "hk-next_test");
  root.lang = say("lang");
  root.append(el("div", { class: "hk-controls" }, el("label", {}, `${say("setting")} `, setting),
    ...catalog.kinds.map((k) => el("label", {}, boxes.get(k), say(k))), reset),
    el("div", { class: "hk-game" }, left, el("section", { class: "hk-situation", "aria-label": say("case") }, silent.node, recordNotice(model), banner,
      el("div", { class: "hk-now" }, el("div", {}, el("h3", {}, say("the_case")), nobody, soFar, score),
        el("div", {}, el("h3", {}, say("fits_now")), leaders)), decide, stop, chosen)),
    el("p", { class: "hk-hint" }, `${say("bits_hint")} ${say("teaching_material")}`));
  const giveKeysBack = keepPlainKeys(root);
  const leave = watch(model, { "answers setting kinds rounds": paintCase, choice: paintCandidate, view: paintView });
  return () => { silent.stop(); giveKeysBack(); leave(); };
}

export default { render };
