"""What the record says: how often right, how well the confidence fits, and what to see again when."""

from datetime import UTC, datetime

import fsrs
import pandas as pd

SURE_ENOUGH = 0.9  # a right answer given with this confidence or more was easy
UNSURE = 0.5  # with this or less it was hard


def latest(events: pd.DataFrame) -> pd.DataFrame:
    """The last answer to every question, and the last try at every case; indexed by item."""
    marked = events[events["kind"].isin(["answer", "case"]) & events["right"].notna()]
    return marked.drop_duplicates("item", keep="last").set_index("item")


def accuracy(events: pd.DataFrame) -> pd.DataFrame:
    """Right answers by topic: a DataFrame indexed by topic with `answered`, `right` (counts of last tries) and `share` (0..1)."""
    last = latest(events)
    counted = last.groupby("topic")["right"].agg(answered="size", right="sum").astype(int)
    return counted.assign(share=counted["right"] / counted["answered"])


def calibration(events: pd.DataFrame) -> pd.DataFrame:
    """How often the student was right at each stated confidence.

    Returns a DataFrame indexed by `sure` (0..1), with `n` and `share_right` (0..1), from everything that was marked and had a stated
    confidence. `.attrs["brier"]` is the mean squared distance between confidence and outcome (0 perfect, 0.25 as good as a coin), None
    without data. Method: Brier GW. Verification of forecasts expressed in terms of probability. Monthly Weather Review 1950;78:1-3.
    """
    told = events[events["sure"].notna() & events["right"].notna()]
    outcome = told["right"].astype(float)
    table = outcome.groupby(told["sure"].round(2)).agg(n="size", share_right="mean")
    table.attrs["brier"] = float(((told["sure"] - outcome) ** 2).mean()) if len(told) else None
    return table


def _rating(right: bool, sure: float | None) -> fsrs.Rating:
    if not right:
        return fsrs.Rating.Again
    if pd.isna(sure):
        return fsrs.Rating.Good
    return fsrs.Rating.Easy if sure >= SURE_ENOUGH else fsrs.Rating.Hard if sure <= UNSURE else fsrs.Rating.Good


def schedule(events: pd.DataFrame, now: datetime | None = None) -> pd.DataFrame:
    """When to see each answered question again, the most overdue first.

    Returns a DataFrame indexed by item: `topic`, `due` (UTC), `recall` (probability 0..1 that it is still known), `missed` (the last
    answer was wrong: such a question is due at once) and `due_now`. A clock that was wrong does not disturb it: no try is taken to
    be earlier than the one before, and none to lie in the future.
    Method: the Free Spaced Repetition Scheduler (FSRS), as the package `fsrs` implements it.
    """
    now = now or datetime.now(UTC)
    scheduler = fsrs.Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    cards, topics, wrong = {}, {}, {}
    answers = events[(events["kind"] == "answer") & events["right"].notna()]
    for event in answers.itertuples():
        card = cards.get(event.item) or fsrs.Card(card_id=len(cards))
        when = event.at.to_pydatetime()
        when = min(when, now)
        when = max(when, card.last_review) if card.last_review else when
        cards[event.item], _ = scheduler.review_card(card, _rating(event.right, event.sure), when)
        topics[event.item], wrong[event.item] = event.topic, not event.right
    rows = []
    for item, card in cards.items():
        due = card.last_review if wrong[item] else card.due
        recall = scheduler.get_card_retrievability(card, max(now, card.last_review))
        rows.append((item, topics[item], due, recall, wrong[item], due <= now))
    table = pd.DataFrame(rows, columns=["item", "topic", "due", "recall", "missed", "due_now"]).set_index("item")
    return table.sort_values(["due", "topic"], kind="stable")
