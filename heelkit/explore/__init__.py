"""What students touch: one function per explorer, each returning a widget with `.state` and `.result`."""

from heelkit.explore.conditions import conditions
from heelkit.explore.lesion import lesion
from heelkit.explore.next_test import next_test
from heelkit.explore.odds import odds
from heelkit.explore.skin import skin
from heelkit.explore.where import where
from heelkit.explore.wiring import wiring

__all__ = ["conditions", "lesion", "next_test", "odds", "skin", "where", "wiring"]
