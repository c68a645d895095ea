// Judging claims in the browser. A verdict is chosen and committed here; the kernel answers with ours, so it is in no page before.
// Everything from a table is set as text, never as HTML.

const SIGN = { supported: "✓", partly: "◐", unsupported: "?", wrong: "✗" };

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), { verdicts, articles, claims } = get("catalog");
  const named = (verdict) => say(`verdict_${verdict}`), signed = (verdict) => `${SIGN[verdict]} ${named(verdict)}`;
  const textOf = new Map(claims.map((c) => [c.id, c.text])), articleOf = new Map(articles.map((a) => [a.id, a]));
  const sorted = (_, x) => (x && x.constructor === Object ? Object.fromEntries(Object.entries(x).sort()) : x);
  const heard = () => JSON.stringify(get("view").seen, sorted) === JSON.stringify([get("article"), get("claim"), get("verdicts")], sorted);
  const silent = kernelNotice(say("silent"), heard);
  let candidate = null, waiting = false; // waiting: the student committed, and the answer gets the focus when it comes

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
    silent.listen();
  }

  // --- the list -------------------------------------------------------------------------------
  const SHOW = {
    all: () => true, open: (mine) => !mine, agree: (mine, ours) => mine && mine === ours, differ: (mine, ours) => mine && ours && mine !== ours,
    ...Object.fromEntries(verdicts.map((v) => [v, (_, ours) => ours === v])),
  };
  const show = el("select", { "aria-label": say("show"), onchange: () => paintList() },
    ...["all", "open", "agree", "differ"].map((k) => option(k, say(`show_${k}`))), ...verdicts.map((v) => option(v, say("show_ours", { verdict: named(v) }))));
  const from = el("select", { "aria-label": say("article"), onchange: () => {
    const article = from.value || null;
    save({ article, claim: claims.find((c) => !article || c.article === article).id });
  } }, option("", say("all_articles")), ...articles.map((a) => option(a.id, a.label)));
  const list = el("div", { class: "hk-list", role: "group", "aria-label": say("claims") }), nothing = el("p", { class: "hk-hint" }, say("nothing"));
  const offered = () => claims.filter((c) => !get("article") || c.article === get("article"));
  const shown = () => offered().filter((c) => SHOW[show.value](get("verdicts")[c.id], get("view").ours[c.id]));

  function mark(id) {
    const mine = get("verdicts")[id], ours = get("view").ours[id];
    return !mine || !ours ? ["○", "mark_open"] : mine === ours ? ["✓", "mark_agree"] : ["≠", "mark_differ"];
  }

  function listed(c) {
    const [sign, word] = mark(c.id), current = c.id === get("claim");
    return button("", () => take(c.id), { class: "hk-button hk-item", "data-claim": c.id, "aria-current": String(current), tabindex: current ? "0" : "-1",
      "aria-label": `${textOf.get(c.id)} (${say(word)})` });
  }

  function paintList() {
    const mine = shown(), held = list.contains(document.activeElement), top = list.scrollTop;
    list.replaceChildren(...mine.flatMap((c, i) => [
      ...(get("article") || c.article === mine[i - 1]?.article ? [] : [el("h4", {}, articleOf.get(c.article).label)]), listed(c)]));
    for (const item of list.querySelectorAll(".hk-item")) {
      item.append(el("span", { class: "hk-mark", "aria-hidden": "true" }, mark(item.dataset.claim)[0]), el("span", {}, textOf.get(item.dataset.claim)));
    }
    list.scrollTop = top;
    nothing.hidden = mine.length > 0;
    const current = list.querySelector("[aria-current='true']") ?? list.querySelector(".hk-item");
    if (!current) return;
    current.tabIndex = 0;
    if (held) current.focus();
    const box = current.getBoundingClientRect(), frame = list.getBoundingClientRect(); // keep the current claim in sight, without moving the page
    if (box.top < frame.top || box.bottom > frame.bottom) list.scrollTop += box.top - frame.top - 40;
  }

  function take(id) {
    candidate = null;
    save({ claim: id });
  }

  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll(".hk-item")], at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    if (items[to]) take(items[to].dataset.claim);
  });

  // --- the claim and the student's verdict ----------------------------------------------------
  const where = el("p", { class: "hk-hint" }), quote = el("blockquote", { class: "hk-claim" });
  const choices = verdicts.map((v, i) => button("", () => choose(v), { class: "hk-button hk-choice", "data-verdict": v, "aria-pressed": "false" }));
  choices.forEach((b, i) => b.append(el("kbd", {}, String(i + 1)), el("strong", {}, ` ${signed(verdicts[i])}`),
    el("span", { class: "hk-means" }, say(`means_${verdicts[i]}`))));
  const commit = button(say("commit"), () => {
    const verdict = candidate;
    candidate = null;
    waiting = true;
    save({ verdicts: { ...get("verdicts"), [get("claim")]: verdict } });
  }, { class: "hk-button hk-primary" });
  const decide = el("div", { class: "hk-predict" }, el("p", { class: "hk-question" }, say("question")), el("div", { class: "hk-choices" }, ...choices), commit);

  function choose(verdict) {
    candidate = verdict;
    paintChoice();
  }

  function paintChoice() {
    for (const b of choices) b.setAttribute("aria-pressed", String(b.dataset.verdict === candidate));
    commit.disabled = !candidate;
  }

  // The keys 1 to 4 choose wherever the focus is in the explorer; Enter then commits.
  function digit(event) {
    const verdict = verdicts[Number(event.key) - 1], plain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (!plain || !verdict || decide.hidden || event.target.matches("select")) return;
    event.preventDefault();
    choose(verdict);
    commit.focus({ preventScroll: true });
  }
  root.addEventListener("keydown", digit);

  // --- ours -----------------------------------------------------------------------------------
  const compared = el("p", { class: "hk-verdict", role: "status" }), why = el("p"), settled = el("p");
  const chips = el("ul", { class: "hk-chips", "aria-label": say("findings") });
  const sources = el("ul", { class: "hk-refs" }), done = el("p", { class: "hk-question" });
  const next = button(say("next"), () => { take(following()); choices[0].focus({ preventScroll: true }); }, { class: "hk-button hk-primary" });
  const again = button(say("again"), () => {
    const { [get("claim")]: _, ...rest } = get("verdicts");
    save({ verdicts: rest });
    choices[0].focus({ preventScroll: true });
  });
  const answer = el("div", {}, compared, el("div", { class: "hk-row" }, next, again), done, el("h3", {}, say("why")), why,
    el("h3", {}, say("settled_by")), settled, chips, el("h3", {}, say("sources")), sources);

  // The next claim of this list without a verdict, around the corner.
  function following() {
    const ids = offered().map((c) => c.id), at = ids.indexOf(get("claim"));
    return [...ids.slice(at + 1), ...ids.slice(0, at)].find((id) => !(id in get("verdicts")));
  }

  function reference(s) {
    const level = `${say(`level_${s.level}`)}${s.weak ? `, ${say("weak")}` : ""}`;
    return el("li", {}, sourceLink(s), " ", el("span", { class: `hk-basis${s.weak ? " hk-basis-estimate" : ""}` }, level));
  }

  function paintAnswer() {
    const view = get("view"), open = view.answer !== null && view.answer.claim === get("claim") && heard();
    answer.hidden = !open;
    decide.hidden = get("claim") in get("verdicts");
    if (open) {
      const { ours, findings } = view.answer, mine = get("verdicts")[get("claim")], apart = Math.abs(verdicts.indexOf(mine) - verdicts.indexOf(ours));
      compared.textContent = say(apart === 0 ? "agree" : apart === 1 ? "near" : "differ", { mine: named(mine), ours: named(ours) });
      compared.dataset.apart = apart;
      why.textContent = view.answer.why;
      settled.textContent = view.answer.settled_by;
      chips.replaceChildren(...findings.map((f) => el("li", { class: "hk-chip", title: f.plain, "data-finding": f.id }, f.label)));
      sources.replaceChildren(...view.answer.sources.map(reference));
      next.hidden = following() === undefined;
      done.hidden = !next.hidden;
      done.textContent = say("all_done");
      if (waiting) (next.hidden ? again : next).focus({ preventScroll: true });
      waiting = false;
    }
    paintScore();
  }

  // --- the count ------------------------------------------------------------------------------
  const score = el("p", { class: "hk-score", role: "status" }), table = el("table", { class: "hk-counts" });
  const counts = el("details", { class: "hk-table" }, el("summary", {}, say("table")), table);

  function paintScore() {
    const view = get("view");
    score.textContent = say(view.judged ? "score" : "score_none", view);
    counts.hidden = !view.judged;
    const row = (i) => el("tr", {}, el("th", { scope: "row" }, signed(verdicts[i])),
      ...view.counts[i].map((n, j) => el("td", { class: i === j ? "hk-same" : n ? "hk-other" : "" }, String(n))));
    const head = el("tr", {}, el("td", {}, say("yours_down")), ...verdicts.map((v) => el("th", { scope: "col" }, signed(v))));
    table.replaceChildren(el("thead", {}, head), el("tbody", {}, ...verdicts.map((_, i) => row(i))));
  }

  function paintClaim() {
    const claim = claims.find((c) => c.id === get("claim")), article = articleOf.get(claim.article);
    from.value = get("article") ?? "";
    where.textContent = `${article.label}. ${article.about}`;
    quote.textContent = claim.text;
    paintChoice();
  }

  // --- all together ---------------------------------------------------------------------------
  const reset = button(say("start_over"), () => { candidate = null; show.value = "all"; save({ ...get("start") }); });
  const only = get("start").article !== null; // opened for one article: no choice among the others
  root.classList.add("heelkit", "hk-claims");
  root.lang = get("language");
  root.append(el("div", { class: "hk-controls" }, only ? null : el("label", {}, `${say("article")} `, from),
    el("label", {}, `${say("show")} `, show), score, reset),
    el("div", { class: "hk-read" }, el("section", { "aria-label": say("claims") }, nothing, list),
      el("section", { "aria-label": say("title") }, silent.node, recordNotice(model), where, quote, decide, answer)), counts,
    el("p", { class: "hk-hint" }, say("footer")));
  const giveKeysBack = keepPlainKeys(root);
  const stop = watch(model, { "claim article": paintClaim, "claim article verdicts view": () => { paintList(); paintAnswer(); },
    view: () => { silent.heard(); root.dataset.ready = "true"; } });
  return () => { silent.stop(); root.removeEventListener("keydown", digit); giveKeysBack(); stop(); };
}

export default { render };
