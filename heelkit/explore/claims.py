"""Judging claims: read one, give a verdict, commit; then see ours, why, on which sources, and what would settle it."""

import functools
import html
import itertools

import pandas as pd
import traitlets

from heelkit.citations import citation
from heelkit.errors import InputError
from heelkit.explore.assets import module
from heelkit.explore.widget import NerveExplorer, check_choice, check_known, html_table
from heelkit.language import check_language, texts, words
from heelkit.progress import record
from heelkit.tables import KnowledgeBase, load

VERDICTS = ("supported", "partly", "unsupported", "wrong")
WEAK = ("secondary",)  # levels of sources that are shown as weak


class ClaimsExplorer(NerveExplorer):
    """The widget behind `heelkit.explore.claims`.

    `.state` is a dict with `article` (an article id; None: all), `claim` (the claim on screen) and `verdicts` (claim id to the student's
    verdict); assign to it to set several at once. `.result` has a row per claim of the article: the student's verdict beside ours.
    """

    PARTS = ("article", "claim", "verdicts")
    ANSWERS = "verdicts"
    _esm = module("claims")
    catalog = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)
    article = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    claim = traitlets.Unicode().tag(sync=True)
    verdicts = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what "Start over" returns to

    def __init__(self, kb: KnowledgeBase, language: str, state: dict):
        self._kb, self._language = kb, check_language(kb, language)
        checked = self._checked(state)
        super().__init__(catalog=_catalog(kb, language), words=words(kb, "claims", language), language=language, start=checked, **checked)

    def _checked(self, state: dict) -> dict:
        check_known("part of the state", state, self.PARTS)
        check_choice(state, "article", "article", self._kb.articles.index)
        check_choice(state, "claim", "claim", self._kb.claims.index)
        verdicts = state.get("verdicts") or {}
        if not isinstance(verdicts, dict):
            raise InputError(f"verdicts must be a dict from claim to verdict, not {verdicts!r}.")
        check_known("claim", verdicts, self._kb.claims.index)
        check_known("verdict", verdicts.values(), VERDICTS)
        traits = {"verdicts": dict(verdicts)} if "verdicts" in state else {}
        article = traits["article"] = state.get("article", self.article)
        offered = _of(self._kb, article).index
        if offered.empty:
            raise InputError(f"No claim of the article '{article}' is in the tables.")
        claim = state.get("claim")
        if claim is not None and claim not in offered:
            raise InputError(f"'{claim}' is not a claim of the article '{article}', but of '{self._kb.claims.loc[claim, 'article_id']}'.")
        traits["claim"] = claim or (self.claim if self.claim in offered else offered[0])
        return traits

    def _keep(self, changed: dict) -> None:
        for claim, mine in (self._fresh() if "verdicts" in changed else {}).items():
            ours = self._kb.claims.loc[claim, "verdict"]
            record("prediction", "claims", topic="predictions", given=mine, right=mine == ours, more={"claim": claim, "ours": ours})

    @property
    def result(self) -> pd.DataFrame:
        """A row per claim of the article: the claim, the student's verdict (None when not given), ours, and whether they agree."""
        frame = _of(self._kb, self.article)
        mine = pd.Series([self.verdicts.get(i) for i in frame.index], index=frame.index, dtype=object)
        agree = [None if mine[i] is None else mine[i] == frame.loc[i, "verdict"] for i in frame.index]
        told = texts(self._kb, "claims", "claim", self._language).loc[frame.index]
        return pd.DataFrame({"claim": told, "mine": mine, "ours": frame["verdict"], "agree": pd.Series(agree, index=frame.index, dtype=object)})

    def __repr__(self):
        agree = self.result["agree"].dropna()
        return f"ClaimsExplorer(article={self.article!r}, {len(agree)} of {len(self.result)} judged, {agree.sum()} agree)"

    def _picture(self) -> str:
        """All claims of an article; our verdict on each is folded away until the reader has judged it."""
        said = self.words
        if self.article is None:
            counted = self._kb.claims.groupby("article_id").size()
            labels = texts(self._kb, "articles", "label", self._language)
            return html_table((said["article"], said["claims"]), [(html.escape(labels[i]), n) for i, n in counted.items()])
        items = []
        for claim in (c for c in self.catalog["claims"] if c["article"] == self.article):
            used = {i: self.catalog["sources"][i] for i in claim["sources"]}
            sources = "; ".join(f"{i} ({said['level_' + s['level']]}{', ' + said['weak'] if s['weak'] else ''})" for i, s in used.items())
            parts = (said["verdict_" + claim["ours"]], claim["why"], f"{said['settled_by']}: {claim['settled_by']}", f"{said['sources']}: {sources}")
            ours = "<br>".join([f"<b>{html.escape(parts[0])}</b>", *map(html.escape, parts[1:])])
            items.append(f"<li>{html.escape(claim['text'])}<details><summary>{html.escape(said['judge_first'])}</summary>{ours}</details></li>")
        title = texts(self._kb, "articles", "label", self._language)[self.article]
        return f"<p><b>{html.escape(title)}</b></p><ol>{''.join(items)}</ol>"


