// The lesion explorer in the browser. Predictions paint at once; Python sends the deficits of a site when it is chosen.

const TRAITS = ["site_id", "dermatome_map", "skin", "muscles", "reflexes", "revealed"];
const LIKELY = 0.6, POSSIBLE = 0.3, SOMETIMES = 0.1; // missed when not predicted; shown at once; right when predicted
const percent = (p) => (p >= 0.995 ? ">99%" : p < 0.01 ? "<1%" : `${Math.round(p * 100)}%`);

function render({ model, el: root }) {
  const catalog = model.get("catalog"), get = (trait) => model.get(trait);
  const start = Object.fromEntries(TRAITS.map((t) => [t, get(t)]));
  const muscleNames = new Map(catalog.muscles.flatMap((g) => g.muscles.map((m) => [m.id, m.label])));
  const reflexNames = new Map(catalog.reflexes.map((r) => [r.id, r.label]));
  let views = ["plantar", "medial", "lateral", "posterior", "dorsal"].filter((v) => catalog.views.some((w) => w.id === v));
  if (!views.length) views = catalog.views.slice(0, 3).map((v) => v.id);
  const firstViews = views;

  function set(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    paint();
    model.save_changes();
    silent.listen();
  }
  const silent = kernelNotice("No answer from Python yet. If this stays, run the notebook's cells again.", () => fresh());
  const fresh = () => get("view").site_id === get("site_id") && get("view").dermatome_map === get("dermatome_map");

  // --- controls -------------------------------------------------------------------------------
  const blank = { skin: [], muscles: [], reflexes: {}, revealed: false };
  const site = el("select", { "aria-label": "Lesion site", onchange: () => { views = firstViews; set({ ...blank, site_id: site.value || null }); } },
    option("", "Choose where the nerve is caught"),
    ...catalog.sites.map((g) => el("optgroup", { label: g.label }, ...g.sites.map((s) => option(s.id, s.label)))));
  const map = el("select", { "aria-label": "Dermatome map", onchange: () => set({ dermatome_map: map.value || null }) },
    option("", "all maps together"), ...catalog.maps.map((m) => option(m.id, m.title)));
  const mapRow = el("label", {}, "Skin by", map);
  const chooser = viewChooser(catalog.views, () => views, (next) => { views = next; paint(); });
  const controls = el("div", { class: "hk-controls" }, el("label", {}, "Lesion", site), mapRow, chooser.node,
    button("Start over", () => { views = firstViews; set(start); }, { title: "Back to how this cell began" }));

  // --- the site -------------------------------------------------------------------------------
  const about = el("p", { class: "hk-about" });
  const question = el("p", { class: "hk-question" }), chosen = el("p", { class: "hk-hint", role: "status" });
  const reveal = button("Reveal", () => { set({ revealed: true }); verdict.focus(); }, { class: "hk-button hk-primary" });
  const skip = button("Show without a prediction", () => { set({ ...blank, revealed: true }); verdict.focus(); });
  const predict = el("div", { class: "hk-predict" }, question, about, el("div", { class: "hk-row" }, reveal, skip, chosen));
  const verdict = el("div", { class: "hk-verdict", role: "status", tabindex: -1 });

  // --- skin -----------------------------------------------------------------------------------
  const body = bodyMap({ svgs: catalog.svgs, styles: catalog.styles, card, hint: "Point at a region, or reach it with Tab and the arrow keys.",
    onToggle: (id) => { if (!get("revealed")) set({ skin: toggled(get("skin"), id) }); } });
  function card(id) {
    const row = get("revealed") && fresh() ? get("view").rows.find((x) => x.kind === "region" && x.id === id) : null;
    const found = !get("revealed") ? "" : row ? `Numb in ${percent(row.probability)}. ` : "Not touched by this lesion.";
    return [...regionHead(catalog.regions[id]), el("p", {}, found, row ? el("span", { class: "hk-soft" }, row.row) : null)];
  }
  const legend = el("ul", { class: "hk-legend", "aria-label": "Legend" }, ...body.legendItems(catalog.legend));

  // --- muscles and reflexes -------------------------------------------------------------------
  const nothing = el("p", { class: "hk-hint", hidden: true }, "No muscle has these words.");
  const search = el("input", { type: "search", class: "hk-search", placeholder: "Search muscle, movement or nerve", "aria-label": "Search muscles",
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
    } }, option("", "unchanged"), option("reduced", "fades"), option("brisk", "brisk"));
    return { id: r.id, menu, node: el("li", {}, el("label", { title: r.test }, el("span", {}, r.label), menu)) };
  });
  const ticks = el("section", { class: "hk-ticks", "aria-label": "Your prediction of muscles and reflexes" },
    el("h3", {}, "Which muscles go weak?"), search, nothing,
    el("ul", { class: "hk-muscles", tabindex: 0, "aria-label": "Muscles by nerve" }, ...groups.map((g) => g.node)),
    el("h3", {}, "Which reflexes change?"), el("ul", { class: "hk-reflexes" }, ...reflexes.map((r) => r.node)));

  // --- answer ---------------------------------------------------------------------------------
  const answer = el("section", { class: "hk-answer-side", "aria-label": "What is lost" }), more = el("div", { class: "hk-more" });
  const cited = el("details", { class: "hk-sources" }); // kept, so that it stays open

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
        .map((id) => ({ kind: "reflex", id, label: `${reflexNames.get(id)}: ${get("reflexes")[id]}` })),
    ];
  }
  const anyPrediction = () => get("skin").length + get("muscles").length + Object.keys(get("reflexes")).length;
  const bandOf = (p) => catalog.bands.findIndex(([least]) => p >= least);
  const DIRECTION = { "region lost": "numb", "muscle lost": "weak", "reflex lost": "fades", "reflex brisk": "brisk", "finding present": "present" };

  // The number's origin stays folded behind its basis.
  const opened = new Set();
  function origin(r) {
    const key = `${r.kind} ${r.id} ${r.direction}`, sources = get("view").sources.filter((s) => r.sources.includes(s.id));
    const node = el("details", { class: "hk-origin", open: opened.has(key), ontoggle: () => (node.open ? opened.add(key) : opened.delete(key)) },
      el("summary", { title: "Where this number comes from" }, basisChip(r.basis)), el("p", {}, "Row ", el("code", {}, r.row)),
      ...sources.map((s) => el("p", {}, s.text)));
    return node;
  }

  function line(r, mark) {
    const known = r.probability != null; // not so where the student expected what this lesion does not take
    const way = r.direction ? el("span", { class: "hk-soft" }, ` ${DIRECTION[`${r.kind} ${r.direction}`] ?? r.direction}`) : null;
    const bar = known ? el("span", { class: "hk-track", "aria-hidden": "true" },
      el("span", { class: `hk-fill hk-band-${bandOf(r.probability)}`, style: `width:${100 * r.probability}%` })) : el("span", {});
    const test = !r.test ? "" : r.kind === "region" ? `Touch here: ${lowerFirst(r.test)}` : r.test;
    return el("li", { class: "hk-loss", "data-mark": mark, "data-structure": r.id },
      el("div", { class: "hk-loss-head" }, el("span", { class: "hk-name" }, r.label, way), bar,
        el("span", { class: "hk-value" }, known ? percent(r.probability) : ""), el("span", { class: "hk-word" }, mark ? `${BADGE[mark]} ${mark}` : "")),
      r.row ? el("div", { class: "hk-why hk-how" }, el("span", {}, test), origin(r)) : null);
  }

  const folds = new Map(); // kept, so that they stay open
  function fold(key, title, rows) {
    if (!folds.has(key)) folds.set(key, el("details", { class: "hk-sources" }));
    folds.get(key).replaceChildren(el("summary", {}, `${title} (${rows.length})`), el("ul", {}, ...rows.map((r) => line(r, ""))));
    return rows.length ? folds.get(key) : null;
  }

  // Skin, muscles or reflexes: what is likely or predicted at once, the rest in folds.
  function section(title, kind, empty, marks, wrong) {
    const rows = get("view").rows.filter((r) => r.kind === kind), testable = (r) => kind !== "muscle" || muscleNames.has(r.id);
    const extra = [...rows.filter((r) => marks.get(r) === "extra"), ...wrong.filter((w) => w.kind === kind)];
    const main = rows.filter((r) => marks.get(r) === "hit" || (marks.get(r) !== "extra" && testable(r) && r.probability >= POSSIBLE));
    const rest = rows.filter((r) => !main.includes(r) && marks.get(r) !== "extra"), seen = rest.filter(testable);
    if (!rows.length && !extra.length && !empty) return [];
    return [el("h3", {}, title), rows.some((r) => r.probability >= SOMETIMES) ? null : el("p", { class: "hk-hint" }, empty),
      el("ul", {}, ...main.map((r) => line(r, marks.get(r))), ...extra.map((r) => line(r, "extra"))),
      fold(`${kind} sometimes`, "Sometimes, 10 to 29%", seen.filter((r) => r.probability >= SOMETIMES)),
      fold(`${kind} blind`, "No bedside test shows these", rest.filter((r) => !testable(r))),
      fold(`${kind} rare`, "Under 10%", seen.filter((r) => r.probability < SOMETIMES))];
  }

  function paintVerdict(count, both_sides) {
    const score = `${count("hit")} hit, ${count("missed")} missed, ${count("extra")} extra. Missed counts only what is likely (60% or more).`;
    const said = anyPrediction() ? [el("strong", {}, "Your prediction: "), score] : ["Shown without a prediction."];
    verdict.replaceChildren(el("p", {}, ...said, both_sides ? " This lesion takes both sides." : ""),
      button("Predict again", () => { set(blank); body.focus(); }));
  }

  function paintMore(view) {
    const fact = (title, text) => (text ? el("p", {}, el("strong", {}, `${title}: `), text) : null);
    const spared = view.spared.map((s) => el("li", {}, el("strong", {}, s.label),
      ` often spared: lost in ${percent(s.probability)} only. ${s.note} `, basisChip(s.basis)));
    fillSources(cited, view.sources);
    more.replaceChildren(...[el("h3", {}, view.name), fact("Where", view.place), fact("What traps it", view.structures),
      fact("Typically spared", view.spares), spared.length ? el("ul", { class: "hk-spared" }, ...spared) : null,
      fact("Remember", view.note), cited].filter(Boolean));
  }

  function paintAnswer() {
    const view = get("view"), here = chooser.regions(), wrong = extras();
    const marks = new Map(view.rows.map((r) => [r, anyPrediction() ? status(r, here) : ""]));
    paintVerdict((mark) => [...marks.values(), ...wrong.map(() => "extra")].filter((m) => m === mark).length, view.both_sides);
    answer.replaceChildren(...[
      ...section("Skin", "region", "No skin: this nerve carries none, or hardly any.", marks, wrong),
      ...section("Muscles", "muscle", "No muscle.", marks, wrong),
      ...section("Reflexes", "reflex", "No reflex changes.", marks, wrong),
      ...section("Also", "finding", "", marks, wrong)].filter(Boolean));
    paintMore(view);
    const regions = view.rows.filter((r) => r.kind === "region");
    const unlost = wrong.filter((w) => w.kind === "region").map((w) => [w.id, "extra"]);
    const shown = [...regions.map((r) => [r.id, marks.get(r)]), ...unlost].filter(([, mark]) => mark);
    body.mark(Object.fromEntries(shown), Object.fromEntries(regions.filter((r) => r.probability >= SOMETIMES).map((r) => [r.id, percent(r.probability)])));
    body.paint(view.paint);
  }

  function paint() {
    const site_id = get("site_id"), open = get("revealed") && site_id !== null, known = fresh(), view = get("view");
    site.value = site_id ?? "";
    map.value = get("dermatome_map") ?? "";
    mapRow.hidden = !(known && view.uses_maps);
    chooser.paint();
    predict.hidden = open;
    verdict.hidden = answer.hidden = more.hidden = legend.hidden = !open;
    ticks.hidden = open || site_id === null;
    reveal.disabled = !anyPrediction() || site_id === null;
    skip.disabled = site_id === null;
    question.textContent = site_id === null ? "Choose a lesion, then predict what it takes away."
      : "Predict first. Which skin goes numb (click it), which muscles go weak, which reflexes change?";
    const place = [el("strong", {}, view.name ?? ""), `. ${view.place}`, view.both_sides ? " Both sides." : ""];
    about.replaceChildren(...(site_id !== null && known ? place : []));
    const names = [...get("skin").map((id) => catalog.regions[id].label), ...get("muscles").map((id) => muscleNames.get(id) ?? id),
      ...Object.entries(get("reflexes")).map(([id, how]) => `${reflexNames.get(id)} ${how}`)];
    chosen.textContent = names.length ? `Your prediction: ${names.join(", ")}` : "Nothing predicted yet.";
    for (const [id, box] of boxes) box.checked = get("muscles").includes(id);
    for (const r of reflexes) r.menu.value = get("reflexes")[r.id] ?? "";
    body.only(views);
    body.press(get("skin"));
    if (open && known) paintAnswer();
    else { body.paint({}); body.mark({}); }
    body.refresh();
    if (known) silent.heard();
    root.dataset.confirmed = String(known);
    root.classList.toggle("hk-open", open);
  }

  root.classList.add("heelkit", "hk-lesion");
  const giveKeysBack = keepPlainKeys(root);
  root.append(controls, silent.node, predict, verdict,
    el("div", { class: "hk-split" }, el("div", {}, body.node, legend, more), el("div", {}, ticks, answer)),
    el("p", { class: "hk-hint" },
      "Teaching material, not a medical device. The percentages say how often a deficit is found at the bedside; most are teaching estimates."));
  const traits = [...TRAITS, "view"].map((t) => `change:${t}`).join(" ");
  model.on(traits, paint);
  paint();
  root.dataset.ready = "true";
  return () => { silent.stop(); giveKeysBack(); model.off(traits, paint); };
}

export default { render };
