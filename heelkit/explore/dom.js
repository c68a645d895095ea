// What every explorer shares. Text from tables is always set as text, never as HTML.

// A sheet that is set again makes the browser match the whole page again, so each stands there once.
for (const css of SHEETS) {
  const worn = [...document.head.querySelectorAll("style.hk-sheet")].some((sheet) => sheet.textContent === css);
  if (!worn) document.head.append(el("style", { class: "hk-sheet" }, css));
}

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((c) => c != null));
  return node;
}

function button(text, onclick, attributes = {}) {
  return el("button", { type: "button", class: "hk-button", onclick, ...attributes }, text);
}

// New content, nodes or text. What is equal stays, so that the browser lays out and paints only what is not.
function refill(node, ...children) {
  children.forEach((child, i) => {
    const fresh = child instanceof Node ? child : document.createTextNode(child), old = node.childNodes[i];
    if (!old) node.append(fresh);
    else if (!old.isEqualNode(fresh)) old.replaceWith(fresh);
  });
  while (node.childNodes.length > children.length) node.lastChild.remove();
}

function option(value, text) {
  return el("option", { value }, text);
}

// A probability as it is read out; never 0 or 100, because nothing is certain.
const percent = (p) => (p >= 0.995 ? ">99%" : p < 0.01 ? "<1%" : `${Math.round(p * 100)}%`);
const lowerFirst = (text) => text[0].toLowerCase() + text.slice(1);
const toggled = (list, id) => (list.includes(id) ? list.filter((x) => x !== id) : [...list, id]);

// The words of an explorer in the student's language: `say("asked", { n: 3 })` fills in "{n} asked".
const phrases = (words) => (id, values = {}) => words[id].replace(/\{(\w+)\}/g, (_, name) => values[name]);

// What a number rests on, in the words of the explorer.
function basisChip(basis, say, title) {
  return el("span", { class: `hk-basis hk-basis-${basis || "none"}`, title }, say(`basis_${basis || "none"}`));
}

function sourceLink({ url, text }) {
  return url.startsWith("https://") ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : text;
}

// New sources for a fold that is kept, so that it stays open.
function fillSources(fold, sources, say) {
  const level = (s) => say(`level_${s.level.replaceAll(" ", "_")}`), css = (s) => `hk-basis hk-level-${s.level.replaceAll(" ", "-")}`;
  fold.replaceChildren(el("summary", {}, say("sources_n", { n: sources.length })),
    el("ul", {}, ...sources.map((s) => el("li", {}, sourceLink(s), " ", el("span", { class: css(s) }, level(s))))));
}

// Shows the items ({ node, text in lower case }) with all these words that are `offered`, hides groups ({ node, items }) without one;
// how many are left.
function showMatching(groups, search, offered = () => true) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  let total = 0;
  for (const group of groups) {
    for (const item of group.items) item.node.hidden = !offered(item) || !words.every((w) => item.text.includes(w));
    const shown = group.items.filter((item) => !item.node.hidden).length;
    group.node.hidden = !shown;
    total += shown;
  }
  return total;
}

// A stopped kernel must not look like one that agrees: call `listen` after every change, `heard` when the answer is here.
function kernelNotice(words, answered) {
  const node = el("p", { class: "hk-silent", role: "status", hidden: true }, words);
  let timer;
  return {
    node,
    listen() { clearTimeout(timer); timer = setTimeout(() => { node.hidden = answered(); }, 3000); },
    heard() { node.hidden = true; },
    stop() { clearTimeout(timer); },
  };
}

// The same for a page that knows all answers itself: it says when what was committed in `trait` does not reach the student's record.
function recordSilence(model, trait, words) {
  const sorted = (value) => JSON.stringify(value && typeof value === "object" ? Object.entries(value).sort() : value);
  const arrived = () => sorted(model.get("confirmed")[trait]) === sorted(model.get(trait));
  const notice = kernelNotice(words, arrived);
  const hear = () => { if (arrived()) notice.heard(); };
  model.on(`change:${trait}`, notice.listen);
  model.on("change:confirmed", hear);
  return { node: notice.node, stop() { notice.stop(); model.off(`change:${trait}`, notice.listen); model.off("change:confirmed", hear); } };
}

// Says why something could not be kept in the student's record; nothing while all is well.
function recordNotice(model) {
  const node = el("p", { class: "hk-silent", role: "status", hidden: true });
  const paint = () => { node.textContent = model.get("notice"); node.hidden = !node.textContent; };
  model.on("change:notice", paint);
  paint();
  return node;
}

// A table whose rows become blocks where the page is too narrow for its columns; each cell then says its column.
function stacking(table) {
  const heads = [...table.querySelectorAll("thead tr > *")].map((head) => head.textContent);
  for (const row of table.querySelectorAll("tbody tr")) [...row.children].forEach((cell, i) => { if (cell.tagName === "TD") cell.dataset.head = heads[i]; });
  table.classList.add("hk-stacking");
  return table;
}

// Runs the painters now and whenever a trait changes; returns what takes them off again. Python sends the first view right after the
// explorer itself: on a busy machine the page is here before it, and waits.
function watch(model, painters) {
  const events = Object.entries(painters).map(([traits, paint]) => [traits.split(" ").map((t) => `change:${t}`).join(" "), paint]);
  const paintAll = () => { model.off("change:view", paintAll); for (const [, paint] of events) paint(); };
  for (const [event, paint] of events) model.on(event, paint);
  if (model.get("view") && !Object.keys(model.get("view")).length) model.on("change:view", paintAll);
  else paintAll();
  return () => { model.off("change:view", paintAll); for (const [event, paint] of events) model.off(event, paint); };
}

// JupyterLab takes plain keys (arrows, Enter, letters) away from buttons and menus; keys with Ctrl, Alt or Shift stay its own.
// Returns what gives the keys back.
function keepPlainKeys(root) {
  const keep = (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
    if (root.contains(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", plain);
  };
  window.addEventListener("keydown", keep, true);
  return () => window.removeEventListener("keydown", keep, true);
}
