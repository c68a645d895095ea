// Makes the drawings of bodymap.py live: click, Space or Enter chooses a region, arrow keys move to the next region in
// their direction, hovering or focusing a region fills the card. The browser repaints before the kernel answers.

const SVG = "http://www.w3.org/2000/svg";
const BADGE = { hit: "✓", missed: "!", extra: "✗", "in some people": "~", "not said": "?" };

function drawn(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// What is as it was is not written again: after a write the browser styles and paints anew.
function renew(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// Puts these nodes, and no others, into a list; those that stand right stay where they are.
function arrange(list, nodes) {
  for (const old of [...list.children]) if (!nodes.includes(old)) old.remove();
  nodes.forEach((node, i) => { if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null); });
}

// Names of patterns are made unique, or a picture elsewhere on the page would lend its own, hidden ones.
function ownPatterns(svg) {
  const own = `hk${Math.random().toString(36).slice(2, 9)}`;
  for (const pattern of svg.querySelectorAll("pattern")) pattern.id = `${own}-${pattern.id}`;
  for (const node of svg.querySelectorAll('[fill^="url(#"]')) node.setAttribute("fill", node.getAttribute("fill").replace("#", `#${own}-`));
  svg.dataset.patterns = own;
}

// How far the inside of a shape gets from its edge, and where, roughly: [distance, x, y]. A badge goes there.
function middle(path) {
  const box = path.getBBox(), n = 18, inside = [];
  if (!box.width) return null; // not on the page yet
  const point = path.ownerSVGElement.createSVGPoint();
  const at = (i, j) => {
    point.x = box.x + (box.width * (i + 0.5)) / n;
    point.y = box.y + (box.height * (j + 0.5)) / n;
    return path.isPointInFill(point);
  };
  const grid = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => at(i, j)));
  const size = [box.width / n, box.height / n];
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (grid[i][j]) {
    let free = Infinity;
    for (let k = -1; k <= n; k++) for (let l = -1; l <= n; l++) {
      if (!grid[k]?.[l]) free = Math.min(free, Math.hypot((k - i) * size[0], (l - j) * size[1]));
    }
    inside.push([free, box.x + size[0] * (i + 0.5), box.y + size[1] * (j + 0.5)]);
  }
  return inside.sort((a, b) => b[0] - a[0])[0] ?? [0, box.x + box.width / 2, box.y + box.height / 2];
}

// What every card says first of a region.
function regionHead(region, say) {
  return [el("strong", {}, region.label), el("span", { class: "hk-soft" }, ` · ${region.plain}`),
    el("p", { class: "hk-hint" }, say("test_here", { place: lowerFirst(region.test) }))];
}

const markWord = (mark, say) => say(`mark_${mark.replaceAll(" ", "_")}`);

// A fold with a button for every drawing; one drawing always stays. `chosen()` tells which are shown, `choose` gets the new ones.
function viewChooser(views, say, chosen, choose) {
  const toggle = (id) => {
    const next = views.map((v) => v.id).filter((v) => (v === id) !== chosen().includes(v));
    if (next.length) choose(next);
  };
  const buttons = views.map((v) => button(v.label, () => toggle(v.id), { "data-view-button": v.id }));
  return {
    node: el("details", { class: "hk-choose-views" }, el("summary", {}, say("drawings")), el("div", { class: "hk-row" }, ...buttons)),
    regions: () => new Set(views.filter((v) => chosen().includes(v.id)).flatMap((v) => v.regions)),
    paint() { for (const b of buttons) b.setAttribute("aria-pressed", String(chosen().includes(b.dataset.viewButton))); },
  };
}

