"""heelkit: reason about a numb or painful heel. Teaching material, not a medical device."""

import importlib

from heelkit.citations import cite
from heelkit.differential import rank
from heelkit.errors import InputError, TableError
from heelkit.facts import facts
from heelkit.inquiry import next_questions
from heelkit.judged import verdicts
from heelkit.many import rank_many
from heelkit.reasons import explain
from heelkit.red_flags import red_flags
from heelkit.series import series
from heelkit.tables import KnowledgeBase, load, use
from heelkit.uncertainty import certainty, change_my_mind, margin

__version__ = "0.1.0"
__all__ = [
    "InputError",
    "KnowledgeBase",
    "TableError",
    "cards",
    "certainty",
    "change_my_mind",
    "cite",
    "explain",
    "explore",
    "facts",
    "figure_tables",
    "figures",
    "lesion",
    "load",
    "localize",
    "margin",
    "marking",
    "next_questions",
    "odds",
    "rank",
    "rank_many",
    "red_flags",
    "review",
    "series",
    "smallest_explanations",
    "teacher",
    "timeline",
    "to_fhir",
    "to_phenopacket",
    "use",
    "verdicts",
    "without_hpo",
]

# Graphs, figures and widgets are slow to import; a plain `import heelkit` must not wait for them.
_LATER = {
    "lesion": "heelkit.anatomy",
    "localize": "heelkit.localization",
    "smallest_explanations": "heelkit.localization",
    "to_fhir": "heelkit.exchange",
    "to_phenopacket": "heelkit.exchange",
    "without_hpo": "heelkit.exchange",
}
_ROOMS = ("cards", "explore", "figure_tables", "figures", "marking", "odds", "review", "teacher", "timeline")


def __getattr__(name):
    if name in _ROOMS:
        return importlib.import_module(f"heelkit.{name}")
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module 'heelkit' has no attribute '{name}'")
