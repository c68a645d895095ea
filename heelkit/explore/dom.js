// What every explorer shares. Text from tables is always set as text, never as HTML.

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

// Runs the painters now and whenever a trait changes; returns what takes them off again.
function watch(model, painters) {
  const events = Object.entries(painters).map(([traits, paint]) => [traits.split(" ").map((t) => `change:${t}`).join(" "), paint]);
  for (const [event, paint] of events) { model.on(event, paint); paint(); }
  return () => { for (const [event, paint] of events) model.off(event, paint); };
}

// JupyterLab takes plain keys (arrows, Enter, letters) away from buttons and menus; keys with Ctrl, Alt or Shift stay its own.
// Returns what gives the keys back.
function keepPlainKeys(root) {
  const keep = (event) => {
    if (root.contains(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey));
  };
  window.addEventListener("keydown", keep, true);
  return () => window.removeEventListener("keydown", keep, true);
}
