// The condition card in the browser: a question first, then one page. Everything from a table is set as text, never as HTML.

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), catalog = get("catalog");
  const heard = () => get("view").condition === get("condition") && Boolean(get("view").one_line) === get("shown");
  const silent = kernelNotice(say("no_answer"), heard);
  let wrote = "", arriving = false; // arriving: the student asked for this card, so its heading takes the focus

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
    silent.listen();
  }

  // --- which condition ------------------------------------------------------------------------
  const choice = el("select", { "aria-label": say("choose"), onchange: () => open(choice.value, !get("predict")) });
  const search = el("input", { type: "search", class: "hk-search", "aria-label": say("search"), placeholder: say("search"),
    oninput: () => fillChoice(), onkeydown: (event) => {
      if (event.key !== "Enter" || !choice.value) return;
      event.preventDefault();
      open(choice.value, !get("predict"));
    } });
  const nothing = el("span", { class: "hk-hint", role: "status" });

  function fillChoice() {
    if (choice.dataset.found === search.value) { // the same list; no need to make it anew, or to measure it anew, which setting a value does
      if (choice.value !== get("condition")) choice.value = get("condition");
      return;
    }
    choice.dataset.found = search.value;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = catalog.filter((c) => words.every((w) => `${c.name} ${c.also}`.toLowerCase().includes(w)));
    const groups = [...new Set(fits.map((c) => c.group))];
    choice.replaceChildren(...groups.map((g) => el("optgroup", { label: g }, ...fits.filter((c) => c.group === g).map((c) => option(c.id, c.name)))));
    if (fits.some((c) => c.id === get("condition"))) choice.value = get("condition");
    choice.hidden = !fits.length;
    nothing.textContent = fits.length ? "" : say("no_match");
  }

  function open(condition, shown) {
    wrote = "";
    search.value = "";
    arriving = true;
    save({ condition, shown });
    fillChoice();
  }

  // --- the question ---------------------------------------------------------------------------
  const asked = el("p", { class: "hk-question", tabindex: "-1" });
  const answer = el("textarea", { rows: "2", "aria-label": say("answer"), placeholder: say("answer") });
  const predict = el("div", { class: "hk-predict" }, asked, answer, el("div", { class: "hk-row" }, button(say("show"), () => {
    wrote = answer.value.trim();
    arriving = true;
    save({ shown: true });
  }, { class: "hk-button hk-primary" })));

  // --- the parts of the card ------------------------------------------------------------------
  // Sections, maps and their legend stay on the page; what they say changes.
  const parts = { what: "what", where: "where", who: "who", why: "cause", red_flags: "red", for: "for", against: "against", tests: "test", look_alikes: "look",
    management: "do" };
  for (const [id, kind] of Object.entries(parts)) {
    parts[id] = el("section", { class: `hk-part hk-${kind}`, "aria-label": say(id) }, el("h3", {}, say(id)));
  }
  const tell = (id, ...children) => refill(parts[id], parts[id].firstChild, ...children.flat().filter((c) => c != null));
  const weak = (row) => (row.weak ? el("span", { class: "hk-weak" }, ` ⚠ ${say("weak")}`) : null);
  const cell = (...children) => el("td", {}, ...children.flat().filter((c) => c != null));

  // One table, in groups with a heading of their own; each group is [heading or "", rows].
  function findings(...groups) {
    const heads = ["finding", "how_often", "ratio", "basis"].map((h) => el("th", { scope: "col" }, say(h)));
    const body = ([title, rows]) => el("tbody", {}, title ? el("tr", { class: "hk-group" }, el("th", { colspan: 4, scope: "rowgroup" }, title)) : null,
      ...rows.map((f) => el("tr", { "data-finding": f.id, "data-state": f.state, title: f.why }, el("th", { scope: "row" }, f.label), cell(f.often),
        cell(el("strong", {}, f.ratio), f.capped ? el("span", { class: "hk-hint" }, ` ${say("capped")}`) : null),
        cell(el("span", { class: `hk-basis hk-basis-${f.basis}` }, f.basis_word), weak(f)))));
    return el("table", { class: "hk-rows" }, el("thead", {}, el("tr", {}, ...heads)), ...groups.map(body));
  }

  function against(view) {
    const { present, absent } = view.against;
    const groups = [[say("if_present"), present], [say("if_absent"), absent]].filter(([, rows]) => rows.length);
    return [groups.length ? findings(...groups) : null, present.length ? null : el("p", {}, say("nothing_present")),
      absent.length ? null : el("p", {}, say(view.red_flag ? "nothing_absent_danger" : "nothing_absent"))];
  }

  function testTable(rows) {
    const names = ["sensitivity", "specificity", "positive", "negative"];
    return el("table", { class: "hk-rows hk-tests" }, el("thead", {}, el("tr", {}, ...["test", ...names].map((h) => el("th", { scope: "col" }, say(h))))),
      el("tbody", {}, ...rows.map((t) => el("tr", { "data-test": t.id, title: `${t.how} ${t.why}` }, el("th", { scope: "row" }, t.label,
        el("span", { class: "hk-hint" }, ` ${say("quality_of", t)}`), weak(t)),
        ...names.map((n) => cell(t[n]))))));
  }

  function tests(view) {
    const counted = view.tests.filter((t) => t.counted), others = view.tests.filter((t) => !t.counted);
    return [view.tests_note ? el("p", { class: "hk-note" }, view.tests_note) : null, counted.length ? testTable(counted) : null,
      counted.length ? el("p", { class: "hk-hint" }, say("tests_hint")) : null,
      others.length ? el("details", {}, el("summary", {}, say("tests_other", { n: others.length })), testTable(others)) : null];
  }

  function lookAlikes(view) {
    return el("ol", { class: "hk-alike" }, ...view.look_alikes.map((a) => el("li", { "data-alike": a.id },
      button(a.name, () => open(a.id, true), { title: say("open_card", { name: a.name }) }),
      a.red_flag ? el("span", { class: "hk-danger" }, ` ⚑ ${say("dangerous")}`) : null, el("p", {}, a.separator),
      a.test ? el("p", { class: "hk-hint" }, `${say("by_test")} ${a.test}`) : null)));
  }

  const own = `hk${Math.random().toString(36).slice(2, 9)}`, figures = {}; // own: a picture elsewhere on the page must not lend its patterns
  const signs = Object.fromEntries(Object.entries(get("pictures").swatches).map(([kind, svg]) => [kind,
    el("li", {}, el("img", { src: `data:image/svg+xml,${encodeURIComponent(svg)}`, alt: "" }), say(kind))]));
  const key = el("ul", { class: "hk-key" }, ...Object.values(signs)), maps = el("div", { class: "hk-map", role: "group", "aria-label": say("map") });

  function figure(view) {
    const label = say(`view_${view}`), drawing = el("div", { role: "img", "aria-label": label });
    drawing.innerHTML = get("pictures").maps[view].replace(/( id="|url\(#|href="#)/g, `$1${own}-${view}-`); // made by minimap.py, which escapes every text
    return el("figure", { "data-view": view }, drawing, el("figcaption", { class: "hk-hint" }, label));
  }

  function map({ views, regions: { pain, numb } }) {
    if (!views.length) return null;
    for (const view of views) {
      figures[view] ??= figure(view);
      for (const path of figures[view].querySelectorAll("[data-region]")) {
        const { region } = path.dataset, hurts = pain.includes(region), isNumb = numb.includes(region);
        path.toggleAttribute("hidden", !hurts && !isNumb);
        path.setAttribute("fill", `url(#${own}-${view}-${hurts && isNumb ? "both" : hurts ? "pain" : "numb"})`);
      }
    }
    signs.pain.hidden = !pain.length;
    signs.numb.hidden = !numb.length;
    signs.both.hidden = !pain.some((region) => numb.includes(region));
    refill(maps, ...views.map((view) => figures[view]), key);
    return maps;
  }

  // Rules that suspect this condition first, then, folded, those that suspect it among others.
  function redFlags(view) {
    const list = (rules) => el("ul", { class: "hk-flags" }, ...rules.map((f) => el("li", { class: `hk-${f.level}`, "data-rule": f.id },
      el("strong", {}, `⚑ ${say(f.level)}: ${f.name}${/[?.!]$/.test(f.name) ? "" : "."} `), `${f.action} `, el("em", {}, f.time_frame))));
    const own = view.red_flags.filter((f) => f.own), others = view.red_flags.filter((f) => !f.own);
    return [own.length ? list(own) : null, others.length ? el("details", { open: !own.length }, el("summary", {}, say("rules_other", { n: others.length })),
      list(others)) : null, view.red_flags.length ? null : el("p", {}, say("red_flags_none"))];
  }

  function codes(view) {
    return el("details", { class: "hk-codes" }, el("summary", {}, say("codes")), el("ul", {}, ...view.codes.map(([system, code, match]) => el("li", {},
      `${system}: `, el("strong", {}, code), match ? ` (${match})` : ""))));
  }

  function sources(view) {
    const level = (s) => el("span", { class: s.weak ? "hk-basis hk-weak" : "hk-basis" }, s.weak ? `⚠ ${s.level}, ${say("weak_source")}` : s.level);
    return el("details", { class: "hk-sources" }, el("summary", {}, say("sources", { n: view.sources.length })),
      el("ul", {}, ...view.sources.map((s) => el("li", {}, sourceLink(s), " ", level(s)))));
  }

  const heading = el("h3", { class: "hk-name", tabindex: "-1" }), also = el("p", { class: "hk-hint hk-also" });
  const columns = el("div", { class: "hk-columns" }, ...Object.values(parts)), page = el("div", { class: "hk-page" }, heading, also, columns);

  function paintCard() {
    const view = get("view");
    fillChoice();
    asked.textContent = say("question", { name: view.name });
    predict.hidden = get("shown");
    page.hidden = !view.one_line;
    if (!view.one_line) answer.value = "";
    if (view.one_line) {
      heading.replaceChildren(view.name, view.red_flag ? el("span", { class: "hk-danger" }, ` ⚑ ${say("danger")}`) : "");
      also.hidden = !view.synonyms.length;
      also.textContent = say("also", { names: view.synonyms.join(", ") });
      tell("what", el("p", {}, view.one_line), view.red_flag ? el("p", { class: "hk-danger" }, view.red_flag_note) : null);
      tell("where", map(view), el("p", {}, view.where));
      tell("who", el("p", {}, view.who));
      tell("why", el("p", {}, view.mechanism));
      tell("red_flags", redFlags(view));
      tell("for", findings(["", view.for]));
      tell("against", against(view), el("p", { class: "hk-hint" }, say("ratio_hint")));
      tell("tests", tests(view));
      tell("look_alikes", wrote ? el("p", { class: "hk-verdict" }, say("you_wrote", { text: wrote })) : null, lookAlikes(view),
        el("p", { class: "hk-hint" }, say("look_hint")));
      tell("management", el("ol", { class: "hk-ladder" }, ...view.management.map((step) => el("li", {}, step))),
        el("p", {}, el("strong", {}, `${say("more")} `), view.escalation), el("p", { class: "hk-hint" }, say("for_clinicians")));
      refill(page, heading, also, columns, codes(view), sources(view));
    }
    if (arriving && heard()) {
      arriving = false;
      (get("shown") ? heading : asked).focus();
    }
  }

  root.classList.add("heelkit", "hk-card");
  root.lang = get("language");
  root.append(el("div", { class: "hk-controls" }, search, choice, nothing), silent.node, predict, page,
    el("p", { class: "hk-hint" }, say("teaching_material")));
  const giveKeysBack = keepPlainKeys(root);
  const stop = watch(model, { view: () => { silent.heard(); paintCard(); root.dataset.ready = "true"; } });
  return () => { silent.stop(); giveKeysBack(); stop(); };
}

export default { render };
