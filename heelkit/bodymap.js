// Makes the drawings of bodymap.py live: click, Space or Enter chooses a region, arrow keys move between regions,
// hovering or focusing a region fills the card. The browser repaints before the kernel answers.

function bodyMap({ svgs, styles, onToggle, card }) {
  const cardNode = el("div", { class: "hk-card", role: "status" });
  const views = el("div", { class: "hk-views" });
  views.innerHTML = svgs.join(""); // made by bodymap.py, which escapes every text
  const all = [...views.querySelectorAll("[data-region]")];
  const named = (id) => all.filter((g) => g.dataset.region === id);

  for (const view of views.querySelectorAll(".hk-view")) {
    const regions = [...view.querySelectorAll("[data-region]")];
    regions.forEach((g, i) => g.setAttribute("tabindex", i ? -1 : 0));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    view.addEventListener("keydown", (event) => {
      const here = regions.indexOf(event.target.closest("[data-region]"));
      if (here < 0) return;
      if (event.key === " " || event.key === "Enter") onToggle(regions[here].dataset.region);
      else if (event.key in step) {
        const next = regions[(here + step[event.key] + regions.length) % regions.length];
        regions.forEach((g) => g.setAttribute("tabindex", g === next ? 0 : -1));
        next.focus();
      } else return;
      event.preventDefault();
    });
  }

  const show = (event) => {
    const g = event.target.closest?.("[data-region]");
    for (const other of all) other.classList.toggle("hk-near", g?.dataset.region === other.dataset.region);
    if (g && card) cardNode.replaceChildren(...[card(g.dataset.region)].flat());
  };
  views.addEventListener("click", (event) => { const g = event.target.closest("[data-region]"); if (g) onToggle(g.dataset.region); });
  views.addEventListener("pointerover", show);
  views.addEventListener("focusin", show);

  return {
    node: el("div", { class: "hk-map" }, views, card ? cardNode : null),
    press(ids) { for (const g of all) g.setAttribute("aria-pressed", String(ids.includes(g.dataset.region))); },
    // paint: region -> number of a style; every other region goes back to plain skin
    paint(paint, skin = "#f6dcc8") {
      views.classList.toggle("hk-painted", Object.keys(paint).length > 0);
      for (const g of all) {
        const style = paint[g.dataset.region];
        g.querySelector(".hk-base").setAttribute("fill", style == null ? skin : styles[style]);
        g.querySelector(".hk-overlay").setAttribute("fill", style == null ? "none" : `url(#hk-pattern-${style})`);
      }
    },
    // marks: region -> "hit", "missed", "extra" or nothing, after a prediction was revealed
    mark(marks) { for (const g of all) g.dataset.mark = marks[g.dataset.region] ?? ""; },
    mirror(left) { views.classList.toggle("hk-left", left); },
    only(names) { for (const view of views.querySelectorAll(".hk-view")) view.toggleAttribute("hidden", !names.includes(view.dataset.view)); },
    named,
  };
}
