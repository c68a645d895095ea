"""What students touch: one function per explorer, each returning a widget with `.state` and `.result`."""

from heelkit.explore.alarms import alarms
from heelkit.explore.card import card
from heelkit.explore.claims import claims
from heelkit.explore.clinic import clinic
from heelkit.explore.conditions import conditions
from heelkit.explore.lesion import lesion
from heelkit.explore.next_test import next_test
from heelkit.explore.odds import odds
from heelkit.explore.pressure import pressure
from heelkit.explore.progress import progress
from heelkit.explore.quiz import quiz, review
from heelkit.explore.skin import skin
from heelkit.explore.timeline import timeline
from heelkit.explore.where import where
from heelkit.explore.wiring import wiring

__all__ = [
    "alarms",
    "card",
    "claims",
    "clinic",
    "conditions",
    "lesion",
    "next_test",
    "odds",
    "pressure",
    "progress",
    "quiz",
    "review",
    "skin",
    "timeline",
    "where",
    "wiring",
]
