// The skin explorer in the browser. Every picture is known in advance, so the browser paints at once; Python confirms.

const MARKS = ["hit", "missed", "extra", "in some people", "not said"];
const TRAITS = ["target", "dermatome_map", "compare", "side", "views", "selected", "revealed"];

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), catalog = get("catalog"), { regions, displays, sources } = catalog;
  const label = (id) => regions[id].label;
  const mapTitle = (id) => { const m = catalog.maps.find((x) => x.id === id); return m.title + (m.year ? ` (${m.year})` : ""); };
  const display = (map) => displays[`${get("target") ?? ""} ${map ?? ""}`];
  const isRoot = () => get("target")?.startsWith("root_");
  const rootLabel = () => catalog.roots.find((r) => r.id === get("target")).label;
  const show = () => {
    if (!isRoot()) return get("target") === null ? "all" : "nerve";
    return !get("dermatome_map") ? "agreement" : get("compare") ? "compare" : "root";
  };
  const start = Object.fromEntries(TRAITS.map((t) => [t, get(t)]));

  function set(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    paint();
    model.save_changes();
    silent.listen();
    confirm();
  }

  const current = () => JSON.stringify(TRAITS.map(get)) === JSON.stringify(TRAITS.map((t) => get("confirmed")[t]));
  const silent = kernelNotice(say("no_answer_here"), current);
  function confirm() {
    root.dataset.confirmed = String(current());
    if (current()) silent.heard();
  }

  // --- controls -------------------------------------------------------------------------------
  const blank = { selected: [], revealed: false }; // a new question starts without a prediction
  const showing = el("select", { "aria-label": say("show"), onchange: () => {
    const target = isRoot() ? get("target") : "root_s1", [first, second] = [get("dermatome_map") ?? catalog.maps[0].id, get("compare")];
    const other = second ?? catalog.maps.find((m) => m.id !== first).id;
    const nerve = get("target") && !isRoot() ? get("target") : "medial_calcaneal_branches";
    const known = catalog.nerves.flatMap((g) => g.nerves).some((n) => n.id === nerve) ? nerve : catalog.nerves[0].nerves[0].id;
    set({ ...blank, ...{
      nerve: { target: known, dermatome_map: null, compare: null },
      root: { target, dermatome_map: first, compare: null },
      compare: { target, dermatome_map: first, compare: other },
      agreement: { target, dermatome_map: null, compare: null },
      all: { target: null, dermatome_map: null, compare: null },
    }[showing.value] });
  } }, ...["nerve", "root", "compare", "agreement", "all"].map((kind) => option(kind, say(`show_${kind}`))));
  const nerve = el("select", { "aria-label": say("nerve"), onchange: () => set({ ...blank, target: nerve.value }) },
    ...catalog.nerves.map((g) => el("optgroup", { label: g.label }, ...g.nerves.map((n) => option(n.id, n.label)))));
  const rootMenu = el("select", { "aria-label": say("root"), onchange: () => set({ ...blank, target: rootMenu.value }) },
    ...catalog.roots.map((r) => option(r.id, r.label)));
  // Another map is another answer to the same question, so the prediction stays.
  function menuOfMaps(name, trait, other) { // the map that the other menu shows changes places with this one
    const swap = () => (get(other) === menu.value ? { [other]: get(trait) } : {});
    const menu = el("select", { "aria-label": name, onchange: () => set({ [trait]: menu.value, ...swap() }) },
      ...catalog.maps.map((m) => option(m.id, mapTitle(m.id))));
    return menu;
  }
  const mapMenu = menuOfMaps(say("dermatome_map"), "dermatome_map", "compare");
  const otherMenu = menuOfMaps(say("second_map"), "compare", "dermatome_map");
  const labeled = (text, menu) => el("label", {}, text, menu);
  const nerveRow = labeled(say("nerve"), nerve), rootRow = labeled(say("root"), rootMenu);
  const mapRow = labeled(say("map"), mapMenu), otherRow = labeled(say("against"), otherMenu);
  const sides = ["right", "left"].map((side) => button(say(side), () => set({ side }), { "data-side": side }));
  const chooser = viewChooser(catalog.views, say, () => get("views"), (views) => set({ views }));
  const drawn = chooser.regions;
  const controls = el("div", { class: "hk-controls" }, labeled(say("show"), showing), nerveRow, rootRow, mapRow, otherRow,
    el("div", { class: "hk-sides", role: "group", "aria-label": say("side") }, ...sides),
    chooser.node, button(say("start_over"), () => set(start), { title: say("start_over_title") }));

  // --- prediction -----------------------------------------------------------------------------
  const asked = el("p", { class: "hk-question" }), chosen = el("p", { class: "hk-hint", role: "status" });
  const reveal = button(say("reveal"), () => { set({ revealed: true }); verdict.focus(); }, { class: "hk-button hk-primary" });
  const skip = button(say("show_without"), () => { set({ revealed: true, selected: [] }); verdict.focus(); });
  const predict = el("div", { class: "hk-predict" }, asked, el("div", { class: "hk-row" }, reveal, skip, chosen));
  const elsewhere = el("p", { class: "hk-hint hk-elsewhere", hidden: true });
  const verdict = el("div", { class: "hk-verdict", role: "status", tabindex: -1 });

  // --- drawings -------------------------------------------------------------------------------
  const card = el("div", { class: "hk-card hk-skin-card", role: "status" });
  let near = null;
  function fillCard(id) {
    near = id ?? near;
    for (const part of parts) part.map.near(near);
    if (!near) card.replaceChildren(el("p", { class: "hk-hint" }, say("point_hint")));
    else card.replaceChildren(...regionHead(regions[near], say), ...(get("revealed") ? supplied(regions[near])
      : [el("p", { class: "hk-hint" }, say("after_reveal"))]));
  }
  function supplied(about) {
    const supply = about.nerves.map((n) => el("li", { title: n.note }, n.name, " ", el("span", { class: "hk-soft" }, n.share), " ", chip(n.basis)));
    const row = (m) => el("tr", { class: about.maps[m.id] === say("does_not_say") ? "hk-mute" : "" },
      ...[m.title, m.year || "", about.maps[m.id]].map((cell) => el("td", {}, cell)));
    return [el("h4", {}, say("nerves")), el("ul", {}, ...supply), el("h4", {}, say("root_by_map")),
      el("table", {}, el("tr", {}, ...["map", "year", "root"].map((t) => el("th", { scope: "col" }, say(`head_${t}`)))), ...catalog.maps.map(row))];
  }
  const chip = (basis) => (basis ? basisChip(basis, say, say("rests_on")) : null);

  function toggle(id) {
    if (get("revealed")) fillCard(id);
    else set({ selected: toggled(get("selected"), id) });
  }

  const parts = [0, 1].map(() => {
    const map = bodyMap({ svgs: catalog.svgs, styles: catalog.styles, say, onToggle: toggle, onNear: (id) => { if (id !== near) fillCard(id); } });
    const title = el("h3", {}), legend = el("ul", { class: "hk-legend", "aria-label": say("legend") }), note = el("p", { class: "hk-hint" });
    const node = el("section", { class: "hk-part", "aria-label": say("drawings") }, title, map.node, legend, note);
    return { map, title, legend, note, node };
  });

  function marksFor(shown) {
    const right = new Set([...shown.expected, ...shown.allowed]), here = drawn(), found = {};
    for (const r of get("selected")) {
      found[r] = right.has(r) ? "hit" : shown.rare.includes(r) ? "in some people" : shown.silent.includes(r) ? "not said" : "extra";
    }
    for (const r of shown.expected) if (!found[r] && here.has(r)) found[r] = "missed";
    return found;
  }

  function paintPart(part, map, visible) {
    part.node.hidden = !visible;
    if (!visible) return;
    const shown = display(map), open = get("revealed"), here = drawn();
    part.map.mirror(get("side") === "left");
    part.map.only(get("views"));
    part.map.press(get("selected"));
    part.map.paint(open ? shown.paint : {});
    part.map.mark(open && get("selected").length ? marksFor(shown) : {}, open ? shown.badges : {});
    part.title.textContent = open ? shown.title : "";
    part.title.hidden = part.legend.hidden = part.note.hidden = !open;
    part.note.textContent = shown.note;
    const styles = new Set(Object.entries(shown.paint).filter(([r]) => here.has(r)).flatMap(([, s]) => s));
    const entries = shown.legend.filter(([style]) => style == null || styles.has(style));
    part.legend.replaceChildren(...part.map.legendItems(entries));
  }

  // --- explanation ----------------------------------------------------------------------------
  const answers = el("div", { class: "hk-answers" }), side = el("div", { class: "hk-side" }, card);
  const cited = el("details", { class: "hk-sources" }); // kept, so that it stays open

  function markList(shown) {
    const marked = marksFor(shown);
    const named = (mark) => Object.keys(marked).filter((r) => marked[r] === mark).map(label).join(", ");
    return MARKS.filter(named).map((mark) => el("p", { class: "hk-marked", "data-mark": mark },
      el("strong", {}, `${say(`marked_${mark.replaceAll(" ", "_")}`)}: `), named(mark)));
  }

  function rowList(shown) {
    const here = drawn(), rows = shown.rows.filter((r) => here.has(r.region_id));
    const away = shown.rows.filter((r) => !here.has(r.region_id));
    const item = (r) => el("li", { class: "hk-fact" }, el("strong", {}, label(r.region_id)), el("span", {}, ` · ${r.head} `), chip(r.basis),
      r.text ? el("p", { class: "hk-why" }, r.text) : null);
    const facts = el("ul", { class: "hk-facts" }, ...rows.map(item));
    if (!away.length) return [facts];
    return [facts, el("details", { class: "hk-sources" }, el("summary", {}, say("outside", { n: away.length })),
      el("ul", { class: "hk-facts" }, ...away.map(item)))];
  }

  function compareTable() {
    const [a, b] = [get("dermatome_map"), get("compare")], here = drawn();
    const spoken = (map, r) => (display(map).silent.includes(r) ? "does_not_say" : r in display(map).paint ? "yes" : "no");
    const rows = Object.keys(regions).filter((r) => here.has(r)).map((r) => [r, spoken(a, r), spoken(b, r)]);
    const clash = (x, y) => x !== y && x !== "does_not_say" && y !== "does_not_say";
    const rank = ([, x, y]) => (clash(x, y) ? 0 : x === y ? (x === "yes" ? 1 : 3) : 2);
    const said = (map, r, word) => (word === "no" ? say("no_but", { roots: regions[r].maps[map] }) : say(word));
    const line = ([r, x, y]) => el("tr", { class: clash(x, y) ? "hk-clash" : [x, y].includes("does_not_say") ? "hk-mute" : "" },
      ...[label(r), said(a, r, x), said(b, r, y), clash(x, y) ? say("disagree") : ""].map((cell) => el("td", {}, cell)));
    return [el("h3", {}, say("does_the_map", { root: rootLabel() })), el("table", { class: "hk-compare" },
      el("tr", {}, ...[say("region"), mapTitle(a), mapTitle(b), ""].map((head) => el("th", { scope: "col" }, head))),
      ...rows.sort((p, q) => rank(p) - rank(q)).map(line))];
  }

  function score(shown) {
    const marked = Object.values(marksFor(shown)), n = (mark) => marked.filter((m) => m === mark).length;
    const seldom = n("in some people"), unsaid = n("not said");
    return [say("score", { hit: n("hit"), missed: n("missed"), extra: n("extra") }), seldom ? say("score_seldom", { n: seldom }) : "",
      unsaid ? say("score_unsaid", { n: unsaid }) : ""].filter(Boolean).join(", ");
  }

  function paintAnswers() {
    const open = get("revealed"), selected = get("selected"), both = show() === "compare";
    const shown = [display(get("dermatome_map")), ...(both ? [display(get("compare"))] : [])];
    predict.hidden = open;
    verdict.hidden = answers.hidden = !open;
    reveal.disabled = selected.length === 0;
    const question = both ? say("ask_both", { root: rootLabel() }) : shown[0].question;
    asked.textContent = say("predict_and_click", { question });
    chosen.textContent = selected.length ? say("your_prediction_regions", { regions: selected.map(label).join(", ") }) : say("nothing_chosen");
    const here = drawn(), target = [...shown[0].expected, ...shown[0].allowed, ...shown[0].rare];
    elsewhere.hidden = target.length === 0 || target.some((r) => here.has(r));
    if (!elsewhere.hidden) {
      const view = catalog.views.find((v) => v.regions.some((r) => target.includes(r)));
      const add = button(say("add_view", { view: view.label }), () => set({ views: [...get("views"), view.id] }));
      elsewhere.replaceChildren(`${say("not_shown")} `, add);
    }
    if (!open) return;
    const again = button(say("predict_again"), () => { set(blank); parts[0].map.focus(); });
    const lines = shown.map((s) => el("p", {}, el("strong", {}, `${both ? `${s.title}:` : say("your_prediction_is")} `), score(s), "."));
    verdict.replaceChildren(...(selected.length ? lines : [el("p", {}, say("shown_without"))]), again);
    const ids = [...new Set(shown.flatMap((s) => s.rows.flatMap((r) => r.sources)))].sort();
    cited.hidden = ids.length === 0;
    fillSources(cited, ids.map((id) => sources[id]), say);
    answers.replaceChildren(...shown.flatMap((s) => [
      ...(selected.length ? [el("h3", {}, both ? say("your_prediction_title", s) : say("your_prediction")), ...markList(s)] : []),
      ...(both ? [] : [el("h3", {}, s.title), ...(s.rows.length ? rowList(s) : [el("p", {}, s.note)])]),
    ]).filter(Boolean), ...(both ? compareTable() : []), cited);
  }

  function paintControls() {
    const kind = show();
    showing.value = kind;
    nerveRow.hidden = kind !== "nerve";
    rootRow.hidden = !["root", "compare", "agreement"].includes(kind);
    mapRow.hidden = !["root", "compare"].includes(kind);
    otherRow.hidden = kind !== "compare";
    if (kind === "nerve") nerve.value = get("target");
    else if (kind !== "all") rootMenu.value = get("target");
    mapMenu.value = get("dermatome_map");
    otherMenu.value = get("compare");
    for (const b of sides) b.setAttribute("aria-pressed", String(b.dataset.side === get("side")));
    chooser.paint();
    root.dataset.show = kind;
  }

  let painted = "";
  function paint() {
    const now = JSON.stringify(TRAITS.map(get));
    if (now === painted) return;
    painted = now;
    const both = show() === "compare" && get("revealed");
    root.classList.toggle("hk-two", both);
    paintControls();
    paintPart(parts[0], get("dermatome_map"), true);
    paintPart(parts[1], get("compare"), both);
    paintAnswers();
    fillCard();
  }

  root.classList.add("heelkit", "hk-skin");
  root.lang = say("lang");
  const giveKeysBack = keepPlainKeys(root);
  root.append(controls, silent.node, recordNotice(model), predict, verdict, elsewhere,
    el("div", { class: "hk-split" }, el("div", {}, ...parts.map((p) => p.node)), side), answers,
    el("p", { class: "hk-hint" }, `${say("teaching_material")} ${say("borders")}`));
  const traits = TRAITS.map((t) => `change:${t}`).join(" ");
  model.on(traits, paint);
  model.on("change:confirmed", confirm);
  paint();
  confirm();
  root.dataset.ready = "true";
  return () => { silent.stop(); giveKeysBack(); model.off(traits, paint); model.off("change:confirmed", confirm); };
}

export default { render };