def _of(kb: KnowledgeBase, article: str | None) -> pd.DataFrame:
    """The claims of one article, or of all, article by article."""
    frame = kb.claims if article is None else kb.claims[kb.claims["article_id"] == article]
    return frame.sort_values("article_id", kind="stable")


def _source(kb: KnowledgeBase, source_id: str) -> dict:
    level = kb.sources.loc[source_id, "level"]
    return citation(source_id, kb) | {"level": level, "weak": level in WEAK}


@functools.lru_cache(maxsize=4)
def _catalog(kb: KnowledgeBase, language: str) -> dict:
    """What the browser needs to know: the articles, their claims with our verdict and why, and the findings and sources that these name."""
    frame = _of(kb, None)
    told = {field: texts(kb, "claims", field, language)[frame.index].tolist() for field in ("claim", "why", "settled_by")}
    ids = {field: [[i for i in (cell or "").split(";") if i] for cell in frame[field]] for field in ("settling_finding_ids", "source_ids")}
    columns = {"id": frame.index, "article": frame["article_id"], "text": told["claim"], "ours": frame["verdict"], "why": told["why"]}
    columns |= {"settled_by": told["settled_by"], "findings": ids["settling_finding_ids"], "sources": ids["source_ids"]}
    label, plain = texts(kb, "findings", "label", language), kb.findings["plain_label"]
    labels, about = texts(kb, "articles", "label", language), texts(kb, "articles", "about", language)
    return {
        "verdicts": list(VERDICTS),
        "articles": [{"id": i, "label": labels[i], "about": about[i]} for i in kb.articles.index if i in set(frame["article_id"])],
        "claims": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
        "findings": {i: {"label": label[i], "plain": plain[i]} for i in sorted(set(itertools.chain(*columns["findings"])))},
        "sources": {i: _source(kb, i) for i in sorted(set(itertools.chain(*columns["sources"])))},
    }


def claims(article: str | None = None, language: str = "en", kb: KnowledgeBase | None = None) -> ClaimsExplorer:
    """Claims of popular web pages, advertisements and patients: judge each, then compare with the sources.

    Parameters: `article` is an id of `articles.csv` (a web article, or a collection such as "patient_questions"); None offers all claims.

    Returns a widget with `.state` (dict: article, claim, verdicts) and `.result` (DataFrame indexed by claim_id: claim, mine, ours, agree).
    A verdict is one of supported, partly, unsupported, wrong. Raises ValueError for an unknown article, claim, verdict or language.

    >>> explorer = claims("numb_heels_listicle")
    >>> explorer.state = {"verdicts": {"claim_071": "supported", "claim_084": "partly"}}
    >>> explorer.result.loc[["claim_071", "claim_084"], ["mine", "ours", "agree"]].values.tolist()
    [['supported', 'supported', True], ['partly', 'wrong', False]]
    >>> claims("numb_heels")
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown article 'numb_heels'; nearest: 'numb_heels_listicle'.
    """
    return ClaimsExplorer(kb or load(), language, {"article": article, "verdicts": {}})
