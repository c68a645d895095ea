// Judging claims in the browser. Our verdicts are in the page, each shown once the student has committed to one: the kernel only keeps those.
// Everything from a table is set as text, never as HTML.

const SIGN = { supported: "✓", partly: "◐", unsupported: "?", wrong: "✗" };

function render({ model, el: root }) {
  const get = (trait) => model.get(trait), say = phrases(get("words")), { verdicts, articles, claims, findings, sources } = get("catalog");
  const named = (verdict) => say(`verdict_${verdict}`), signed = (verdict) => `${SIGN[verdict]} ${named(verdict)}`;
  const articleOf = new Map(articles.map((a) => [a.id, a])), mineOf = (claim) => get("verdicts")[claim.id];
  const current = () => claims.find((c) => c.id === get("claim"));
  let candidate = null;

  function save(changes) {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  }

  // --- the list -------------------------------------------------------------------------------
  const SHOW = {
    all: () => true, open: (mine) => !mine, agree: (mine, ours) => mine === ours, differ: (mine, ours) => mine && mine !== ours,
    ...Object.fromEntries(verdicts.map((v) => [v, (mine, ours) => mine && ours === v])),
  };
  const show = el("select", { "aria-label": say("show"), onchange: () => { paintList(); keepInSight(); } },
    ...["all", "open", "agree", "differ"].map((k) => option(k, say(`show_${k}`))), ...verdicts.map((v) => option(v, say("show_ours", { verdict: named(v) }))));
  const from = el("select", { "aria-label": say("article"), onchange: () => {
    const article = from.value || null;
    save({ article, claim: claims.find((c) => !article || c.article === article).id });
  } }, option("", say("all_articles")), ...articles.map((a) => option(a.id, a.label)));
  const list = el("div", { class: "hk-list", role: "group", "aria-label": say("claims") }), nothing = el("p", { class: "hk-hint" }, say("nothing"));
  const headings = new Map(articles.map((a) => [a.id, el("h4", {}, a.label)]));
  const rows = new Map(claims.map((c) => {
    const mark = el("span", { class: "hk-mark", "aria-hidden": "true" }), node = button("", () => take(c.id), { class: "hk-button hk-item", "data-claim": c.id });
    node.append(mark, el("span", {}, c.text));
    return [c, { node, mark }];
  }));
  const offered = () => claims.filter((c) => !get("article") || c.article === get("article"));

  function paintList() {
    const now = current(), held = list.contains(document.activeElement);
    const shown = offered().filter((c) => SHOW[show.value](mineOf(c), c.ours)), first = shown.includes(now) ? now : shown[0];
    refill(list, ...shown.flatMap((c, i) => [...(get("article") || c.article === shown[i - 1]?.article ? [] : [headings.get(c.article)]), rows.get(c).node]));
    for (const c of shown) {
      const { node, mark } = rows.get(c), mine = mineOf(c);
      const [sign, word] = !mine ? ["○", "mark_open"] : mine === c.ours ? ["✓", "mark_agree"] : ["≠", "mark_differ"];
      if (mark.textContent !== sign) mark.textContent = sign;
      node.setAttribute("aria-label", `${c.text} (${say(word)})`);
      node.setAttribute("aria-current", String(c === now));
      node.tabIndex = c === first ? 0 : -1; // the list is one stop of the tab key
    }
    nothing.hidden = shown.length > 0;
    if (held && first) rows.get(first).node.focus();
  }

  // Scrolls the list, not the page.
  function keepInSight() {
    const first = list.querySelector("[tabindex='0']");
    if (!first) return;
    const box = first.getBoundingClientRect(), frame = list.getBoundingClientRect();
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
    const mine = candidate;
    candidate = null;
    save({ verdicts: { ...get("verdicts"), [get("claim")]: mine } });
    (next.hidden ? again : next).focus({ preventScroll: true });
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
  const refs = el("ul", { class: "hk-refs" }), done = el("p", { class: "hk-question" });
  const next = button(say("next"), () => { take(following().id); choices[0].focus({ preventScroll: true }); }, { class: "hk-button hk-primary" });
  const again = button(say("again"), () => {
    const { [get("claim")]: _, ...rest } = get("verdicts");
    save({ verdicts: rest });
    choices[0].focus({ preventScroll: true });
  });
  const answer = el("div", {}, compared, el("div", { class: "hk-row" }, next, again), done, el("h3", {}, say("why")), why,
    el("h3", {}, say("settled_by")), settled, chips, el("h3", {}, say("sources")), refs);

  // The next claim of this list without a verdict, around the corner.
  function following() {
    const all = offered(), at = all.indexOf(current());
    return [...all.slice(at + 1), ...all.slice(0, at)].find((c) => !mineOf(c));
  }

  function reference(s) {
    const level = `${say(`level_${s.level}`)}${s.weak ? `, ${say("weak")}` : ""}`;
    return el("li", {}, sourceLink(s), " ", el("span", { class: `hk-basis${s.weak ? " hk-basis-estimate" : ""}` }, level));
  }

  function paintClaim() {
    const claim = current(), article = articleOf.get(claim.article);
    from.value = get("article") ?? "";
    where.textContent = `${article.label}. ${article.about}`;
    quote.textContent = claim.text;
  }

  function paintAnswer() {
    const claim = current(), mine = mineOf(claim), { ours } = claim;
    answer.hidden = !mine;
    decide.hidden = Boolean(mine);
    paintChoice();
    if (!mine) return;
    const apart = Math.abs(verdicts.indexOf(mine) - verdicts.indexOf(ours));
    compared.textContent = say(apart === 0 ? "agree" : apart === 1 ? "near" : "differ", { mine: named(mine), ours: named(ours) });
    compared.dataset.apart = apart;
    why.textContent = claim.why;
    settled.textContent = claim.settled_by;
    chips.replaceChildren(...claim.findings.map((id) => el("li", { class: "hk-chip", title: findings[id].plain, "data-finding": id }, findings[id].label)));
    refs.replaceChildren(...claim.sources.map((id) => reference(sources[id])));
    next.hidden = following() === undefined;
    done.hidden = !next.hidden;
    done.textContent = say("all_done");
  }

  // --- the count ------------------------------------------------------------------------------
  const score = el("p", { class: "hk-score", role: "status" }), cells = verdicts.map(() => verdicts.map(() => el("td")));
  const counts = el("details", { class: "hk-table" }, el("summary", {}, say("table")), el("table", { class: "hk-counts" },
    el("thead", {}, el("tr", {}, el("td", {}, say("yours_down")), ...verdicts.map((v) => el("th", { scope: "col" }, signed(v))))),
    el("tbody", {}, ...verdicts.map((v, i) => el("tr", {}, el("th", { scope: "row" }, signed(v)), ...cells[i])))));

  function paintScore() {
    const all = offered(), judged = all.filter(mineOf), agree = judged.filter((c) => mineOf(c) === c.ours).length;
    score.textContent = say(judged.length ? "score" : "score_none", { judged: judged.length, total: all.length, agree });
    counts.hidden = !judged.length;
    verdicts.forEach((mine, i) => verdicts.forEach((ours, j) => {
      const n = judged.filter((c) => c.ours === ours && mineOf(c) === mine).length;
      cells[i][j].textContent = n;
      cells[i][j].className = i === j ? "hk-same" : n ? "hk-other" : "";
    }));
  }

  function paint() {
    paintList();
    paintAnswer();
    paintScore();
    root.dataset.ready = "true";
  }

  // --- all together ---------------------------------------------------------------------------
  const reset = button(say("start_over"), () => { candidate = null; show.value = "all"; save({ ...get("start") }); paint(); });
  const silent = recordSilence(model, "verdicts", say("not_heard"));
  const only = get("start").article !== null; // opened for one article: no choice among the others
  root.classList.add("heelkit", "hk-claims");
  root.lang = get("language");
  root.append(el("div", { class: "hk-controls" }, only ? null : el("label", {}, `${say("article")} `, from),
    el("label", {}, `${say("show")} `, show), score, reset),
    el("div", { class: "hk-read" }, el("section", { "aria-label": say("claims") }, nothing, list),
      el("section", { "aria-label": say("title") }, silent.node, recordNotice(model), where, quote, decide, answer)), counts,
    el("p", { class: "hk-hint" }, say("footer")));
  const giveKeysBack = keepPlainKeys(root);
  const stop = watch(model, { "claim article": () => { paintClaim(); paint(); keepInSight(); }, verdicts: paint });
  return () => { silent.stop(); root.removeEventListener("keydown", digit); giveKeysBack(); stop(); };
}

export default { render };
