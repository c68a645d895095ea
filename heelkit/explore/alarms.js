// Red flags against the clock. Every story is in the page: the kernel only keeps what was answered.
// Text from tables is always set as text, never as HTML.

const MARK = { right: "✓", too_slow: "▼", too_fast: "▲" };

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words"));
  const { urgencies, stories, rules, sources } = get("catalog"), place = new Map(urgencies.map((u, i) => [u.id, i]));
  const label = (id) => urgencies[place.get(id)].label;
  const at = () => stories.findIndex((s) => s.id === get("story")); // -1: the summary
  const name = `hk-alarms-${Math.random().toString(36).slice(2)}`; // two explorers on a page must not share their radio buttons
  let chosen = null, move = false;

  const answerOf = (s) => get("answers")[s.id];
  const open = (s) => answerOf(s) == null;
  function verdictOf(s) {
    if (open(s)) return null;
    const late = place.get(answerOf(s)) - place.get(s.urgency);
    return late > 0 ? "too_slow" : late < 0 ? "too_fast" : "right";
  }

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  }

  function go(i) { // -1: the summary
    chosen = null;
    move = true;
    save({ story: i < 0 ? null : stories[i].id });
  }

  // --- one button per story -------------------------------------------------------------------
  const steps = stories.map((_, i) => button(String(i + 1), () => go(i), { class: "hk-button hk-step" }));
  const toSummary = button(say("summary"), () => go(-1));
  const score = el("p", { class: "hk-score", role: "status" });

  function paintSteps() {
    stories.forEach((s, i) => {
      const verdict = verdictOf(s);
      steps[i].textContent = `${i + 1}${verdict ? ` ${MARK[verdict]}` : ""}`;
      steps[i].setAttribute("aria-label", say("step", { n: i + 1, state: say(verdict ?? "open") }));
      steps[i].setAttribute("aria-current", i === at() ? "step" : "false");
      steps[i].classList.toggle("hk-step-missed", Boolean(verdict) && verdict !== "right");
    });
    toSummary.setAttribute("aria-current", at() < 0 ? "step" : "false");
    const done = stories.filter((s) => !open(s));
    toSummary.hidden = !done.length;
    score.textContent = say("score", { done: done.length, all: stories.length, right: done.filter((s) => verdictOf(s) === "right").length });
  }

  // --- deciding -------------------------------------------------------------------------------
  const heading = el("p", { class: "hk-count" }), told = el("p", { class: "hk-story", tabindex: "-1" });
  const commit = button(say("commit"), () => {
    if (!chosen) return;
    move = true;
    const answers = { ...get("answers"), [stories[at()].id]: chosen };
    chosen = null;
    save({ answers });
  }, { class: "hk-button hk-primary" });
  const choices = urgencies.map((u) => {
    const input = el("input", { type: "radio", name, value: u.id, onchange: () => { chosen = u.id; paintAxis(); } });
    return { input, node: el("label", { class: "hk-choice", "data-urgency": u.id }, input, el("span", {}, el("strong", {}, u.label), " ",
      el("span", { class: "hk-hint" }, u.means))) };
  });
  const group = el("div", { class: "hk-lanes hk-choices", role: "radiogroup", "aria-label": say("question") }, choices.map((c) => c.node));

  // The axis: four lanes from minutes to weeks, the student's mark above them, the disease's window below. Not to scale, and it says so.
  const ticks = el("div", { class: "hk-lanes hk-ticks", "aria-hidden": "true" }, urgencies.map((u) => el("span", {}, say(`tick_${u.id}`))));
  const mine = el("span", { class: "hk-mine" }), span = el("span", { class: "hk-window" });
  const mineLane = el("div", { class: "hk-lanes" }, mine), windowLane = el("div", { class: "hk-lanes" }, span), frame = el("p", { class: "hk-frame" });
  const axis = el("div", { class: "hk-axis", role: "group", "aria-label": say("axis") }, mineLane, ticks, windowLane, frame);

  function paintAxis() {
    const s = stories[at()], answer = answerOf(s) ?? chosen, answered = !open(s);
    mine.hidden = !answer;
    if (answer) {
      mine.style.gridColumn = String(place.get(answer) + 1);
      mine.textContent = `◆ ${say(answered ? "you_said" : "you_would", { answer: label(answer) })}`;
    }
    span.hidden = !answered;
    span.style.gridColumn = `1 / span ${place.get(s.urgency) + 1}`;
    span.dataset.urgency = s.urgency;
    span.textContent = say(s.own ? "window" : "no_window", { answer: label(s.urgency) });
    frame.hidden = !answered || !s.window;
    frame.textContent = say("frame", { frame: s.window });
    commit.disabled = !chosen;
    for (const c of choices) c.node.classList.toggle("hk-picked", c.input.value === chosen);
  }

  // A clock that runs for the mood only: nothing waits for it.
  const NS = "http://www.w3.org/2000/svg";
  const svg = (tag, attributes, ...children) => {
    const node = document.createElementNS(NS, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const clock = svg("svg", { class: "hk-clock", viewBox: "0 0 40 40", "aria-hidden": "true", focusable: "false" },
    svg("circle", { cx: 20, cy: 20, r: 17 }), ...[0, 90, 180, 270].map((a) => svg("path", { d: "M20 5v4", transform: `rotate(${a} 20 20)` })),
    svg("path", { class: "hk-hand", d: "M20 20V8" }));
  const unhurried = el("p", { class: "hk-hint" }, say("unhurried"));
  const decide = el("div", { class: "hk-decide" }, group, el("div", { class: "hk-row" }, commit, clock, unhurried));

  // --- what comes after committing -------------------------------------------------------------
  const verdictLine = el("p", { class: "hk-verdict", role: "status", tabindex: "-1" });
  const told2 = el("div", { class: "hk-explained" });
  const next = button("", () => go(following()), { class: "hk-button hk-primary" });
  const after = el("div", { class: "hk-after" }, verdictLine, el("div", { class: "hk-row" }, next), told2);

  function following() { // the next open story around the corner; the summary when none is left
    const order = stories.map((_, i) => (at() + 1 + i) % stories.length);
    return order.find((i) => open(stories[i])) ?? -1;
  }

  const part = (id, text, kind = "") => (text ? el("section", { class: `hk-part ${kind}`, "data-part": id }, el("h3", {}, say(id)), el("p", {}, text)) : null);

  function ruleCard({ id, findings }) {
    const rule = rules[id], mark = `${rule.level === "act_now" ? "⚑" : "⚐"} ${say(`level_${rule.level}`)}: `;
    const fold = el("details", { class: "hk-sources" });
    fillSources(fold, rule.sources.map((s) => sources[s]), say);
    return el("article", { class: `hk-flag hk-${rule.level}`, "data-rule": id },
      el("p", {}, el("strong", { class: "hk-level" }, mark), el("strong", {}, rule.name)),
      el("p", {}, rule.action), el("p", {}, el("strong", {}, say("how_fast")), " ", rule.time_frame),
      el("p", { class: "hk-hint" }, `${say("fires_on")} ${findings.join(" + ")}`), fold);
  }

  function explanation(s, verdict) {
    const cards = s.rules.map(ruleCard), own = cards.filter((_, i) => s.rules[i].id === s.own), others = cards.filter((c) => !own.includes(c));
    const why = el("section", { class: "hk-part", "data-part": "rules" }, el("h3", {}, say(cards.length ? "rules" : "no_rules")),
      cards.length ? null : el("p", {}, say("silence")), ...own,
      others.length ? el("details", { class: "hk-others" }, el("summary", {}, say("also", { n: others.length })), ...others) : null);
    const clue = part("clue", s.story[1] ? `«${s.story[1]}»` : "");
    const delay = part("too_late", s.too_late, verdict === "too_slow" ? "hk-danger" : ""), timing = part("clock", s.clock);
    const rush = part("too_early", s.too_early, verdict === "too_fast" ? "hk-cost" : "");
    const states = el("details", { class: "hk-others" }, el("summary", {}, say("findings")), el("ul", { class: "hk-findings" },
      ...s.present.map((f) => el("li", {}, `+ ${f}`)), ...s.absent.map((f) => el("li", {}, `− ${f}`))));
    const fold = el("details", { class: "hk-sources" });
    fillSources(fold, s.sources.map((id) => sources[id]), say);
    const first = verdict === "too_fast" ? [rush, clue, timing, delay] : [delay, clue, timing, rush];
    const order = verdict === "right" ? [timing, clue, delay, rush] : first;
    return [...order, why, states, el("p", { class: "hk-hint" }, say("rests_on"), " ", basisChip(s.basis, say)), fold].filter(Boolean);
  }

  // --- the end ----------------------------------------------------------------------------------
  const summary = el("section", { class: "hk-summary", tabindex: "-1", "aria-label": say("summary") });

  function paintSummary() {
    const done = stories.filter((s) => !open(s)), count = (v) => done.filter((s) => verdictOf(s) === v).length;
    const missed = done.filter((s) => verdictOf(s) !== "right").sort((a, b) => (verdictOf(a) === "too_slow" ? 0 : 1) - (verdictOf(b) === "too_slow" ? 0 : 1));
    const kind = !done.length ? "kind_none" : !missed.length ? "kind_all" : count("too_slow") ? "kind_slow" : "kind_fast";
    const title = (s) => s.name || say("look_alike");
    const rows = missed.map((s) => el("li", { "data-missed": s.id },
      el("span", {}, `${MARK[verdictOf(s)]} `, el("strong", {}, title(s)), `, ${say(verdictOf(s))}: `,
        say("missed", { mine: label(answerOf(s)), wanted: label(s.urgency) })),
      button(say("see_again"), () => go(stories.indexOf(s)), { "aria-label": `${say("see_again")}: ${title(s)}` })));
    const tallies = ["right", "too_slow", "too_fast"].map((v) => el("li", { "data-count": v }, el("strong", {}, `${MARK[v]} ${count(v)}`), ` ${say(v)}`));
    summary.replaceChildren(el("h3", {}, say("summary")),
      el("ul", { class: "hk-counts" }, ...tallies),
      el("p", { class: "hk-verdict" }, say(kind)), ...(missed.length ? [el("h3", {}, say("again_list")), el("ul", { class: "hk-missed" }, ...rows)] : []),
      el("div", { class: "hk-row" }, missed.length ? button(say("repeat"), () => {
        const first = missed[0].id;
        move = true;
        save({ answers: Object.fromEntries(Object.entries(get("answers")).filter(([id]) => !missed.some((s) => s.id === id))), story: first });
      }, { class: "hk-button hk-primary" }) : null));
  }

  function paint() {
    const s = stories[at()], answered = Boolean(s) && !open(s);
    paintSteps();
    summary.hidden = Boolean(s);
    page.hidden = !s;
    if (!s) paintSummary();
    else {
      heading.textContent = say("story_of", { n: at() + 1, all: stories.length });
      told.replaceChildren(s.story[0], answered && s.story[1] ? el("mark", {}, s.story[1]) : s.story[1], s.story[2]);
      question.hidden = decide.hidden = answered;
      after.hidden = !answered;
      for (const c of choices) c.input.checked = c.input.value === chosen;
      paintAxis();
      const verdict = verdictOf(s);
      verdictLine.textContent = answered ? `${MARK[verdict]} ${say(`said_${verdict}`, { mine: label(answerOf(s)), wanted: label(s.urgency) })}` : "";
      verdictLine.dataset.verdict = verdict ?? "";
      told2.replaceChildren(...(answered ? explanation(s, verdict) : []));
      next.textContent = say(following() < 0 ? "to_summary" : "next");
    }
    if (move) (!s ? summary : answered ? verdictLine : told).focus({ preventScroll: true });
    move = false;
    root.dataset.ready = "true";
  }

  // --- all together -------------------------------------------------------------------------------
  const silent = recordSilence(model, "answers", say("not_heard"));
  const question = el("p", { class: "hk-question" }, say("question"));
  const page = el("section", { class: "hk-page", "aria-label": say("story") }, heading, told, question, axis, decide, after);
  const again = button(say("start_over"), () => { chosen = null; move = true; save({ answers: {}, story: stories[0].id }); });
  root.classList.add("heelkit", "hk-alarms");
  root.append(el("nav", { class: "hk-controls", "aria-label": say("stories") }, ...steps, toSummary, score, again),
    silent.node, recordNotice(model), page, summary, el("p", { class: "hk-hint" }, say("teaching_material")));
  const giveKeysBack = keepPlainKeys(root);
  const leave = watch(model, { "story answers": paint });
  return () => { silent.stop(); giveKeysBack(); leave(); };
}

export default { render };
