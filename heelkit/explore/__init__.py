"""What students touch: one function per explorer, each returning a widget with `.state` and `.result`."""

from heelkit.explore.conditions import conditions

__all__ = ["conditions"]
