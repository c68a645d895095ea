// The lesion explorer in the browser. Predictions paint at once; Python sends the deficits of a site when it is chosen.

const TRAITS = ["site_id", "dermatome_map", "skin", "muscles", "reflexes", "revealed"];
const LIKELY = 0.6, POSSIBLE = 0.3, SOMETIMES = 0.1; // missed when not predicted; shown at once; right when predicted

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), catalog = get("catalog");
  const start = Object.fromEntries(TRAITS.map((t) => [t, get(t)]));
  const muscleNames = new Map(catalog.muscles.flatMap((g) => g.muscles.map((m) => [m.id, m.label])));
  const reflexNames = new Map(catalog.reflexes.map((r) => [r.id, r.label]));
  let views = ["plantar", "medial", "lateral", "posterior", "dorsal"].filter((v) => catalog.views.some((w) => w.id === v));
  if (!views.length) views = catalog.views.slice(0, 3).map((v) => v.id);
  const firstViews = views;
  let setting = false; // several traits at once are painted once

  function set(changes) {
    setting = true;
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    setting = false;
    model.save_changes(); // first of all, so that Python works while the page paints
    paint();
    silent.listen();
  }
  const silent = kernelNotice(say("no_answer_yet"), () => fresh());
  const fresh = () => get("view").site_id === get("site_id") && get("view").dermatome_map === get("dermatome_map");

  // --- controls -------------------------------------------------------------------------------
  const blank = { skin: [], muscles: [], reflexes: {}, revealed: false };
  const site = el("select", { "aria-label": say("lesion_site"), onchange: () => { views = firstViews; set({ ...blank, site_id: site.value || null }); } },
    option("", say("choose_where")),
    ...catalog.sites.map((g) => el("optgroup", { label: g.label }, ...g.sites.map((s) => option(s.id, s.label)))));
  const map = el("select", { "aria-label": say("dermatome_map"), onchange: () => set({ dermatome_map: map.value || null }) },
    option("", say("all_maps")), ...catalog.maps.map((m) => option(m.id, m.title)));
  const mapRow = el("label", { hidden: true }, say("skin_by"), map);
  const chooser = viewChooser(catalog.views, say, () => views, (next) => { views = next; paint(); });
  const controls = el("div", { class: "hk-controls" }, el("label", {}, say("lesion"), site), mapRow, chooser.node,
    button(say("start_over"), () => { views = firstViews; set(start); }, { title: say("start_over_title") }));

  // --- the site -------------------------------------------------------------------------------
  const about = el("p", { class: "hk-about" });
  const question = el("p", { class: "hk-question" }), chosen = el("p", { class: "hk-hint", role: "status" });
  const reveal = button(say("reveal"), () => { set({ revealed: true }); verdict.focus(); }, { class: "hk-button hk-primary" });
  const skip = button(say("show_without"), () => { set({ ...blank, revealed: true }); verdict.focus(); });
  const predict = el("div", { class: "hk-predict" }, question, about, el("div", { class: "hk-row" }, reveal, skip, chosen));
  const verdict = el("div", { class: "hk-verdict", role: "status", tabindex: -1 });

  // --- skin -----------------------------------------------------------------------------------
  const body = bodyMap({ svgs: catalog.svgs, styles: catalog.styles, say, card, hint: say("point_hint"),
    onToggle: (id) => { if (!get("revealed")) set({ skin: toggled(get("skin"), id) }); } });
  function card(id) {
    const row = answer.hidden ? null : get("view").rows.find((x) => x.kind === "region" && x.id === id);
    const found = answer.hidden ? "" : row ? `${say("numb_in", { chance: percent(row.probability) })} ` : say("not_touched");
    return [...regionHead(catalog.regions[id], say), el("p", {}, found, row ? el("span", { class: "hk-soft" }, row.row) : null)];
  }
  const legend = el("ul", { class: "hk-legend", "aria-label": say("legend") }, ...body.legendItems(catalog.legend));

  // --- muscles and reflexes -------------------------------------------------------------------
  const nothing = el("p", { class: "hk-hint", hidden: true }, say("no_muscle"));
  const search = el("input", { type: "search", class: "hk-search", placeholder: say("search_hint"), "aria-label": say("search_muscles"),
    oninput: () => { nothing.hidden = showMatching(groups, search.value) > 0; } });
  const boxes = new Map();
  const groups = catalog.muscles.map((g) => {
    const items = g.muscles.map((m) => {
      const box = el("input", { type: "checkbox", "data-muscle": m.id, onchange: () => set({ muscles: toggled(get("muscles"), m.id) }) });
      boxes.set(m.id, box);
      const name = el("span", {}, m.label, el("span", { class: "hk-soft" }, ` · ${lowerFirst(m.action)}`));
      return { node: el("li", {}, el("label", {}, box, name)), text: `${m.label} ${m.action} ${g.label}`.toLowerCase() };
    });
    return { items, node: el("li", {}, el("h4", {}, g.label), el("ul", {}, ...items.map((i) => i.node))) };
  });
  const reflexes = catalog.reflexes.map((r) => {
    const menu = el("select", { "data-reflex": r.id, onchange: () => {
      const next = { ...get("reflexes") };
      if (menu.value) next[r.id] = menu.value; else delete next[r.id];
      set({ reflexes: next });
    } }, option("", say("unchanged")), option("reduced", say("fades")), option("brisk", say("brisk")));
    return { id: r.id, menu, node: el("li", {}, el("label", { title: r.test }, el("span", {}, r.label), menu)) };
  });
  const ticks = el("section", { class: "hk-ticks", "aria-label": say("your_muscles_reflexes") },
    el("h3", {}, say("which_muscles")), search, nothing,
    el("ul", { class: "hk-muscles", tabindex: 0, "aria-label": say("muscles_by_nerve") }, ...groups.map((g) => g.node)),
    el("h3", {}, say("which_reflexes")), el("ul", { class: "hk-reflexes" }, ...reflexes.map((r) => r.node)));

  // --- answer ---------------------------------------------------------------------------------
  const answer = el("section", { class: "hk-answer-side", "aria-label": say("what_is_lost"), hidden: true });
  const facts = el("div"), cited = el("details", { class: "hk-sources" }); // kept, so that it stays open
  const more = el("div", { class: "hk-more" }, facts, cited);

  // What the student said of a row: predicted or not, and whether it counts.
  function predicted(r) {
    if (r.kind === "region") return get("skin").includes(r.id);
    if (r.kind === "muscle") return get("muscles").includes(r.id);
    return r.kind === "reflex" && { reduced: "lost", brisk: "brisk" }[get("reflexes")[r.id]] === r.direction;
  }
  function status(r, here) {
    if (r.kind === "finding") return "";
    if (predicted(r)) return r.probability >= SOMETIMES || (r.kind === "muscle" && !muscleNames.has(r.id)) ? "hit" : "extra";
    const asked = r.kind === "region" ? here.has(r.id) : r.kind === "muscle" ? muscleNames.has(r.id) : true;
    return asked && r.probability >= LIKELY ? "missed" : "";
  }
  function extras() {
    const rows = get("view").rows, lost = (kind, id) => rows.some((r) => r.kind === kind && r.id === id && predicted(r));
    return [
      ...get("skin").filter((id) => !lost("region", id)).map((id) => ({ kind: "region", id, label: catalog.regions[id].label })),
      ...get("muscles").filter((id) => !lost("muscle", id)).map((id) => ({ kind: "muscle", id, label: muscleNames.get(id) ?? id })),
      ...Object.keys(get("reflexes")).filter((id) => !lost("reflex", id))
        .map((id) => ({ kind: "reflex", id, label: `${reflexNames.get(id)}: ${say(`reflex_${get("reflexes")[id]}`)}` })),
    ];
  }
  const anyPrediction = () => get("skin").length + get("muscles").length + Object.keys(get("reflexes")).length;
  const bandOf = (p) => catalog.bands.findIndex(([least]) => p >= least);
  const DIRECTION = { "region lost": "numb", "muscle lost": "weak", "reflex lost": "fades", "reflex brisk": "brisk", "finding present": "present" };
  const wayOf = (r) => say(DIRECTION[`${r.kind} ${r.direction}`] ?? `way_${r.direction}`);

  // One line for every structure, made once: another map changes little of what is lost. The number's origin stays folded behind its basis.
  const lines = new Map();
  function line(r, mark) {
    const key = `${r.kind} ${r.direction} ${r.label}`;
    if (!lines.has(key)) lines.set(key, newLine(r));
    return lines.get(key)(r, mark);
  }

  function newLine({ id, kind, direction, label, probability, test }) {
    const known = probability != null; // not so where the student expected what this lesion does not take
    const fill = el("span"), value = el("span", { class: "hk-value" }), word = el("span", { class: "hk-word" });
    const head = el("div", { class: "hk-loss-head" },
      el("span", { class: "hk-name" }, label, known ? el("span", { class: "hk-soft" }, ` ${wayOf({ kind, direction })}`) : null),
      el("span", known ? { class: "hk-track", "aria-hidden": "true" } : {}, fill), value, word);
    const basis = el("summary", { title: say("where_from") }), told = el("div");
    const origin = el("details", { class: "hk-origin", ontoggle: tell }, basis, told);
    const how = test && kind === "region" ? say("touch_here", { place: lowerFirst(test) }) : test;
    const node = el("li", { class: "hk-loss", "data-structure": id }, head,
      known ? el("div", { class: "hk-why hk-how" }, el("span", {}, how), origin) : null);
    let now;
    function tell() { // what a fold hides is made when it is opened: a site takes away a hundred things, and few are read
      if (origin.open) refill(told, el("p", {}, `${say("row")} `, el("code", {}, now.row)),
        ...get("view").sources.filter((s) => now.sources.includes(s.id)).map((s) => el("p", {}, s.text)));
    }
    return (r, mark) => {
      now = r;
      renew(node, "data-mark", mark);
      word.textContent = mark ? `${BADGE[mark]} ${markWord(mark, say)}` : "";
      if (!known) return node;
      value.textContent = percent(r.probability);
      renew(fill, "class", `hk-fill hk-band-${bandOf(r.probability)}`);
      renew(fill, "style", `width:${100 * r.probability}%`);
      refill(basis, basisChip(r.basis, say));
      tell();
      return node;
    };
  }

  function fold(title) {
    const summary = el("summary"), list = el("ul");
    let rows = [];
    const fill = () => arrange(list, node.open ? rows.map((r) => line(r, "")) : []);
    const node = el("details", { class: "hk-sources", ontoggle: fill }, summary, list);
    return { node, paint(next) {
      rows = next;
      node.hidden = !rows.length;
      summary.textContent = `${title} (${rows.length})`;
      fill();
    } };
  }

  // Skin, muscles or reflexes: what is likely or predicted at once, the rest in folds.
  function section(kind, title, empty) {
    const hint = el("p", { class: "hk-hint" }, empty), list = el("ul");
    const [sometimes, blind, rare] = ["sometimes", "blind", "rare"].map((name) => fold(say(`fold_${name}`)));
    const node = el("div", {}, el("h3", {}, title), hint, list, sometimes.node, blind.node, rare.node);
    const testable = (r) => kind !== "muscle" || muscleNames.has(r.id);
    return { node, paint(marks, wrong) {
      const rows = get("view").rows.filter((r) => r.kind === kind);
      const extra = [...rows.filter((r) => marks.get(r) === "extra"), ...wrong.filter((w) => w.kind === kind)];
      const main = rows.filter((r) => marks.get(r) === "hit" || (marks.get(r) !== "extra" && testable(r) && r.probability >= POSSIBLE));
      const rest = rows.filter((r) => !main.includes(r) && marks.get(r) !== "extra"), seen = rest.filter(testable);
      node.hidden = !rows.length && !extra.length && !empty;
      hint.hidden = rows.some((r) => r.probability >= SOMETIMES);
      arrange(list, [...main.map((r) => line(r, marks.get(r))), ...extra.map((r) => line(r, "extra"))]);
      sometimes.paint(seen.filter((r) => r.probability >= SOMETIMES));
      blind.paint(rest.filter((r) => !testable(r)));
      rare.paint(seen.filter((r) => r.probability < SOMETIMES));
    } };
  }
  const sections = [section("region", say("skin"), say("no_skin")), section("muscle", say("muscles"), say("no_muscle_lost")),
    section("reflex", say("reflexes"), say("no_reflex")), section("finding", say("also"), "")];

  function paintVerdict(count, both_sides) {
    const score = say("score", { hit: count("hit"), missed: count("missed"), extra: count("extra") });
    const said = anyPrediction() ? [el("strong", {}, `${say("your_prediction_is")} `), score] : [say("shown_without")];
    refill(verdict, el("p", {}, ...said, both_sides ? ` ${say("takes_both")}` : ""),
      button(say("predict_again"), () => { set(blank); body.focus(); }));
  }

  function paintMore({ name, place, structures, spares, note, spared, sources }) {
    const fact = (title, text) => (text ? el("p", {}, el("strong", {}, `${title}: `), text) : null);
    refill(facts, ...[el("h3", {}, name), fact(say("where"), place), fact(say("what_traps"), structures), fact(say("typically_spared"), spares),
      spared.length ? el("ul", { class: "hk-spared" }, ...spared.map((s) => el("li", {}, el("strong", {}, s.label),
        ` ${say("often_spared", { chance: percent(s.probability) })} ${s.note} `, basisChip(s.basis, say)))) : null,
      fact(say("remember"), note)].filter(Boolean));
    fillSources(cited, sources, say);
  }

  function paintAnswer() {
    const view = get("view"), here = chooser.regions(), wrong = extras();
    const marks = new Map(view.rows.map((r) => [r, anyPrediction() ? status(r, here) : ""]));
    paintVerdict((mark) => [...marks.values(), ...wrong.map(() => "extra")].filter((m) => m === mark).length, view.both_sides);
    for (const part of sections) part.paint(marks, wrong);
    paintMore(view);
    const regions = view.rows.filter((r) => r.kind === "region");
    const unlost = wrong.filter((w) => w.kind === "region").map((w) => [w.id, "extra"]);
    const shown = [...regions.map((r) => [r.id, marks.get(r)]), ...unlost].filter(([, mark]) => mark);
    body.mark(Object.fromEntries(shown), Object.fromEntries(regions.filter((r) => r.probability >= SOMETIMES).map((r) => [r.id, percent(r.probability)])));
    body.paint(view.paint);
  }

  function paint() {
    const site_id = get("site_id"), open = get("revealed") && site_id !== null, known = fresh(), view = get("view");
    const standing = open && !known && !answer.hidden; // the last answer stands until the next is here
    site.value = site_id ?? "";
    map.value = get("dermatome_map") ?? "";
    if (known) mapRow.hidden = !view.uses_maps;
    chooser.paint();
    predict.hidden = open;
    verdict.hidden = !open;
    answer.hidden = more.hidden = legend.hidden = !(open && known || standing);
    ticks.hidden = open || site_id === null;
    reveal.disabled = !anyPrediction() || site_id === null;
    skip.disabled = site_id === null;
    question.textContent = say(site_id === null ? "choose_then_predict" : "predict_question");
    refill(about, ...(site_id !== null && known ? [el("strong", {}, view.name), `. ${view.place}`, view.both_sides ? ` ${say("both_sides")}` : ""] : []));
    const names = [...get("skin").map((id) => catalog.regions[id].label), ...get("muscles").map((id) => muscleNames.get(id) ?? id),
      ...Object.entries(get("reflexes")).map(([id, how]) => `${reflexNames.get(id)} ${say(`reflex_${how}`)}`)];
    chosen.textContent = names.length ? `${say("your_prediction_is")} ${names.join(", ")}` : say("nothing_predicted");
    for (const [id, box] of boxes) box.checked = get("muscles").includes(id);
    for (const r of reflexes) r.menu.value = get("reflexes")[r.id] ?? "";
    body.only(views);
    body.press(get("skin"));
    if (open && known) paintAnswer();
    else if (!standing) { body.paint({}); body.mark({}); }
    body.refresh();
    renew(split, "aria-busy", String(standing));
    if (known) silent.heard();
    root.dataset.confirmed = String(known);
    root.classList.toggle("hk-open", open);
  }

  root.classList.add("heelkit", "hk-lesion");
  root.lang = say("lang");
  const giveKeysBack = keepPlainKeys(root);
  const split = el("div", { class: "hk-split" }, el("div", {}, body.node, legend, more), el("div", {}, ticks, answer));
  answer.append(...sections.map((part) => part.node));
  root.append(controls, silent.node, recordNotice(model), predict, verdict, split,
    el("p", { class: "hk-hint" }, `${say("teaching_material")} ${say("percentages")}`));
  const traits = [...TRAITS, "view"].map((t) => `change:${t}`).join(" ");
  const changed = () => { if (!setting) paint(); };
  model.on(traits, changed);
  paint();
  root.dataset.ready = "true";
  return () => { silent.stop(); giveKeysBack(); model.off(traits, changed); };
}

export default { render };
