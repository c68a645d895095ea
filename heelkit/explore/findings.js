// Lists of findings, which the explorers of conditions, the game of the next question and the clinic share.

const SIGN = { present: "+", absent: "−", not_described: "·" };

// Findings in their groups, with a search. `row` makes the node of a finding, `offered` says whether it can be asked now, `open` whether
// its group is open while nothing is searched for.
function findingList(topics, { label, none, row, offered = () => true, open }) {
  const search = el("input", { type: "search", class: "hk-search", placeholder: label, "aria-label": label, oninput: filter });
  const nothing = el("p", { class: "hk-hint", hidden: true }, none);
  const groups = topics.map((topic) => {
    const items = topic.findings.map((f) => ({ f, node: row(f), text: `${f.label} ${f.plain} ${f.id.replaceAll("_", " ")}`.toLowerCase() }));
    const count = el("span", { class: "hk-count" });
    return { items, count, node: el("details", { class: "hk-topic" }, el("summary", {}, topic.label, " ", count), ...items.map((i) => i.node)) };
  });

  function filter() {
    const words = search.value.trim();
    nothing.hidden = showMatching(groups, words, (item) => offered(item.f)) > 0;
    for (const group of groups) {
      if (words) group.node.open = !group.node.hidden;
      else if (open) group.node.open = group.items.some((item) => open(item.f));
    }
  }

  function clear() {
    search.value = "";
    filter();
  }

  return { search, nothing, groups, nodes: groups.map((g) => g.node), filter, clear };
}

// What can be asked about, by id.
const byId = (topics) => new Map(topics.flatMap((t) => t.findings.map((f) => [f.id, f])));

// Answers as they stand, in an order of their own, so that two can be compared.
const settled = (answers) => JSON.stringify(Object.entries(answers).sort());

// A red flag in words: what it is, what to do and how fast.
function flagParts(flag, say) {
  const mark = flag.level === "act_now" ? `⚑ ${say("alarm_now")} ` : `⚐ ${say("alarm_think")} `;
  return { name: el("strong", {}, mark, flag.name), speed: [el("strong", {}, `${say("how_fast")} `), flag.time_frame] };
}
