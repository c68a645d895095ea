// The clinic. Every question is one press; the kernel knows the patient, the page does not.

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), catalog = get("catalog"), say = phrases(get("words"));
  const fresh = () => JSON.stringify(get("view").seen) === JSON.stringify([get("case"), get("asked"), get("commitment")]);
  const notice = kernelNotice(say("no_answer"), fresh);

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
    notice.listen();
  }

  // --- what can be asked --------------------------------------------------------------------
  let kind = catalog.kinds[0];
  const tabs = catalog.kinds.map((k) => button(say(k), () => { kind = k; filter(); }, { class: "hk-button hk-tab", "data-kind": k }));
  const list = findingList(catalog.topics, { label: say("search"), none: say("no_match"), row: findingButton, offered: (f) => f.kind === kind });
  const { search, nothing, groups } = list;

  function findingButton(f) {
    const ask = () => { if (!get("asked").includes(f.id)) save({ asked: [...get("asked"), f.id] }); };
    const node = button("", ask, { class: "hk-candidate", "data-finding": f.id, title: f.plain });
    node.append(el("span", {}, f.label), el("span", { class: "hk-cost" }, say("effort_of", { n: f.effort })));
    return node;
  }

  function filter() {
    list.filter();
    tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.kind === kind)));
  }

  // --- the patient --------------------------------------------------------------------------
  const opening = el("blockquote", { class: "hk-opening" }), told = el("ul", { class: "hk-sofar", "aria-label": say("told") });
  const replies = el("ol", { class: "hk-replies", "aria-label": say("replies"), "aria-live": "polite" });
  const effort = el("strong", { class: "hk-effort", role: "status" });
  const flags = el("div", { role: "alert" });
  let raised = "", marked = "";

  function paintFlags(found) {
    if (raised === (raised = JSON.stringify(found))) return; // said once, not at every question
    flags.replaceChildren(...found.map((f) => el("details", { class: `hk-flag hk-${f.level}` },
      el("summary", {}, el("strong", {}, f.level === "act_now" ? `⚑ ${say("alarm_now")}` : `⚐ ${say("alarm_think")}`), " ", say("alarm_which")),
      el("p", {}, el("strong", {}, f.name), ". ", f.action, " ", el("strong", {}, say("how_fast")), " ", f.time_frame))));
  }

  function paintView() {
    const view = get("view"), done = view.marking != null;
    opening.textContent = view.opening;
    told.replaceChildren(...view.told.map((f) => el("li", { class: `hk-chip hk-${f.state}` }, `${SIGN[f.state]} ${f.label}`)));
    effort.textContent = say("effort_spent", { n: view.effort });
    paintFlags(view.flags);
    replies.replaceChildren(...view.replies.map((r) => el("li", { class: `hk-reply hk-${r.state}`, "data-reply": r.id },
      el("span", { class: "hk-asked" }, `${SIGN[r.state]} ${r.label}`), " ", el("span", {}, r.text || say("not_described")))).reverse());
    for (const group of groups) for (const { node, f } of group.items) node.disabled = done || get("asked").includes(f.id);
    ask.hidden = form.hidden = done;
    report.hidden = !done;
    root.classList.toggle("hk-revealed", done);
    if (done && marked !== (marked = JSON.stringify(view.seen))) paintMarking(view.marking);
    picker.value = get("case");
    notice.heard();
    root.dataset.ready = "true";
  }

  // --- the answer ---------------------------------------------------------------------------
  const blank = (text) => option("", text);
  const choose = (label, first, options) => el("select", { "aria-label": label, onchange: ready }, blank(first), ...options.map((o) => option(o.id, o.name)));
  const main = choose(say("main_condition"), say("choose"), catalog.conditions), second = choose(say("second_condition"), say("nobody"), catalog.conditions);
  const site = choose(say("site"), say("no_site"), catalog.sites);
  const urgency = el("select", { "aria-label": say("urgency"), onchange: ready }, blank(say("choose")), ...catalog.urgencies.map((u) => option(u, say(u))));
  const sure = el("input", { type: "range", min: 0, max: 100, step: 5, value: 50, "aria-label": say("sure"), oninput: paintSure }), sureText = el("output", {});
  const commit = button(say("commit"), () => save({ commitment: { conditions: [main.value, second.value].filter(Boolean), site: site.value || null,
    urgency: urgency.value, confidence: sure.valueAsNumber / 100 } }), { class: "hk-button hk-primary" });
  function ready() { commit.disabled = !main.value || !urgency.value || main.value === second.value; }
  function paintSure() { sureText.textContent = `${sure.value}%`; sure.setAttribute("aria-valuetext", `${sure.value}%`); }
  const field = (label, control, ...more) => el("label", { class: "hk-field" }, el("span", {}, label), control, ...more);
  const form = el("section", { class: "hk-predict", "aria-label": say("your_answer") }, el("p", { class: "hk-question" }, say("your_answer")),
    field(say("main_condition"), main), field(say("second_condition"), second), field(say("site"), site), field(say("urgency"), urgency),
    field(say("sure"), sure, sureText), commit);

  // --- the marking --------------------------------------------------------------------------
  const report = el("section", { class: "hk-report", "aria-label": say("marking"), tabindex: "-1" }), sources = el("details", { class: "hk-sources" });
  const number = (x) => Number(x.toFixed(1)).toString();

  function paintMarking(m) {
    const sign = (line) => (number(line.points) >= line.out_of ? "✓" : number(line.points) > 0 ? "◐" : "✗");
    const rows = m.lines.map((line) => el("tr", { "data-line": line.what }, el("th", { scope: "row" }, say(line.what)),
      el("td", { class: "hk-value" }, line.out_of ? `${sign(line)} ${number(line.points)} / ${line.out_of}` : "→"),
      el("td", {}, line.said), el("td", {}, line.answer), el("td", {}, line.why)));
    const head = ["", "points", "you_said", "answer", "why"].map((w) => (w ? el("th", { scope: "col" }, say(w)) : el("td")));
    const worth = (p) => [say("bits", { n: p.bits.toFixed(1) }), say("effort_of", { n: p.effort }), ...(p.asked ? [say("you_knew")] : [])];
    fillSources(sources, m.sources, say);
    report.replaceChildren(
      el("p", { class: "hk-verdict" }, el("strong", {}, say("it_was", { names: m.answer.join(" + ") })), " ", m.teaching_point),
      el("p", { class: "hk-score" }, say("total", { points: number(m.points), all: number(m.out_of) })),
      el("div", { class: "hk-scroll", tabindex: "0", role: "group", "aria-label": say("marking") },
        stacking(el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)))),
      el("h3", {}, say("best_path")),
      el("ol", { class: "hk-path" }, ...m.path.map((p) => el("li", {}, `${p.asked ? "✓" : "○"} ${p.label}`, " ",
        el("span", { class: "hk-hint" }, worth(p).join(", "))))),
      sources, el("div", { class: "hk-row" }, button(say("next_patient"), () => open(following()), { class: "hk-button hk-primary" })));
    if (root.contains(root.ownerDocument.activeElement) || root.ownerDocument.activeElement === root.ownerDocument.body) report.focus({ preventScroll: true });
  }

  // --- all together -------------------------------------------------------------------------
  function following() {
    const at = catalog.cases.findIndex((c) => c.id === get("case"));
    return catalog.cases[(at + 1) % catalog.cases.length].id;
  }

  function open(id) {
    for (const control of [main, second, site, urgency]) control.value = "";
    sure.value = 50;
    paintSure();
    ready();
    search.value = "";
    filter();
    save({ case: id, asked: [], commitment: null });
  }

  const levels = [...new Set(catalog.cases.map((c) => c.level))];
  const picker = el("select", { "aria-label": say("patient"), onchange: () => open(picker.value) }, ...levels.map((level) =>
    el("optgroup", { label: say("level", { n: level }) }, ...catalog.cases.filter((c) => c.level === level).map((c) => option(c.id, c.title)))));
  const ask = el("section", { class: "hk-choose", "aria-label": say("what_to_ask") }, el("div", { class: "hk-row" }, ...tabs), search, nothing,
    el("div", { class: "hk-list", tabindex: "0", role: "group", "aria-label": say("what_to_ask") }, ...groups.map((g) => g.node)));
  root.classList.add("heelkit", "hk-clinic");
  root.append(
    el("div", { class: "hk-controls" }, el("label", {}, `${say("patient")} `, picker), button(say("start_over"), () => open(get("case"))), effort),
    flags, notice.node, recordNotice(model),
    el("div", { class: "hk-consultation" }, ask,
      el("section", { "aria-label": say("the_patient") }, el("h3", {}, say("the_patient")), opening, told, el("h3", {}, say("replies")), replies), form),
    report, el("p", { class: "hk-hint" }, say("bits_hint"), " ", say("teaching_material")));
  paintSure();
  ready();
  filter();
  const giveKeysBack = keepPlainKeys(root);
  const leave = watch(model, { view: paintView });
  return () => { notice.stop(); giveKeysBack(); leave(); };
}

export default { render };
