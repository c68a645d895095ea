"""Published series: of the patients somebody counted, how many had what. The starting weights are tempered from these, not copied."""

import pandas as pd

from heelkit.language import ENGLISH, check_language, texts
from heelkit.tables import KnowledgeBase, load, unknown

COLUMNS = ["target", "population", "percent", "counted", "n", "times", "setting_id", "condition_ids", "basis", "source_ids", "note"]


def series(condition_id: str | None = None, setting: str | None = None, kb: KnowledgeBase | None = None, language: str = ENGLISH) -> pd.DataFrame:
    """The published shares behind the pretest weights: all of them, those of one condition, of one setting, or of both.

    Parameters: `condition_id` keeps the rows that name this condition, alone or with others; `setting` those whose patients are most
    like the patients of this setting; `kb` a teacher's own tables; `language` "en" or "es".

    Returns a table indexed by `series_id`: what was counted (`target`), in whom (`population`), `percent` (0 to 100), `counted` and `n`
    (blank where the source does not say), and the setting, conditions, basis, sources and note of `series.csv`. `times` is how many
    times the smallest figure for a target fits into the largest (1.0 when there is one figure; infinite when one series found nobody).
    Figures for the same target stand together, from the smallest to the largest, and the target on which the series disagree most stands first.

    Raises ValueError for an unknown condition, setting or language, naming the nearest.

    >>> import heelkit
    >>> heelkit.series("inferior_calcaneal_neuropathy")["percent"].head(3).tolist()
    [0.8, 23.1, 62.8]
    >>> heelkit.series("heel_spurr")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    heelkit.errors.InputError: Unknown condition 'heel_spurr'; nearest: 'heel_spur'...
    """
    kb = kb or load()
    check_language(kb, language)
    if condition_id is not None and condition_id not in kb.conditions.index:
        raise unknown("condition", [condition_id], kb.conditions.index)
    if setting is not None and setting not in kb.settings.index:
        raise unknown("setting", [setting], kb.settings.index)
    found = kb.tables["series"]
    if condition_id is not None:
        found = found[[condition_id in ids.split(";") for ids in found["condition_ids"]]]
    if setting is not None:
        found = found[found["setting_id"] == setting]
    of_target = found.groupby("target")["percent"]
    smallest, largest = of_target.transform("min"), of_target.transform("max")
    found = found.assign(times=(largest / smallest).fillna(1.0))  # 0% in every series is no disagreement
    found = found.sort_values(["times", "target", "percent"], ascending=[False, True, True], kind="stable")
    shown = {field: texts(kb, "series", field, language)[found.index] for field in ("target", "population")}
    return found.assign(**shown)[COLUMNS]
