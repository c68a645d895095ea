// The localizing explorer in the browser. Buttons and skin answer at once; the kernel computes the ranking.
// Everything from a table is set as text, never as HTML; the drawings are made by Python, which escapes.

const SIGN = { weak: "−", strong: "+", numb: "−", reduced: "−", normal: "+", brisk: "++" };

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), catalog = get("catalog");
  let saving = false;
  function save(changes) {
    saving = true;
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    saving = false;
    model.save_changes(); // before painting, so that Python works while the page paints
    paintExamination();
    silent.listen();
  }
  const muscleOf = new Map(catalog.muscles.map((m) => [m.id, m])), reflexOf = new Map(catalog.reflexes.map((r) => [r.id, r]));
  const seen = () => [get("muscles"), get("skin"), get("reflexes"), get("dermatome_map")];
  const sorted = (_, x) => (x && x.constructor === Object ? Object.fromEntries(Object.entries(x).sort()) : x);
  const current = () => JSON.stringify(get("view").seen, sorted) === JSON.stringify(seen(), sorted);

  function put(trait, id, state) { // the same state again, or null: not examined
    const answers = { ...get(trait) };
    if (state == null || answers[id] === state) delete answers[id];
    else answers[id] = state;
    save({ [trait]: answers });
  }

  const silent = kernelNotice(say("no_answer_below"), current);

  // --- skin ---------------------------------------------------------------------------------
  const NEXT = { undefined: "numb", numb: "normal", normal: null };
  const skinWord = (id) => say(get("skin")[id] ?? "not_examined");
  const map = bodyMap({ svgs: catalog.svgs, styles: catalog.styles, say, onToggle: (id) => put("skin", id, NEXT[get("skin")[id]]), card: (id) => [
    el("strong", {}, catalog.regions[id].label), ` (${catalog.regions[id].plain}): `, el("strong", {}, skinWord(id)),
    el("p", { class: "hk-hint" }, say("test_at", { place: catalog.regions[id].test }))],
    hint: say("skin_hint") });
  map.brief();
  const looks = [[catalog.paint.numb, say("numb")], [catalog.paint.normal, say("normal")], [null, say("not_examined")]];
  const legend = el("ul", { class: "hk-legend" }, ...map.legendItems(looks));

  function paintSkin() {
    const skin = get("skin");
    map.paint(Object.fromEntries(Object.entries(skin).map(([id, state]) => [id, catalog.paint[state]])));
    map.press(Object.keys(skin));
    for (const g of map.node.querySelectorAll("[data-region]")) {
      const id = g.dataset.region;
      renew(g, "aria-label", `${catalog.regions[id].label}: ${skinWord(id)}`);
    }
    map.refresh();
  }

  // --- muscles ------------------------------------------------------------------------------
  const rows = new Map();
  const stateButton = (trait, { id, label }, state) => button(say(state), () => put(trait, id, state), {
    class: `hk-state hk-state-${state}`, "aria-pressed": "false", "data-trait": trait, "data-id": id, "data-state": state,
    "aria-label": `${label}: ${say(state)}`, title: say(state) });
  const examined = (trait, about, states) => el("div", { class: "hk-muscle" }, ...states.map((state) => stateButton(trait, about, state)),
    el("div", { class: "hk-what" }, el("span", { class: "hk-name" }, about.label), el("span", { class: "hk-hint" }, `${about.test}.`)));
  for (const m of catalog.muscles) {
    const text = `${m.label} ${m.action} ${m.movement} ${m.nerve} ${m.test}`.toLowerCase();
    rows.set(m.id, { node: examined("muscles", m, ["weak", "strong"]), text });
  }
  const list = el("div", { class: "hk-muscles", role: "group", "aria-label": say("muscles") });
  const nothing = el("p", { class: "hk-hint", hidden: true }, say("no_muscle"));
  const search = el("input", { type: "search", class: "hk-search", placeholder: say("search_hint"), "aria-label": say("search_muscles"),
    oninput: filter });
  const by = el("select", { "aria-label": say("group_muscles"), onchange: group },
    option("movement", say("by_movement")), option("nerve", say("by_nerve")));
  let groups = [];

  function group() {
    const members = new Map();
    for (const m of catalog.muscles) members.set(m[by.value], [...(members.get(m[by.value]) ?? []), m]);
    const last = (name) => name === say("seldom_tested");
    const depth = (ms) => Math.max(...ms.map((m) => m.order));
    const order = (one, other) => (by.value === "nerve" ? one[0].order - other[0].order : depth(other) - depth(one));
    const named = [...members].sort(([a, one], [b, other]) => last(a) - last(b) || order(one, other));
    groups = named.map(([name, ms]) => {
      const items = ms.map((m) => rows.get(m.id));
      return { items, node: el("section", { class: "hk-group" }, el("h4", {}, name), ...items.map((i) => i.node)) };
    });
    list.replaceChildren(...groups.map((g) => g.node));
    filter();
  }

  function filter() { nothing.hidden = showMatching(groups, search.value) > 0; }

  // --- reflexes -----------------------------------------------------------------------------
  const reflexes = el("div", { class: "hk-reflexes", role: "group", "aria-label": say("reflexes") },
    ...catalog.reflexes.map((r) => examined("reflexes", r, catalog.reflex_values)));

  function chip(trait, id, state, name) {
    const text = `${SIGN[state]} ${name} ${say(state)}`, takeBack = () => { put(trait, id, null); (soFar.querySelector("button") ?? search).focus(); };
    const node = button(text, takeBack, { class: "hk-chip", title: say("take_back"), "aria-label": say("take_back_of", { text }) });
    node.append(el("span", { "aria-hidden": "true" }, " ×"));
    return el("li", { "data-id": id }, node);
  }

  function paintAnswers() {
    for (const b of root.querySelectorAll(".hk-state[data-trait]")) {
      renew(b, "aria-pressed", String(get(b.dataset.trait)[b.dataset.id] === b.dataset.state));
    }
    const names = { muscles: (id) => muscleOf.get(id).label, skin: (id) => catalog.regions[id].label, reflexes: (id) => reflexOf.get(id).label };
    const chips = Object.entries(names).flatMap(([trait, name]) => Object.entries(get(trait)).map(([id, state]) => chip(trait, id, state, name(id))));
    refill(soFar, ...chips);
    nobody.hidden = chips.length > 0;
  }
  function paintExamination() { paintAnswers(); paintSkin(); }
  const soFar = el("ul", { class: "hk-sofar", "aria-label": say("found_so_far") });
  const nobody = el("p", { class: "hk-hint" }, say("nothing_yet"));

  // --- prediction ---------------------------------------------------------------------------
  const place = (kind) => ["nerve", "root", "plexus"].map((k) => say(`kind_${k}`)).indexOf(kind);
  const kinds = [...new Set(catalog.sites.map((s) => s.kind))].sort((a, b) => place(b) - place(a));
  const guess = el("select", { "aria-label": say("your_prediction"), onchange: () => { commit.disabled = !guess.value; } }, option("", say("choose")),
    ...kinds.map((kind) => el("optgroup", { label: kind }, ...catalog.sites.filter((s) => s.kind === kind).map((s) => option(s.id, s.name)))));
  const commit = button(say("commit_and_compare"), () => { save({ prediction: guess.value }); ranking.querySelector("summary")?.focus(); },
    { class: "hk-button hk-primary", disabled: true });
  const asked = el("p", { class: "hk-question" });
  const predict = el("div", { class: "hk-predict" }, asked, el("div", { class: "hk-row" }, guess, commit));
  const verdict = el("p", { class: "hk-verdict", role: "status" });

  // --- ranking ------------------------------------------------------------------------------
  const ranking = el("ol", { class: "hk-sites", "aria-label": say("ranking") });
  const note = el("p", { class: "hk-note", role: "status" });
  const items = (title, sign, texts, css, none) => el("p", { class: css }, el("strong", {}, `${sign} ${title}: `), texts.length ? texts.join("; ") : none);

  const lines = new Map(); // of the sites, made once: the next ranking moves them and changes what they say
  function site(b) {
    if (!lines.has(b.site_id)) lines.set(b.site_id, newLine(b));
    return lines.get(b.site_id)(b);
  }
  function newLine({ site_id, name, place_of_it, spares }) {
    const called = el("span", { class: "hk-name" }), fill = el("span", { class: "hk-fill" }), value = el("span", { class: "hk-value" }), why = el("div");
    const details = el("details", { "data-site": site_id },
      el("summary", { class: "hk-sitebar" }, called, el("span", { class: "hk-track", "aria-hidden": "true" }, fill), value),
      el("p", { class: "hk-hint" }, place_of_it, spares ? ` ${say("spares", { what: spares })}` : ""));
    const node = el("li", {}, details);
    return (b) => {
      const mine = site_id === get("prediction"), home = b.place <= 3 || mine ? node : details; // further down, what a site explains shows when it is opened
      renew(node, "class", mine ? "hk-mine-row" : "");
      refill(called, `${b.place}. ${name}`, ...(mine ? [el("span", { class: "hk-mine" }, ` ${say("mine")}`)] : []));
      renew(fill, "style", `width:${(100 * b.probability).toFixed(2)}%`);
      value.textContent = percent(b.probability);
      refill(why, ...(seenAny() ? [items(say("explains"), "✓", b.explained, "hk-ok", say("nothing_found")),
        items(say("explain_away"), "✗", b.unexplained, "hk-bad", say("nothing"))] : []));
      if (why.parentNode !== home) home.append(why);
      return node;
    };
  }
  const seenAny = () => seen().slice(0, 3).some((o) => Object.keys(o).length);

  function paintRanking() {
    const view = get("view"), open = get("prediction") !== null, active = document.activeElement;
    const focused = ranking.contains(active) ? active.closest("details")?.dataset.site : null;
    predict.hidden = open;
    revealed.hidden = !open;
    asked.textContent = get("question");
    note.textContent = view.note;
    note.hidden = !view.note;
    arrange(ranking, view.bars.map(site));
    if (focused) ranking.querySelector(`[data-site="${focused}"] summary`)?.focus();
    const mine = view.bars.find((b) => b.site_id === get("prediction")), leader = view.bars[0];
    verdict.hidden = !mine;
    const told = mine && { name: mine.name, place: mine.place, chance: percent(mine.probability), leader: leader.name };
    if (mine) verdict.textContent = say(view.note ? "now_examine" : mine.place === 1 ? "leads" : "trails", told);
    paintTest(view);
    silent.heard();
    root.dataset.ready = "true";
  }

  // --- the next test ------------------------------------------------------------------------
  const next = el("section", { class: "hk-next", "aria-label": say("next_test") });
  const OF = { muscle: ["muscles", "weak", "strong"], region: ["skin", "numb", "normal"], reflex: ["reflexes", "reduced", "normal"] };

  function paintTest({ test }) {
    next.hidden = !test;
    if (!test) return;
    const [trait, bad, good] = OF[test.kind], held = next.contains(document.activeElement);
    const answers = (test.kind === "reflex" ? catalog.reflex_values : [bad, good]).map((state) =>
      button(say(state), () => put(trait, test.id, state), { "data-next": state, "data-test": test.id }));
    const expected = test.expected.map((e) => el("li", {}, el("span", {}, say("expected", { name: e.name, sign: say(bad), chance: percent(e.lost) })),
      el("span", { class: "hk-gauge", "aria-hidden": "true" }, el("span", { style: `width:${100 * e.lost}%` }))));
    refill(next, el("h3", {}, say("best_test", test)), el("p", {}, test.how, "."), el("div", { class: "hk-row" }, `${say("you_find")} `, ...answers),
      el("ul", { class: "hk-expected" }, ...expected));
    if (held) next.querySelector("button").focus();
  }

  // --- two lesions --------------------------------------------------------------------------
  const double = el("section", { class: "hk-double", "aria-label": say("two_lesions") });
  function paintPairs() {
    const sets = get("pairs").sets ?? [];
    double.hidden = !sets.length;
    double.replaceChildren(el("h3", {}, say("no_single")), el("ul", {}, ...sets.map((s) => el("li", {},
      el("span", { class: "hk-pair" }, el("strong", {}, s.names[0]), " + ", el("strong", {}, s.names[1])),
      el("span", { class: "hk-hint" }, ` ${s.unexplained.length ? say("leaves", { what: s.unexplained.join("; ") }) : say("explains_all")}`)))),
      el("p", { class: "hk-hint" }, say("one_is_likelier")));
  }

  // --- all together -------------------------------------------------------------------------
  const chart = el("select", { "aria-label": say("map_for_roots"), onchange: () => save({ dermatome_map: chart.value || null }) },
    option("", say("all_maps")), ...catalog.maps.map((m) => option(m.id, m.title)));
  const reset = button(say("start_over"), () => {
    lines.clear();
    guess.value = "";
    commit.disabled = true;
    save({ ...get("start") });
  });
  const revealed = el("div", {}, verdict, note, next, el("h3", {}, say("where_it_can_be")), ranking, double);
  root.classList.add("heelkit", "hk-where");
  const giveKeysBack = keepPlainKeys(root);
  root.lang = say("lang");
  root.append(el("div", { class: "hk-controls" }, el("label", {}, `${say("roots_by")} `, chart), reset),
    el("div", { class: "hk-examine" },
      el("section", { "aria-label": say("examination") }, el("h3", {}, say("skin")),
        el("p", { class: "hk-hint" }, say("clicks")), map.node, legend,
        el("h3", {}, say("muscles")), el("div", { class: "hk-row hk-find" }, search, by), nothing, list, el("h3", {}, say("reflexes")), reflexes),
      el("section", { class: "hk-conclude", "aria-label": say("place_of_lesion") }, silent.node, recordNotice(model),
        el("h3", {}, say("found_so_far")), nobody, soFar, predict, revealed)),
    el("p", { class: "hk-hint" }, say("teaching_material")));
  group();
  const stop = watch(model, {
    "muscles skin reflexes": () => { if (!saving) paintExamination(); },
    "view prediction question": paintRanking,
    pairs: paintPairs,
    dermatome_map: () => { chart.value = get("dermatome_map") ?? ""; },
  });
  return () => { silent.stop(); giveKeysBack(); stop(); };
}

export default { render };