// `card(id)` gives what the card says of a region; until one is near, it says `hint`.
function bodyMap({ svgs, styles, say, onToggle, card, hint, onNear }) {
  const cardNode = el("div", { class: "hk-card", role: "status" }, hint ? el("p", { class: "hk-hint" }, hint) : null);
  const views = el("div", { class: "hk-views" });
  views.innerHTML = svgs.join(""); // made by bodymap.py, which escapes every text
  for (const svg of [...views.querySelectorAll(".hk-view")]) {
    ownPatterns(svg);
    const figure = el("figure", { class: "hk-figure", "data-of": svg.dataset.view });
    svg.replaceWith(figure);
    figure.append(svg, el("figcaption", { "aria-hidden": "true" }, svg.getAttribute("aria-label")));
  }
  const all = [...views.querySelectorAll("[data-region]")];
  const named = (id) => all.filter((g) => g.dataset.region === id);

  // The nearest region in the direction of an arrow key, as the eye sees it; else the next in order.
  function neighbor(regions, here, key) {
    const center = (g) => {
      const box = g.querySelector(".hk-base").getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const [x, y] = center(regions[here]);
    const [across, forward] = [key === "ArrowUp" || key === "ArrowDown", key === "ArrowRight" || key === "ArrowDown" ? 1 : -1];
    const ahead = regions.filter((_, i) => i !== here).map((g) => {
      const [u, v] = center(g);
      const along = (across ? v - y : u - x) * forward, aside = Math.abs(across ? u - x : v - y);
      return { g, along, far: along + 2 * aside };
    }).filter((c) => c.along > 4 && c.far < 3.2 * c.along + 60);
    return ahead.sort((a, b) => a.far - b.far)[0]?.g ?? regions[(here + forward + regions.length) % regions.length];
  }

  for (const view of views.querySelectorAll(".hk-view")) {
    const regions = [...view.querySelectorAll("[data-region]")];
    regions.forEach((g, i) => g.setAttribute("tabindex", i ? -1 : 0));
    view.addEventListener("keydown", (event) => {
      const here = regions.indexOf(event.target.closest("[data-region]"));
      if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === " " || event.key === "Enter") onToggle(regions[here].dataset.region);
      else if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") {
        const next = event.key === "Home" ? regions[0] : event.key === "End" ? regions.at(-1) : neighbor(regions, here, event.key);
        regions.forEach((g) => g.setAttribute("tabindex", g === next ? 0 : -1));
        next.focus();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  let near = null;
  function fill(id) {
    near = id;
    for (const other of all) other.classList.toggle("hk-near", id === other.dataset.region);
    if (id && card) refill(cardNode, ...[card(id)].flat());
    onNear?.(id);
  }
  const show = (event) => { const id = event.target.closest?.("[data-region]")?.dataset.region; if (id && id !== near) fill(id); };
  views.addEventListener("click", (event) => { const g = event.target.closest("[data-region]"); if (g) onToggle(g.dataset.region); });
  views.addEventListener("pointerover", show);
  views.addEventListener("focusin", show);

  const color = (style) => styles[style][0];
  // Most drawings need few of the patterns, so each is made when it is first used.
  function pattern(svg, name, size, turn, inside) {
    const id = `${svg.dataset.patterns}-${name}`, defs = svg.querySelector("defs");
    if (!defs.querySelector(`[id="${id}"]`)) {
      const frame = { id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: `${turn}scale(${defs.dataset.scale ?? 1})` };
      defs.append(drawn("pattern", frame, inside()));
    }
    return `url(#${id})`;
  }
  const stripes = (svg, style) => pattern(svg, `hk-stripe-${style}`, 12, "rotate(45) ", () => drawn("rect", { width: 6, height: 12, fill: color(style) }));
  const hatch = (svg, style) => pattern(svg, `hk-pattern-${style}`, 6, "",
    () => drawn("path", { d: styles[style][1], fill: "none", stroke: "#1a1a1a", "stroke-width": 0.5, "stroke-opacity": 0.75 }));

  // Every region says its badge once, where it is drawn largest; again in other views where there is room for it.
  let marked = { marks: {}, texts: {} }, badged = new Map();
  const heights = new Map(); // of the drawings on the page; to ask for them after a change would lay the page out once more
  function badges() {
    const flip = views.classList.contains("hk-left") ? -1 : 1, places = [], taken = new Map();
    for (const g of all) {
      const id = g.dataset.region, mark = marked.marks[id] ?? "", text = [BADGE[mark], marked.texts[id]].filter(Boolean).join(" ");
      const svg = g.ownerSVGElement, shown = heights.get(svg);
      if (!text || !shown) continue;
      g.middle ??= middle(g.querySelector(".hk-base"));
      if (!g.middle) continue;
      const [free, x, y] = g.middle, zoom = shown / svg.viewBox.baseVal.height, size = 14 / zoom;
      const width = Math.max(size * 1.35, text.length * size * 0.6 + size * 0.5);
      places.push({ g, id, mark, text, svg, free: free * zoom, x, y, size, width, height: size * 1.35 });
    }
    places.sort((a, b) => b.free - a.free);
    const before = badged, largest = places.filter((p, i) => places.findIndex((q) => q.id === p.id) === i);
    badged = new Map();
    for (const p of [...largest, ...places.filter((q) => !largest.includes(q))]) {
      const others = taken.get(p.svg) ?? [];
      const crowded = others.some((o) => Math.abs(o.x - p.x) < (o.width + p.width) / 2 && Math.abs(o.y - p.y) < (o.height + p.height) / 2);
      if (crowded && !largest.includes(p)) continue;
      if (crowded) p.y += p.height; // said somewhere at least
      taken.set(p.svg, [...others, p]);
      const place = { transform: `translate(${p.x} ${p.y}) scale(${flip} 1)`, "pointer-events": "none", "aria-hidden": "true" };
      const key = JSON.stringify([all.indexOf(p.g), p.mark, p.text, p.size, place.transform]);
      badged.set(key, before.get(key) ?? drawn("g", { class: "hk-badge", "data-mark": p.mark, ...place },
        drawn("rect", { x: -p.width / 2, y: -p.height / 2, width: p.width, height: p.height, rx: p.height / 2, "stroke-width": p.size / 14 }),
        drawn("text", { "text-anchor": "middle", y: p.size * 0.35, "font-size": p.size }, p.text)));
      if (!before.has(key)) p.g.parentNode.append(badged.get(key));
    }
    for (const [key, old] of before) if (!badged.has(key)) old.remove();
  }
  const watched = new ResizeObserver((entries) => { // also when a widget comes onto the page after it was painted
    for (const { target } of entries) heights.set(target, target.getBoundingClientRect().height);
    badges();
  });
  for (const svg of views.querySelectorAll(".hk-view")) watched.observe(svg);

  const names = new Map(all.map((g) => [g, g.getAttribute("aria-label")]));
  return {
    node: el("div", { class: "hk-map" }, views, card ? cardNode : null),
    views,
    card: cardNode,
    focus() { views.querySelector('.hk-figure:not([hidden]) [tabindex="0"]')?.focus(); },
    refresh() { if (near) fill(near); },
    near(id) { near = id; for (const g of all) g.classList.toggle("hk-near", id === g.dataset.region); },
    press(ids) { for (const g of all) renew(g, "aria-pressed", String(ids.includes(g.dataset.region))); },
    // paint: region -> number of a style, or two numbers for stripes; every other region goes back to plain skin
    paint(paint, skin = "#f6dcc8") {
      views.classList.toggle("hk-painted", Object.keys(paint).length > 0);
      for (const g of all) {
        const style = paint[g.dataset.region], below = Array.isArray(style) ? style[0] : style;
        renew(g.querySelector(".hk-base"), "fill", below == null ? skin : color(below));
        renew(g.querySelector(".hk-overlay"), "fill", below == null ? "none"
          : Array.isArray(style) ? stripes(g.ownerSVGElement, style[1]) : hatch(g.ownerSVGElement, below));
      }
    },
    // marks: region -> "hit", "missed", "extra" or nothing, after a prediction was revealed; texts: region -> what its badge says
    mark(marks, texts = {}) {
      for (const g of all) {
        const id = g.dataset.region, mark = marks[id] ?? "";
        renew(g, "data-mark", mark);
        renew(g, "aria-label", names.get(g) + (mark ? `, ${markWord(mark, say)}` : "") + (texts[id] ? `, ${texts[id]}` : ""));
      }
      marked = { marks, texts };
      badges();
    },
    mirror(left) {
      if (left === views.classList.contains("hk-left")) return;
      views.classList.toggle("hk-left", left);
      for (const figure of views.querySelectorAll(".hk-figure")) {
        const svg = figure.firstChild, [now, next] = [left ? "right" : "left", left ? "left" : "right"].map((side) => `, ${say(`side_${side}`)}`);
        const said = svg.getAttribute("aria-label"), label = said.endsWith(now) ? said.slice(0, -now.length) + next : said;
        svg.setAttribute("aria-label", label);
        figure.lastChild.textContent = label;
      }
    },
    only(names) {
      for (const figure of views.querySelectorAll(".hk-figure")) {
        figure.hidden = !names.includes(figure.dataset.of);
        figure.firstChild.toggleAttribute("hidden", figure.hidden);
        figure.style.order = names.indexOf(figure.dataset.of);
      }
    },
    // all drawings in two short rows, with short names
    brief() {
      ["plantar", "dorsal", "posterior", "leg_front", "leg_back", "medial", "lateral", "saddle"].forEach((view, i) => {
        const figure = views.querySelector(`[data-of="${view}"]`);
        if (!figure) return;
        figure.style.order = i;
        figure.querySelector("figcaption").textContent = say(`brief_${view}`);
      });
    },
    // entries: pairs of a style (null: plain skin) and its name
    legendItems(entries) { return entries.map(([style, name]) => el("li", {}, this.swatch(style), name)); },
    // a legend entry's little picture, with the color and pattern of a style (null: plain skin)
    swatch(style) {
      const [below, above] = Array.isArray(style) ? style : [style];
      const svg = drawn("svg", { width: 28, height: 18, viewBox: "0 0 28 18", class: "hk-swatch", "aria-hidden": "true" });
      const box = (fill) => drawn("rect", { x: 0.5, y: 0.5, width: 27, height: 17, fill, stroke: "#4a3428" });
      if (below == null) { svg.append(box("#f6dcc8")); return svg; }
      svg.append(drawn("defs", {}), box(color(below)));
      svg.dataset.patterns = `hk${Math.random().toString(36).slice(2, 9)}`;
      svg.append(box(above == null ? hatch(svg, below) : stripes(svg, above)));
      return svg;
    },
    named,
  };
}
