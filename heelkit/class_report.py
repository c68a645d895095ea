"""What a class missed: from the tables that students write with `heelkit.progress.export`."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from heelkit.errors import InputError
from heelkit.progress import COLUMNS
from heelkit.tables import KnowledgeBase, load

NEEDED = ["student", *COLUMNS]
FEW = 5  # with fewer students a discrimination says nothing


def _plain(cell):
    """A cell without the apostrophe that `export` puts before what could start a formula."""
    return cell[1:] if isinstance(cell, str) and cell[:1] == "'" and cell[1:].lstrip()[:1] in ("=", "+", "-", "@") else cell


def read_exports(paths: Iterable[str | Path]) -> pd.DataFrame:
    """The exports of several students as one table: columns student, event_id, at, kind, item, topic, given, right, sure, more (a dict).

    An event that stands in two files counts once. A file without a name for the student is named after the file.
    Raises InputError, naming file and column, for a file that is missing, is not such a table, or holds unreadable cells.
    """
    frames = []
    for path in map(Path, paths):
        try:
            frame = pd.read_csv(path, dtype=object, keep_default_na=False, encoding="utf-8-sig").map(_plain)
        except FileNotFoundError:
            raise InputError(f"{path.name}: no such file.") from None
        except (OSError, ValueError) as error:
            raise InputError(f"{path.name}: not a readable table ({error}).") from None
        if lacking := [column for column in NEEDED if column not in frame.columns]:
            raise InputError(f"{path.name}: the column '{lacking[0]}' is missing. Let the student export again with 'Write a table for the teacher'.")
        frame["student"] = frame["student"].replace("", path.stem)
        for row, cell in enumerate(frame["right"], start=2):
            if cell not in ("True", "False", ""):
                raise InputError(f"{path.name}, row {row}, column 'right': '{cell}' is not True or False.")
        try:
            frame["more"] = [json.loads(cell) if cell else {} for cell in frame["more"]]
            frame["sure"] = pd.to_numeric(frame["sure"].replace("", None))
        except ValueError as error:
            raise InputError(f"{path.name}: a cell in 'more' or 'sure' cannot be read ({error}).") from None
        frames.append(frame[NEEDED])
    if not frames:
        raise InputError("Name at least one exported file.")
    events = pd.concat(frames, ignore_index=True).drop_duplicates("event_id", ignore_index=True)
    events["right"] = events["right"].map({"True": True, "False": False, "": None})
    return events


def item_statistics(events: pd.DataFrame, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """How hard each question was, and how well it separates strong from weak students; the hardest first.

    Returns a DataFrame indexed by question_id: `lead_in`; `students` (each counts with the first answer); `share_right` (difficulty, 0..1);
    `discrimination` (correlation, -1..1, of being right here with the share of right answers to all OTHER questions; NaN with fewer than
    5 students or when all answered alike); `most_chosen_wrong` (letter, "" when nobody was wrong).
    Method: corrected item-total correlation; Ebel RL, Frisbie DA. Essentials of Educational Measurement. 5th ed. Prentice Hall; 1991.
    """
    kb = kb or load()
    answers = events[(events["kind"] == "answer") & events["right"].notna() & events["item"].isin(kb.questions.index)]
    first = answers.sort_values("at", kind="stable").drop_duplicates(["student", "item"])
    grid = first.pivot(index="student", columns="item", values="right").astype(float)
    rows = []
    for item in grid.columns:
        mine = grid[item].dropna()
        rest = grid.drop(columns=item).loc[mine.index].mean(axis=1)
        known = rest.notna()
        enough = known.sum() >= FEW and mine[known].nunique() > 1 and rest[known].nunique() > 1
        discrimination = float(np.corrcoef(mine[known], rest[known])[0, 1]) if enough else np.nan
        wrong = Counter(first.loc[(first["item"] == item) & (first["right"] == False), "given"])  # noqa: E712 - a column, compared element by element
        rows.append((item, kb.questions.loc[item, "lead_in"], len(mine), float(mine.mean()), discrimination, wrong.most_common(1)[0][0] if wrong else ""))
    columns = ["question_id", "lead_in", "students", "share_right", "discrimination", "most_chosen_wrong"]
    return pd.DataFrame(rows, columns=columns).set_index("question_id").sort_values(["share_right", "lead_in"])


def _cases(events: pd.DataFrame) -> pd.DataFrame:
    return events[events["kind"] == "case"]


def missed_findings(events: pd.DataFrame, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """What the class forgot to ask in the clinic, the most often forgotten first.

    Returns a DataFrame indexed by finding_id with `label`, `kind`, `missed` (encounters in which it stood on the best path and was not asked),
    `encounters` (with patients who could have told it) and `share` (missed of these, 0..1).
    """
    kb = kb or load()
    cases = _cases(events)
    counted = Counter(f for more in cases["more"] for f in more.get("missed", []) if f in kb.findings.index)
    hidden = kb.case_findings[~kb.case_findings["opening"]]
    told = hidden["finding_id"].groupby(hidden["case_id"]).agg(set)
    asked = Counter(f for case in cases["item"] for f in told.get(case, ()))
    rows = [(f, *kb.findings.loc[f, ["label", "kind"]], n, all_of_them, n / all_of_them) for f, n in counted.items() for all_of_them in [max(asked[f], n)]]
    frame = pd.DataFrame(rows, columns=["finding_id", "label", "kind", "missed", "encounters", "share"]).set_index("finding_id")
    return frame.sort_values(["missed", "share", "label"], ascending=[False, False, True])


def missed_sites(events: pd.DataFrame, kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """Where the class put the lesion wrongly: a DataFrame indexed by the right site_id ("none" when no nerve was hurt at one place) with `name`,
    `encounters`, `found`, `share_found` (0..1) and `most_often_taken_for`; the least found first."""
    kb = kb or load()
    told = pd.DataFrame([{**more, "right_site": more.get("right_site") or "none", "site": more.get("site") or "none"} for more in _cases(events)["more"]])
    if told.empty:
        return pd.DataFrame(columns=["name", "encounters", "found", "share_found", "most_often_taken_for"]).rename_axis("site_id")
    names = {**kb.sites["name"], "none": "no nerve at one place"}
    rows = []
    for site, group in told.groupby("right_site"):
        wrong = Counter(group.loc[~group["site_found"].astype(bool), "site"])
        taken = names.get(wrong.most_common(1)[0][0], "") if wrong else ""
        found = int(group["site_found"].astype(bool).sum())
        rows.append((site, names.get(site, site), len(group), found, found / len(group), taken))
    columns = ["site_id", "name", "encounters", "found", "share_found", "most_often_taken_for"]
    return pd.DataFrame(rows, columns=columns).set_index("site_id").sort_values(["share_found", "name"])
