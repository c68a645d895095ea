"""What several explorers tell the browser once, in the language of the class: findings, settings, conditions, red flags."""

import pandas as pd

from heelkit.differential import NONE_OF_THESE
from heelkit.language import Speech
from heelkit.red_flags import red_flags


def records(frame: pd.DataFrame, columns: list[str]) -> list[dict]:
    """Rows as plain dicts that survive JSON (no numpy scalars).

    >>> records(pd.DataFrame({"n": [1], "name": ["heel"]}), ["name"])
    [{'name': 'heel'}]
    """
    return [dict(zip(columns, row, strict=True)) for row in zip(*(frame[c].tolist() for c in columns), strict=True)]


def finding_topics(say: Speech) -> list[dict]:
    """The findings in their groups, each with id, label, plain, kind and effort; groups in their order, findings by label."""
    findings = say.kb.findings.assign(label=say.column("findings", "label"), plain=say.column("findings", "plain_label"))
    findings = findings.sort_values("label").reset_index(names="id")
    names, order = say.column("topics", "label"), say.kb.topics.sort_values("display_order").index
    columns = ["id", "label", "plain", "kind", "effort"]
    return [{"label": names[topic], "findings": records(findings[findings["topic_id"] == topic], columns)} for topic in order]


def setting_list(say: Speech) -> list[dict]:
    """The settings: id, label, description."""
    return [{"id": i} | {field: say.of("settings", field, i) for field in ("label", "description")} for i in say.kb.settings.index]


def condition_names(say: Speech) -> dict[str, str]:
    """The name of every condition, and of none of these, by id."""
    return say.column("conditions", "name").to_dict() | {NONE_OF_THESE: say("none_of_these")}


def named(names: pd.Series) -> list[dict]:
    """Id and name, sorted by name."""
    return [{"id": i, "name": name} for i, name in names.sort_values().items()]


def raised(present, absent, say: Speech) -> list[dict]:
    """The red flags of what is known, the urgent ones first."""
    flags = red_flags(present, absent, kb=say.kb, language=say.language)
    return [] if flags.empty else records(flags, ["red_flag_id", "level", "name", "action", "time_frame", "findings"])


def split_answers(answers: dict[str, str]) -> tuple[list[str], list[str]]:
    """Answers of the browser as the two lists that `heelkit.rank` takes.

    >>> split_answers({"tingling": "present", "fever": "absent"})
    (['tingling'], ['fever'])
    """
    return tuple([f for f, state in answers.items() if state == wanted] for wanted in ("present", "absent"))


def asked_in_words(answers: dict[str, str], say: Speech) -> str:
    """What was asked so far, as one line: "present: numb heel; absent: fever"."""
    lists = zip(("present", "absent"), split_answers(answers), strict=True)
    return "; ".join(f"{say(state)}: {', '.join(say.of('findings', 'label', i) for i in ids)}" for state, ids in lists if ids) or say("nothing_asked")
