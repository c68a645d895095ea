// Progress: three pictures and four buttons. No streaks, no praise that was not earned, no blame.

const SVG = "http://www.w3.org/2000/svg";
const share = (p) => `${Math.round(p * 100)}%`;

function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Stated confidence against how often it was right; on the diagonal both agree. The size of a dot says how many answers.
function calibrationPlot(points, say) {
  const x = (p) => 50 + 240 * p, y = (p) => 260 - 240 * p;
  const line = (a, b, c, d, cls) => draw("line", { x1: x(a), y1: y(b), x2: x(c), y2: y(d), class: cls });
  const ticks = [0, 0.5, 1].flatMap((p) => [draw("text", { x: x(p), y: 280, "text-anchor": "middle" }, share(p)),
    draw("text", { x: 44, y: y(p) + 5, "text-anchor": "end" }, share(p))]);
  const text = points.map((p) => say("calibration_point", { sure: share(p.sure), share: share(p.share), n: p.n })).join(" ");
  return draw("svg", { viewBox: "0 0 310 310", class: "hk-plot", role: "img", "aria-label": text },
    line(0, 0, 1, 1, "hk-diagonal"), line(0, 0, 1, 0, "hk-line"), line(0, 0, 0, 1, "hk-line"),
    ...ticks, draw("text", { x: 170, y: 303, "text-anchor": "middle" }, say("you_said")),
    draw("text", { x: 14, y: 140, "text-anchor": "middle", transform: "rotate(-90 14 140)" }, say("you_were")),
    ...points.map((p) => draw("circle", { cx: x(p.sure), cy: y(p.share), r: 4 + 2 * Math.sqrt(Math.min(p.n, 36)), class: "hk-dot" })));
}

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words"));
  const problems = el("div", { role: "alert" }), said = el("p", { class: "hk-verdict", role: "status" }), empty = el("p", {}, say("empty"));
  const topics = el("ul", { class: "hk-topics", "aria-label": say("by_topic") }), plot = el("div"), brier = el("p", { class: "hk-hint" });
  const due = el("ol", { class: "hk-due" }), dueTitle = el("h3"), all = button(say("all_topics"), () => pick(null)), body = el("div", { class: "hk-three" });

  function pick(topic) {
    model.set("topic", topic);
    model.save_changes();
  }

  function paint() {
    const view = get("view");
    problems.replaceChildren(...view.problems.slice(0, 5).map((p) => el("p", { class: "hk-silent" }, p)));
    empty.hidden = view.topics.length > 0;
    body.hidden = !view.topics.length;
    topics.replaceChildren(...view.topics.map((t) => el("li", {},
      button(t.topic, () => pick(t.topic), { class: "hk-button", "aria-pressed": String(get("topic") === t.topic),
        "aria-label": say("topic_row", { topic: t.topic, right: t.right, answered: t.answered }) }),
      el("span", { class: "hk-track", "aria-hidden": "true" }, el("span", { class: "hk-fill", style: `width:${100 * t.share}%` })),
      el("span", { class: "hk-value" }, `${t.right} / ${t.answered}`))));
    all.hidden = get("topic") == null;
    plot.replaceChildren(...(view.calibration.length ? [calibrationPlot(view.calibration, say)] : [el("p", {}, say("no_confidence"))]));
    brier.textContent = view.brier == null ? "" : say("brier", { n: view.brier.toFixed(2) });
    dueTitle.textContent = say("next_reviews", { n: view.due_now });
    due.replaceChildren(...view.due.map((d) => el("li", {}, el("strong", {}, d.now ? say("now") : d.when), ` (${d.topic}) `,
      d.text.length > 130 ? `${d.text.slice(0, 130)}…` : d.text,
      " ", el("span", { class: "hk-hint" }, d.missed ? say("missed") : say("recall", { n: share(d.recall) })))));
    root.dataset.ready = "true";
  }

  function paintSaid() { said.textContent = get("said"); said.hidden = !get("said"); }

  // --- the file -----------------------------------------------------------------------------
  const student = el("input", { type: "text", "aria-label": say("student"), placeholder: say("student") });
  const file = el("input", { type: "text", "aria-label": say("file"), placeholder: say("file") });
  const sure = el("div", { class: "hk-row hk-sure", hidden: true }, say("really"),
    button(say("yes_reset"), () => { sure.hidden = true; model.send({ do: "reset" }); }), button(say("no_reset"), () => { sure.hidden = true; }));
  const files = el("details", { class: "hk-files" }, el("summary", {}, say("your_file", { file: get("view").file })),
    el("div", { class: "hk-row" }, student, button(say("export"), () => model.send({ do: "export", student: student.value }))),
    el("div", { class: "hk-row" }, file, button(say("import"), () => model.send({ do: "import", file: file.value }))),
    el("div", { class: "hk-row" }, button(say("reset"), () => { sure.hidden = false; }), sure));

  root.classList.add("heelkit", "hk-progress");
  body.append(el("section", {}, el("h3", {}, say("by_topic")), topics, all),
    el("section", {}, el("h3", {}, say("calibration")), plot, brier),
    el("section", {}, dueTitle, due, el("p", { class: "hk-hint" }, say("how_to_review"))));
  root.append(el("div", { class: "hk-controls" }, button(say("refresh"), () => model.send({ do: "refresh" }))),
    problems, said, empty, body, files, el("p", { class: "hk-hint" }, say("never_sent")));
  const giveKeysBack = keepPlainKeys(root);
  const leave = watch(model, { "view topic": paint, said: paintSaid });
  return () => { giveKeysBack(); leave(); };
}

export default { render };
