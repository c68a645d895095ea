// Explorers and figures on a page without Python. An explorer gets a model that only the page itself answers.

function model(traits) {
  const listeners = [];
  const tell = (name) => listeners.filter((l) => l.event === `change:${name}`).forEach((l) => l.callback());
  return {
    get: (name) => traits[name],
    set(name, value) {
      const changed = JSON.stringify(traits[name]) !== JSON.stringify(value);
      traits[name] = value;
      if (changed) tell(name);
    },
    save_changes() { // what Python would confirm: exactly what the page shows
      if (!traits.confirmed) return;
      traits.confirmed = Object.fromEntries(Object.keys(traits.confirmed).map((name) => [name, traits[name]]));
      tell("confirmed");
    },
    on(events, callback) { for (const event of events.split(/\s+/)) listeners.push({ event, callback }); },
    off(events, callback) {
      for (let i = listeners.length - 1; i >= 0; i -= 1) {
        if ((!events || events.split(/\s+/).includes(listeners[i].event)) && (!callback || callback === listeners[i].callback)) listeners.splice(i, 1);
      }
    },
    send() {},
  };
}

async function wake(place) {
  const { _esm, ...traits } = JSON.parse(place.querySelector("script").textContent);
  const address = URL.createObjectURL(new Blob([_esm], { type: "text/javascript" }));
  const { default: widget } = await import(address);
  const root = document.createElement("div");
  const own = model(traits);
  place.closest(".jp-RenderedHTMLCommon")?.classList.remove("jp-RenderedHTMLCommon"); // its rules for pictures squeeze drawings
  await widget.initialize?.({ model: own });
  await widget.render({ model: own, el: root });
  place.replaceChildren(root);
}

for (const place of document.querySelectorAll(".hk-page-live")) {
  try { await wake(place); } catch (error) { console.error(error); } // the picture stays
}
for (const place of document.querySelectorAll(".hk-page-figure")) {
  const { data, layout } = JSON.parse(place.querySelector("script").textContent);
  window.Plotly?.newPlot(place, data, layout, { responsive: true, displaylogo: false, showLink: false });
}
document.body.dataset.ready = "true";
