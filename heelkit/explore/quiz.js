// Questions with one best answer. The whole quiz is in the page: the kernel only keeps what was answered.

const SURE = [25, 50, 75, 95];

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), catalog = get("catalog");
  const at = () => Math.max(0, catalog.findIndex((q) => q.id === get("question")));
  const isRight = (q) => q.options.find((o) => o.letter === get("answers")[q.id])?.right;
  const name = `hk-quiz-${Math.random().toString(36).slice(2)}`; // two quizzes on a page must not share their radio buttons
  let chosen = null, sure = null;

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  }

  // --- one button per question ----------------------------------------------------------------
  const steps = catalog.map((q, i) => button(String(i + 1), () => go(i), { class: "hk-button hk-step" }));
  function go(i) {
    chosen = sure = null;
    save({ question: catalog[i].id });
    heading.focus({ preventScroll: true });
  }

  function paintSteps() {
    catalog.forEach((q, i) => {
      const answered = q.id in get("answers"), right = isRight(q);
      steps[i].textContent = `${i + 1}${answered ? (right ? " ✓" : " ✗") : ""}`;
      steps[i].setAttribute("aria-label", say("step", { n: i + 1, state: say(answered ? (right ? "right" : "wrong") : "open") }));
      steps[i].setAttribute("aria-current", i === at() ? "step" : "false");
      steps[i].classList.toggle("hk-step-wrong", answered && !right);
    });
    const done = catalog.filter((q) => q.id in get("answers")), right = done.filter(isRight).length;
    score.textContent = done.length ? say("score", { right, done: done.length, all: catalog.length }) : say("none_yet", { all: catalog.length });
    again.hidden = !done.length;
    paintMissed(done.length === catalog.length);
  }

  // When all are answered: which objectives to look at again.
  function paintMissed(finished) {
    const missed = [...new Set(catalog.filter((q) => !isRight(q)).map((q) => q.objective))];
    summary.hidden = !finished;
    summary.replaceChildren(el("h3", {}, say(missed.length ? "look_again" : "all_right")),
      el("ul", { class: "hk-missed" }, ...missed.map((o) => el("li", {}, o))));
  }

  // --- the question ---------------------------------------------------------------------------
  const heading = el("p", { class: "hk-question", tabindex: "-1" }), stem = el("p", { class: "hk-stem" });
  const list = el("div", { class: "hk-options", role: "radiogroup" }), verdict = el("p", { class: "hk-verdict", role: "status" });
  const fold = el("details", { class: "hk-sources" });
  const commit = button("", () => {
    const q = catalog[at()];
    if (!chosen) return;
    if (sure) model.set("sure", { ...get("sure"), [q.id]: sure });
    save({ answers: { ...get("answers"), [q.id]: chosen } });
    chosen = sure = null;
    next.focus({ preventScroll: true });
  }, { class: "hk-button hk-primary" });
  const next = button(say("next"), () => go(following()), { class: "hk-button hk-primary" });
  const confidence = el("fieldset", { class: "hk-sure" }, el("legend", {}, say("how_sure")), ...SURE.map((value) =>
    el("label", {}, el("input", { type: "radio", name: `${name}-sure`, value, onchange: () => { sure = value; } }), `${value}%`)));

  // The next open question after this one, around the corner; the next one when none is open.
  function following() {
    const order = catalog.map((_, i) => (at() + 1 + i) % catalog.length);
    return order.find((i) => !(catalog[i].id in get("answers"))) ?? order[0];
  }

  function offered(o) {
    const input = el("input", { type: "radio", name, value: o.letter, onchange: () => { chosen = o.letter; commit.disabled = false; } });
    return el("label", { class: "hk-option", "data-letter": o.letter }, input, el("span", {}, el("strong", {}, `${o.letter}. `), o.option));
  }

  function explained(o, mine) {
    const refs = o.source_ids.map((n) => `[${n}]`).join(" ");
    return el("div", { class: `hk-option hk-explained ${o.right ? "hk-right" : "hk-not"}`, "data-letter": o.letter },
      el("p", {}, el("strong", {}, `${o.right ? "✓" : "✗"} ${o.letter}. `), o.option, " ",
        o.letter === mine ? el("span", { class: "hk-basis" }, say("your_answer")) : null),
      el("p", { class: "hk-reason" }, o.reason, " ", el("span", { class: "hk-hint" }, refs)));
  }

  function paintQuestion() {
    const q = catalog[at()], mine = get("answers")[q.id], answered = mine != null;
    stem.textContent = q.stem;
    heading.textContent = `${at() + 1}. ${q.lead_in}`;
    list.setAttribute("role", answered ? "group" : "radiogroup");
    list.setAttribute("aria-label", q.lead_in);
    list.replaceChildren(...q.options.map((o) => (answered ? explained(o, mine) : offered(o))));
    confidence.hidden = commit.hidden = answered;
    for (const box of confidence.querySelectorAll("input")) box.checked = false;
    commit.textContent = say("commit");
    commit.disabled = !chosen;
    next.hidden = verdict.hidden = fold.hidden = !answered;
    const said = get("sure")[q.id];
    const told = [say(isRight(q) ? "that_is_right" : "that_is_wrong"), said ? say("you_said", { n: said }) : "", say("objective", { text: q.objective })];
    verdict.textContent = answered ? told.filter(Boolean).join(" ") : "";
    fold.open = false;
    if (answered) fillSources(fold, q.sources, say);
    paintSteps();
    root.dataset.ready = "true";
  }

  // --- all together ---------------------------------------------------------------------------
  const silent = recordSilence(model, "answers", say("not_heard"));
  const score = el("p", { class: "hk-score", role: "status" }), summary = el("section", { class: "hk-summary", hidden: true });
  const again = button(say("start_over"), () => { chosen = sure = null; save({ answers: {}, sure: {}, question: catalog[0].id }); });
  root.classList.add("heelkit", "hk-quiz");
  root.append(el("nav", { class: "hk-controls", "aria-label": say("questions") }, ...steps, score, again),
    el("section", { class: "hk-predict", "aria-label": say("question") }, stem, heading, list,
      el("div", { class: "hk-row" }, confidence, commit), verdict, next, fold),
    silent.node, recordNotice(model), summary, el("p", { class: "hk-hint" }, say("teaching_material")));
  const giveKeysBack = keepPlainKeys(root);
  const leave = watch(model, { "question answers sure": paintQuestion });
  return () => { silent.stop(); giveKeysBack(); leave(); };
}

export default { render };
