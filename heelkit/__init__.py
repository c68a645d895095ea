"""heelkit: reason about a numb or painful heel. Teaching material, not a medical device."""

import importlib

from heelkit.differential import rank
from heelkit.inquiry import next_questions
from heelkit.many import rank_many
from heelkit.reasons import explain
from heelkit.red_flags import red_flags
from heelkit.tables import KnowledgeBase, TableError, load

__version__ = "0.1.0"
__all__ = ["KnowledgeBase", "TableError", "explain", "explore", "load", "next_questions", "rank", "rank_many", "red_flags"]


def __getattr__(name):
    # Widgets are slow to import; the reasoning must not wait for them.
    if name == "explore":
        return importlib.import_module("heelkit.explore")
    raise AttributeError(f"module 'heelkit' has no attribute '{name}'")
