// The wiring explorer in the browser: everything it shows was sent once, so it paints at once; the kernel keeps the state.
// Everything from a table is set as text, never as HTML; the diagram and the drawings are made by Python, which escapes.

// Which nodes feed a node (above) and which it feeds (below).
function reach(edges, node) {
  const walk = (from, to) => {
    const seen = new Set(), front = [node];
    while (front.length) {
      const here = front.pop();
      for (const e of edges) if (e[from] === here && !seen.has(e[to])) { seen.add(e[to]); front.push(e[to]); }
    }
    return seen;
  };
  return { above: walk(1, 0), below: walk(0, 1) };
}

// The diagram: nodes are buttons; arrow keys go up, down and sideways; Enter or Space chooses.
function wiringDiagram(catalog, say, share, choose) {
  const holder = el("div", { class: "hk-plate" });
  holder.innerHTML = catalog.diagram; // made by wiring_svg.py
  const nodes = [...holder.querySelectorAll("[data-node]")];
  const lines = [...holder.querySelectorAll("[data-edge]")].map((path) => {
    const [parent, child] = path.dataset.edge.split(">");
    const inner = [...holder.querySelectorAll(".hk-inner path")].find((p) => p.getAttribute("d") === path.getAttribute("d"));
    return { path, parent, child, inner };
  });
  const frame = (g) => {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((k) => Number(g.querySelector("rect").getAttribute(k)));
    return { x: x + width / 2, right: x + width, bottom: y + height };
  };
  const focusable = (g) => nodes.forEach((other) => other.setAttribute("tabindex", other === g ? 0 : -1));
  focusable(nodes[0]);

  holder.addEventListener("click", (event) => { const g = event.target.closest("[data-node]"); if (g) choose(g.dataset.node); });
  holder.addEventListener("keydown", (event) => {
    const g = event.target.closest("[data-node]");
    if (!g || event.ctrlKey || event.metaKey || event.altKey) return;
    const layer = Number(g.dataset.layer), here = frame(g).x;
    const nearest = (list) => list.sort((a, b) => Math.abs(frame(a).x - here) - Math.abs(frame(b).x - here))[0];
    const linked = (from, to) => catalog.edges.filter((e) => e[from] === g.dataset.node).map((e) => nodes.find((n) => n.dataset.node === e[to]));
    const row = nodes.filter((n) => Number(n.dataset.layer) === layer).sort((a, b) => frame(a).x - frame(b).x);
    const next = {
      ArrowUp: () => nearest(linked(1, 0)),
      ArrowDown: () => nearest(linked(0, 1)),
      ArrowLeft: () => row[row.indexOf(g) - 1],
      ArrowRight: () => row[row.indexOf(g) + 1],
      Home: () => nodes[0],
      End: () => nodes.at(-1),
    }[event.key];
    if (event.key === "Enter" || event.key === " ") choose(g.dataset.node);
    else if (next) { const to = next(); if (to) { focusable(to); to.focus(); } }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function badge(g, text, kind) {
    const { right, bottom } = frame(g), wide = text.length * 8.4 + 12;
    g.append(drawn("g", { class: `hk-loss hk-loss-${kind}`, "aria-hidden": "true" },
      drawn("rect", { x: right - wide + 6, y: bottom - 2, width: wide, height: 19, rx: 9.5 }),
      drawn("text", { x: right - wide / 2 + 6, y: bottom + 12.5, "font-weight": 700, "font-size": 14 }, text)));
  }

  return {
    node: holder,
    // squeeze a label whose font is wider here than the layout expected
    fit() {
      for (const g of nodes) {
        const room = Number(g.querySelector("rect").getAttribute("width")) - 6;
        for (const text of g.querySelectorAll("text")) {
          if (text.getComputedTextLength() <= room) continue;
          text.setAttribute("textLength", room);
          text.setAttribute("lengthAdjust", "spacingAndGlyphs");
        }
      }
    },
    focus(id) { nodes.find((n) => n.dataset.node === id)?.focus(); },
    paint(id, cut) {
      const { above, below } = id ? reach(catalog.edges, id) : { above: new Set(), below: new Set() };
      const lost = cut ? catalog.nodes[cut].lost : {};
      const role = (n) => (n === id ? "chosen" : above.has(n) ? "above" : below.has(n) ? "below" : "");
      holder.classList.toggle("hk-choosing", Boolean(id));
      for (const g of nodes) {
        const n = g.dataset.node;
        g.dataset.role = role(n);
        g.dataset.lost = n === cut || !(n in lost) ? "" : lost[n] > 0.995 ? "all" : "part";
        g.setAttribute("aria-pressed", String(n === id));
        g.querySelector(".hk-loss")?.remove();
        if (n === cut) badge(g, `✂ ${say("cut")}`, "cut");
        else if (n in lost) badge(g, `−${lost[n] > 0.995 ? "100%" : share(lost[n])}`, g.dataset.lost);
        const words = g.dataset.role && say(`role_${g.dataset.role}`);
        const loss = !(n in lost) ? null : n === cut ? say("cut_here") : say("loses", { share: share(lost[n]) });
        g.setAttribute("aria-label", [catalog.nodes[n].name, words, loss].filter(Boolean).join(", "));
      }
      for (const { path, inner, parent, child } of lines) {
        const upper = role(parent) === "above" && ["above", "chosen"].includes(role(child));
        const part = id && (upper || (["chosen", "below"].includes(role(parent)) && role(child) === "below"));
        for (const p of [path, inner].filter(Boolean)) {
          p.classList.toggle("hk-off", Boolean(id) && !part);
          p.classList.toggle("hk-dead", Boolean(cut && part && role(child) === "below"));
        }
      }
      const g = nodes.find((n) => n.dataset.node === id);
      if (g) focusable(g);
    },
  };
}

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), catalog = get("catalog");
  const share = (p) => (p > 0.995 ? say("all") : percent(p));
  const save = (changes) => { for (const [trait, value] of Object.entries(changes)) model.set(trait, value); model.save_changes(); };
  const isOpen = () => get("node_id") && (!get("predict") || get("shown") || get("cut"));
  const [much, some, little] = catalog.steps;
  const labelOf = { region: (i) => catalog.regions[i].label, muscle: (i) => catalog.muscles[i].label, reflex: (i) => catalog.reflexes[i].label };
  const supply = (kind) => catalog.nodes[get("node_id")].supply.filter((s) => s[0] === kind);

  const blank = { cut: null, numb: [], weak: [], shown: false };
  const diagram = wiringDiagram(catalog, say, share, (id) => { if (id !== get("node_id")) save({ node_id: id, ...blank }); });
  const toggle = (trait, id) => save({ [trait]: toggled(get(trait), id) });
  const map = bodyMap({ svgs: catalog.svgs, styles: catalog.styles, say, card: regionCard,
    hint: say("skin_hint"),
    onToggle: (id) => { if (get("node_id") && !isOpen()) toggle("numb", id); } });
  map.brief();

  function regionCard(id) {
    const found = isOpen() ? supply("region").find((s) => s[1] === id) : null;
    const open = found ? `${share(found[2])}. ${found[3]}` : say("not_supplied");
    return [el("strong", {}, catalog.regions[id].label), ` (${catalog.regions[id].plain})`,
      el("p", { class: "hk-hint" }, !get("node_id") ? "" : isOpen() ? open : say("click_if"))];
  }

  // --- the chosen nerve ---------------------------------------------------------------------
  const about = el("div", { class: "hk-about", "aria-live": "polite" });
  function paintAbout() {
    const node = catalog.nodes[get("node_id")];
    if (!node) {
      about.replaceChildren(el("h3", {}, say("choose_nerve")), el("p", {}, say("click_a_box")));
      return;
    }
    const roots = node.roots.map((r) => r.replace("root_", "").toUpperCase()).join(", ");
    about.replaceChildren(...[el("h3", {}, node.name), el("p", {}, node.place, "."),
      node.synonyms ? el("p", { class: "hk-hint" }, say("also", { names: node.synonyms.replaceAll(";", "; ") })) : null,
      roots ? el("p", {}, el("strong", {}, `${say("roots_above")} `), roots) : null].filter(Boolean));
  }

  // --- prediction ---------------------------------------------------------------------------
  const ticks = new Map();
  const asked = Object.entries(catalog.muscles).filter(([, m]) => m.ask).sort((a, b) => a[1].label.localeCompare(b[1].label));
  const list = el("div", { class: "hk-ticks", role: "group", "aria-label": say("muscles_you_expect") },
    ...asked.map(([id, m]) => {
      const box = el("input", { type: "checkbox", "data-muscle": id, onchange: () => toggle("weak", id) });
      ticks.set(id, box);
      return el("label", { title: `${m.action}. ${m.test}.` }, box, m.label);
    }));
  const cutButton = button(`✂ ${say("cut_it")}`, () => save({ cut: get("node_id") }), { class: "hk-button hk-primary", "data-act": "cut" });
  const showButton = button(say("show_supply"), () => save({ shown: true }), { "data-act": "show" });
  const againButton = button(say("mend_again"), () => { save(blank); diagram.focus(get("node_id")); }, { "data-act": "again" });
  const count = el("p", { class: "hk-hint", "aria-live": "polite" });
  const question = el("div", { class: "hk-predict" }, el("p", { class: "hk-question" }, say("question")),
    el("p", { class: "hk-hint" }, say("question_hint")), count);
  const muscleTitle = el("h3", {}, say("muscles_you_expect"));
  const row = el("div", { class: "hk-row" }, cutButton, showButton, againButton);
  const verdict = el("p", { class: "hk-verdict", role: "status" });

  function marksFor(kind, predicted, askable) {
    const found = Object.fromEntries(supply(kind).map((s) => [s[1], s[2]])), marks = {};
    for (const id of new Set([...predicted, ...Object.keys(found)])) {
      const p = found[id] ?? 0;
      if (predicted.includes(id)) marks[id] = p >= little ? "hit" : "extra";
      else if (p >= catalog.likely && askable(id)) marks[id] = "missed";
    }
    return marks;
  }

  function judge() {
    const skin = marksFor("region", get("numb"), () => true), muscles = marksFor("muscle", get("weak"), (id) => catalog.muscles[id].ask);
    const judged = Boolean(get("cut") && (get("numb").length || get("weak").length));
    verdict.hidden = !judged;
    const named = (kind, marks, mark) => Object.keys(marks).filter((id) => marks[id] === mark).map((id) => labelOf[kind](id));
    const few = (names) => (names.length > 6 ? say("and_more", { names: names.slice(0, 5).join(", "), n: names.length - 5 }) : names.join(", "));
    const told = (mark) => {
      const names = [...named("region", skin, mark), ...named("muscle", muscles, mark)];
      return names.length ? [el("span", { class: `hk-said hk-said-${mark}` }, el("strong", {}, `${say(`said_${mark}`)} `), few(names))] : [];
    };
    verdict.replaceChildren(...told("hit"), ...told("missed"), ...told("extra"));
    return judged ? { skin, muscles } : { skin: {}, muscles: {} };
  }

  // --- answer -------------------------------------------------------------------------------
  const answer = el("div", { class: "hk-lists" });
  const meter = (p) => el("span", { class: "hk-meter" },
    el("span", { class: "hk-gauge", "aria-hidden": "true" }, el("span", { style: `width:${(100 * p).toFixed(1)}%` })), el("span", {}, share(p)));
  const grid = (heads, rows) => stacking(el("table", { class: "hk-table" },
    el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, ...rows)));

  function table(title, kind, heads, cells, marks) {
    const rows = supply(kind).filter((s) => s[2] >= little).map((s) => {
      const [, id, p, why, basis] = s, sign = marks[id] ? `${BADGE[marks[id]]} ` : "";
      return el("tr", { "data-structure": id }, el("th", { scope: "row" }, sign, labelOf[kind](id)), ...cells(s).map((c) => el("td", {}, c)),
        el("td", {}, meter(p)), el("td", { class: "hk-why" }, why, basis === "estimate" ? ` ${say("estimate")}` : ""));
    });
    return el("section", {}, el("h3", {}, title), rows.length ? grid(heads, rows) : el("p", { class: "hk-hint" }, say("none")));
  }

  function variations(node) {
    if (!node.variations.length) return null;
    const rows = node.variations.map((v) => el("tr", {},
      el("th", { scope: "row" }, v.what, v.note ? el("div", { class: "hk-why" }, v.note) : null),
      el("td", {}, v.percent != null ? meter(v.percent / 100) : v.value ?? say("no_figure")), el("td", {}, v.n ?? "?"),
      el("td", { class: "hk-why" }, ...v.sources.flatMap((s, i) => (i ? ["; ", sourceLink(s)] : [sourceLink(s)])))));
    return el("section", {}, el("h3", {}, say("people_differ")), grid([say("what_found"), say("how_often"), "n", say("source")], rows));
  }

  function paintAnswer({ muscles, skin }) {
    answer.hidden = !isOpen();
    if (answer.hidden) { answer.replaceChildren(); return; }
    const done = get("cut"), isRoot = catalog.nodes[get("node_id")].kind === "root";
    const muscleCells = ([, id]) => [catalog.muscles[id].action, catalog.muscles[id].test];
    const heads = (...words) => words.map((word) => say(`head_${word}`)), reflexCells = ([, id]) => [catalog.reflexes[id].test];
    answer.replaceChildren(...[
      isRoot ? el("p", { class: "hk-hint" }, say("root_hint")) : null,
      table(say(done ? "skin_lost" : "skin"), "region", heads("region", "share", "why"), () => [], skin),
      table(say(done ? "muscles_lost" : "muscles"), "muscle", heads("muscle", "action", "bedside_test", "share", "why"), muscleCells, muscles),
      table(say(done ? "reflexes_lost" : "reflexes"), "reflex", heads("reflex", "how_to_test", "share", "why"), reflexCells, {}),
      variations(catalog.nodes[get("node_id")])].filter(Boolean));
  }

  const legend = el("ul", { class: "hk-legend" }, ...map.legendItems([[8, say("most")], [9, say("part")], [10, say("little")]]));
  const large = button(say("larger"), () => large.setAttribute("aria-pressed", String(root.classList.toggle("hk-large"))), { "aria-pressed": "false" });

  function paint() {
    const node = get("node_id"), open = Boolean(isOpen());
    diagram.paint(node, get("cut"));
    paintAbout();
    question.hidden = !node || open;
    count.textContent = get("numb").length + get("weak").length
      ? say("count", { skin: get("numb").length, muscles: get("weak").length }) : say("nothing_chosen");
    cutButton.disabled = !open && !(get("numb").length + get("weak").length);
    for (const [id, box] of ticks) { box.checked = get("weak").includes(id); box.disabled = open || !node; }
    list.hidden = muscleTitle.hidden = !node || open;
    cutButton.hidden = !node || Boolean(get("cut"));
    showButton.hidden = !node || open;
    againButton.hidden = !node || !(get("cut") || (get("predict") && get("shown")));
    againButton.textContent = say(get("predict") ? (get("cut") ? "mend_again" : "hide_predict") : "mend");
    side.hidden = !node;
    const marks = node ? judge() : (verdict.hidden = true, { skin: {}, muscles: {} });
    const shares = open ? Object.fromEntries(supply("region").filter((s) => s[2] >= little).map((s) => [s[1], s[2]])) : {};
    map.paint(Object.fromEntries(Object.entries(shares).map(([id, p]) => [id, p >= much ? 8 : p >= some ? 9 : 10])));
    map.press(open ? [] : get("numb"));
    map.mark(marks.skin);
    map.refresh();
    legend.hidden = !open;
    paintAnswer(marks);
    root.dataset.ready = "true";
  }

  const side = el("div", { class: "hk-side" }, map.node, legend, muscleTitle, list);
  const panel = el("section", { class: "hk-panel", "aria-label": say("chosen_nerve") }, about, verdict, question, row, side);
  root.classList.add("heelkit", "hk-wiring");
  const giveKeysBack = keepPlainKeys(root), silent = recordSilence(model, "cut", say("not_heard"));
  root.lang = say("lang");
  root.append(el("div", { class: "hk-controls" }, large, el("span", { class: "hk-hint" }, say("boxes_hint"))), silent.node, recordNotice(model),
    el("div", { class: "hk-both" }, diagram.node, panel), answer, el("p", { class: "hk-hint" }, say("teaching_material")));
  requestAnimationFrame(() => diagram.fit());
  const stop = watch(model, { "node_id cut numb weak shown predict": paint });
  return () => { silent.stop(); stop(); giveKeysBack(); };
}

export default { render };
