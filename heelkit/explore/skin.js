// The skin explorer in the browser. Every picture is known in advance, so the browser paints at once; Python confirms.

const MARKS = [
  ["hit", "✓ Hit"], ["missed", "! Missed"], ["extra", "✗ Extra"],
  ["in some people", "~ In some people only"], ["not said", "? The source does not say"],
];
const TRAITS = ["target", "dermatome_map", "compare", "side", "views", "selected", "revealed"];

function render({ model, el: root }) {
  const catalog = model.get("catalog"), { regions, displays, sources } = catalog;
  const get = (trait) => model.get(trait);
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
  const silent = kernelNotice(
    "No answer from Python yet: the picture is right, but .result is out of date. If this stays, run the notebook's cells again.", current);
  function confirm() {
    root.dataset.confirmed = String(current());
    if (current()) silent.heard();
  }

  // --- controls -------------------------------------------------------------------------------
  const blank = { selected: [], revealed: false }; // a new question starts without a prediction
  const showing = el("select", { "aria-label": "Show", onchange: () => {
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
  } }, option("nerve", "one nerve"), option("root", "one root, by one map"), option("compare", "one root, two maps side by side"),
  option("agreement", "one root: do the maps agree?"), option("all", "all nerves"));
  const nerve = el("select", { "aria-label": "Nerve", onchange: () => set({ ...blank, target: nerve.value }) },
    ...catalog.nerves.map((g) => el("optgroup", { label: g.label }, ...g.nerves.map((n) => option(n.id, n.label)))));
  const rootMenu = el("select", { "aria-label": "Root", onchange: () => set({ ...blank, target: rootMenu.value }) },
    ...catalog.roots.map((r) => option(r.id, r.label)));
  // Another map is another answer to the same question, so the prediction stays.
  function menuOfMaps(name, trait, other) { // the map that the other menu shows changes places with this one
    const swap = () => (get(other) === menu.value ? { [other]: get(trait) } : {});
    const menu = el("select", { "aria-label": name, onchange: () => set({ [trait]: menu.value, ...swap() }) },
      ...catalog.maps.map((m) => option(m.id, mapTitle(m.id))));
    return menu;
  }
  const mapMenu = menuOfMaps("Dermatome map", "dermatome_map", "compare");
  const otherMenu = menuOfMaps("Second dermatome map", "compare", "dermatome_map");
  const labeled = (text, menu) => el("label", {}, text, menu);
  const nerveRow = labeled("Nerve", nerve), rootRow = labeled("Root", rootMenu);
  const mapRow = labeled("Map", mapMenu), otherRow = labeled("against", otherMenu);
  const sides = [["right", "Right"], ["left", "Left"]].map(([side, name]) => button(name, () => set({ side }), { "data-side": side }));
  const chooser = viewChooser(catalog.views, () => get("views"), (views) => set({ views }));
  const drawn = chooser.regions;
  const controls = el("div", { class: "hk-controls" }, labeled("Show", showing), nerveRow, rootRow, mapRow, otherRow,
    el("div", { class: "hk-sides", role: "group", "aria-label": "Side" }, ...sides),
    chooser.node, button("Start over", () => set(start), { title: "Back to how this cell began" }));

  // --- prediction -----------------------------------------------------------------------------
  const asked = el("p", { class: "hk-question" }), chosen = el("p", { class: "hk-hint", role: "status" });
  const reveal = button("Reveal", () => { set({ revealed: true }); verdict.focus(); }, { class: "hk-button hk-primary" });
  const skip = button("Show without a prediction", () => { set({ revealed: true, selected: [] }); verdict.focus(); });
  const predict = el("div", { class: "hk-predict" }, asked, el("div", { class: "hk-row" }, reveal, skip, chosen));
  const elsewhere = el("p", { class: "hk-hint hk-elsewhere", hidden: true });
  const verdict = el("div", { class: "hk-verdict", role: "status", tabindex: -1 });

  // --- drawings -------------------------------------------------------------------------------
  const card = el("div", { class: "hk-card hk-skin-card", role: "status" });
  let near = null;
  function fillCard(id) {
    near = id ?? near;
    for (const part of parts) part.map.near(near);
    if (!near) card.replaceChildren(el("p", { class: "hk-hint" }, "Point at a region, or reach it with Tab and the arrow keys."));
    else card.replaceChildren(...regionHead(regions[near]), ...(get("revealed") ? supplied(regions[near])
      : [el("p", { class: "hk-hint" }, "Its nerves and roots appear after Reveal.")]));
  }
  function supplied(about) {
    const supply = about.nerves.map((n) => el("li", { title: n.note }, n.name, " ", el("span", { class: "hk-soft" }, n.share), " ", chip(n.basis)));
    const row = (m) => el("tr", { class: about.maps[m.id] === "does not say" ? "hk-mute" : "" },
      ...[m.title, m.year || "", about.maps[m.id]].map((cell) => el("td", {}, cell)));
    return [el("h4", {}, "Nerves"), el("ul", {}, ...supply), el("h4", {}, "Root, map by map"),
      el("table", {}, el("tr", {}, ...["map", "year", "root"].map((t) => el("th", { scope: "col" }, t))), ...catalog.maps.map(row))];
  }
  const chip = (basis) => (basis ? basisChip(basis, "What this rests on") : null);

  function toggle(id) {
    if (get("revealed")) fillCard(id);
    else set({ selected: toggled(get("selected"), id) });
  }

  const parts = [0, 1].map(() => {
    const map = bodyMap({ svgs: catalog.svgs, styles: catalog.styles, onToggle: toggle, onNear: (id) => { if (id !== near) fillCard(id); } });
    const title = el("h3", {}), legend = el("ul", { class: "hk-legend", "aria-label": "Legend" }), note = el("p", { class: "hk-hint" });
    const node = el("section", { class: "hk-part", "aria-label": "Drawings" }, title, map.node, legend, note);
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
    return MARKS.filter(([mark]) => named(mark)).map(([mark, word]) =>
      el("p", { class: "hk-marked", "data-mark": mark }, el("strong", {}, `${word}: `), named(mark)));
  }

  function rowList(shown) {
    const here = drawn(), rows = shown.rows.filter((r) => here.has(r.region_id));
    const away = shown.rows.filter((r) => !here.has(r.region_id));
    const item = (r) => el("li", { class: "hk-fact" }, el("strong", {}, label(r.region_id)), el("span", {}, ` · ${r.head} `), chip(r.basis),
      r.text ? el("p", { class: "hk-why" }, r.text) : null);
    const facts = el("ul", { class: "hk-facts" }, ...rows.map(item));
    if (!away.length) return [facts];
    return [facts, el("details", { class: "hk-sources" }, el("summary", {}, `Outside these drawings (${away.length})`),
      el("ul", { class: "hk-facts" }, ...away.map(item)))];
  }

  function compareTable() {
    const [a, b] = [get("dermatome_map"), get("compare")], here = drawn();
    const spoken = (map, r) => (display(map).silent.includes(r) ? "does not say" : r in display(map).paint ? "yes" : "no");
    const rows = Object.keys(regions).filter((r) => here.has(r)).map((r) => [r, spoken(a, r), spoken(b, r)]);
    const clash = (x, y) => x !== y && x !== "does not say" && y !== "does not say";
    const rank = ([, x, y]) => (clash(x, y) ? 0 : x === y ? (x === "yes" ? 1 : 3) : 2);
    const said = (map, r, word) => (word === "no" ? `no: ${regions[r].maps[map]}` : word);
    const line = ([r, x, y]) => el("tr", { class: clash(x, y) ? "hk-clash" : [x, y].includes("does not say") ? "hk-mute" : "" },
      ...[label(r), said(a, r, x), said(b, r, y), clash(x, y) ? "≠ they disagree" : ""].map((cell) => el("td", {}, cell)));
    return [el("h3", {}, `Does the map give it to the ${rootLabel()}?`), el("table", { class: "hk-compare" },
      el("tr", {}, ...["Region", mapTitle(a), mapTitle(b), ""].map((head) => el("th", { scope: "col" }, head))),
      ...rows.sort((p, q) => rank(p) - rank(q)).map(line))];
  }

  function score(shown) {
    const marked = Object.values(marksFor(shown)), n = (mark) => marked.filter((m) => m === mark).length;
    const seldom = n("in some people") ? `, ${n("in some people")} true in some people only` : "";
    const unsaid = n("not said") ? `, ${n("not said")} where the source is silent` : "";
    return `${n("hit")} hit, ${n("missed")} missed, ${n("extra")} extra${seldom}${unsaid}`;
  }

  function paintAnswers() {
    const open = get("revealed"), selected = get("selected"), both = show() === "compare";
    const shown = [display(get("dermatome_map")), ...(both ? [display(get("compare"))] : [])];
    predict.hidden = open;
    verdict.hidden = answers.hidden = !open;
    reveal.disabled = selected.length === 0;
    const question = both ? `Which skin does the ${rootLabel()} reach? Both maps will mark your answer.` : shown[0].question;
    asked.textContent = `Predict first. ${question} Click the regions.`;
    chosen.textContent = selected.length ? `Your prediction: ${selected.map(label).join(", ")}` : "Nothing chosen yet.";
    const here = drawn(), target = [...shown[0].expected, ...shown[0].allowed, ...shown[0].rare];
    elsewhere.hidden = target.length === 0 || target.some((r) => here.has(r));
    if (!elsewhere.hidden) {
      const view = catalog.views.find((v) => v.regions.some((r) => target.includes(r)));
      elsewhere.replaceChildren("These drawings do not show it. ", button(`Add: ${view.label}`, () => set({ views: [...get("views"), view.id] })));
    }
    if (!open) return;
    const again = button("Predict again", () => { set(blank); parts[0].map.focus(); });
    const lines = shown.map((s) => el("p", {}, el("strong", {}, both ? `${s.title}: ` : "Your prediction: "), score(s), "."));
    verdict.replaceChildren(...(selected.length ? lines : [el("p", {}, "Shown without a prediction.")]), again);
    const ids = [...new Set(shown.flatMap((s) => s.rows.flatMap((r) => r.sources)))].sort();
    cited.hidden = ids.length === 0;
    fillSources(cited, ids.map((id) => sources[id]));
    answers.replaceChildren(...shown.flatMap((s) => [
      ...(selected.length ? [el("h3", {}, both ? `Your prediction, ${s.title}` : "Your prediction"), ...markList(s)] : []),
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
  const giveKeysBack = keepPlainKeys(root);
  root.append(controls, silent.node, predict, verdict, elsewhere,
    el("div", { class: "hk-split" }, el("div", {}, ...parts.map((p) => p.node)), side), answers,
    el("p", { class: "hk-hint" }, "Teaching material, not a medical device. Borders between nerves vary from person to person."));
  const traits = TRAITS.map((t) => `change:${t}`).join(" ");
  model.on(traits, paint);
  model.on("change:confirmed", confirm);
  paint();
  confirm();
  root.dataset.ready = "true";
  return () => { silent.stop(); giveKeysBack(); model.off(traits, paint); model.off("change:confirmed", confirm); };
}

export default { render };
