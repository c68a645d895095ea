"""The pressure in a muscle compartment during and after a run: a teaching model, held against published cutoffs.

The curve is an estimate of ours. It has the shape that the studies describe, and its three legs were set to pass through the ranges of
`pressures.csv`; it is not fitted to any patient. While a leg runs, the pressure climbs toward its value at the moment of stopping; then
half of what is left to go is gone after each half-time. With every step the real pressure swings around this mean. The cutoffs are
those of `reference_values.csv`: Pedowitz 1990 for the exertional syndrome, diastolic minus compartment pressure for the acute one.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from heelkit.errors import InputError
from heelkit.tables import KnowledgeBase, load, unknown

NONE, CHRONIC, ACUTE = "none", "chronic", "acute"
PATTERNS = (NONE, CHRONIC, ACUTE)
LIMITS = {"rest": (0, 30), "minutes": (3, 40), "half_time": (0.5, 15), "diastolic": (40, 110)}  # what the model accepts
DIASTOLIC = 75.0
MOMENTS = {"after_1_minute": 1, "after_5_minutes": 5, "after_10_minutes": 10, "after_15_minutes": 15, "after_30_minutes": 30}
_CUTOFFS = {
    "rest": "compartment_pressure_rest",
    "after_1_minute": "compartment_pressure_1_min",
    "after_5_minutes": "compartment_pressure_5_min",
    "perfusion": "delta_pressure",
}


@dataclass(frozen=True)
class Leg:
    """A leg as the model starts it: pressures in mmHg, times in minutes. `rise` and `later_rise` are above `rest`."""

    rest: float
    rise: float  # reached at the moment of stopping
    later_rise: float  # approached afterward: 0 means back to rest
    minutes: float
    half_time: float


LEGS = {
    "healthy": Leg(rest=8, rise=32, later_rise=0, minutes=20, half_time=1),
    "chronic_exertional": Leg(rest=14, rise=65, later_rise=0, minutes=12, half_time=2.5),
    "acute": Leg(rest=14, rise=40, later_rise=56, minutes=10, half_time=10),
}


def cutoffs(kb: KnowledgeBase | None = None) -> dict[str, float]:
    """The cutoffs in mmHg, read from `reference_values.csv`: rest, after_1_minute, after_5_minutes, and perfusion.

    Perfusion is diastolic minus compartment pressure. Raises ValueError when a cell holds no number.

    >>> cutoffs()
    {'rest': 15.0, 'after_1_minute': 30.0, 'after_5_minutes': 20.0, 'perfusion': 30.0}
    """
    cells = (kb or load()).reference_values["cutoff"]
    found = {}
    for criterion, row in _CUTOFFS.items():
        number = re.search(r"\d+(\.\d+)?", str(cells.get(row)))
        if number is None:
            raise InputError(f"reference_values.csv, row '{row}': the cutoff holds no number.")
        found[criterion] = float(number.group())
    return found


def pressure(minute, leg: Leg):
    """Pressure in mmHg at a minute (a number or an array); 0 is the moment of stopping, the run begins at minus `leg.minutes`.

    Method: an exponential rise with a half-time of a third of the run, and an exponential approach to the later value; see the module.

    >>> [round(float(pressure(minute, LEGS["chronic_exertional"]))) for minute in (-12, 0, 2.5, 5)]
    [14, 79, 46, 30]
    """
    minute = np.asarray(minute, dtype=float)
    climbed = (1 - 0.5 ** (3 * (np.clip(minute, -leg.minutes, 0) / leg.minutes + 1))) / (1 - 0.5**3)
    gone = 0.5 ** (np.clip(minute, 0, None) / leg.half_time)
    after = leg.later_rise + (leg.rise - leg.later_rise) * gone
    return leg.rest + np.where(minute < 0, leg.rise * climbed, after)


def checked_leg(leg: str, rest: float | None = None, minutes: float | None = None, half_time: float | None = None, diastolic: float = DIASTOLIC) -> Leg:
    """The leg with the student's values in place of its own. Raises ValueError for an unknown leg or a value out of range."""
    if leg not in LEGS:
        raise unknown("leg", [leg], LEGS)
    start, given = LEGS[leg], {"rest": rest, "minutes": minutes, "half_time": half_time, "diastolic": diastolic}
    for name, value in given.items():
        low, high = LIMITS[name]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and low <= value <= high):
            raise InputError(f"{name} is {value!r}; it must be a number from {low:g} to {high:g}.")
    own = {"rest": start.rest, "minutes": start.minutes, "half_time": start.half_time}
    values = {name: float(own[name] if given[name] is None else given[name]) for name in own}
    return Leg(rise=start.rise, later_rise=start.later_rise, **values)


class Reading(NamedTuple):
    """A moment of a run, as a row of `run`."""

    moment: str
    minute: float
    pressure: float
    perfusion: float
    criterion: str
    met: str


def readings(leg: Leg, diastolic: float, limits: dict[str, float]) -> list[Reading]:
    """The rows of `run`; `limits` as `cutoffs` gives them."""
    rows = []
    for moment, minute in {"rest": -leg.minutes, "stop": 0, **MOMENTS}.items():
        value = float(pressure(minute, leg))
        criterion = met = ""
        if moment in limits:
            criterion, met = f"{limits[moment]:g} or more", "yes" if value >= limits[moment] else "no"
        elif moment == "after_30_minutes":
            criterion = f"diastolic minus pressure {limits['perfusion']:g} or less"
            met = "yes" if diastolic - value <= limits["perfusion"] else "no"
        rows.append(Reading(moment, float(minute), value, diastolic - value, criterion, met))
    return rows


def run(
    leg: str = "healthy",
    rest: float | None = None,
    minutes: float | None = None,
    half_time: float | None = None,
    diastolic: float = DIASTOLIC,
    kb: KnowledgeBase | None = None,
) -> pd.DataFrame:
    """A run of one leg, read off at the moments at which the cutoffs apply.

    Parameters: `leg` is healthy, chronic_exertional, or acute; `rest` is the resting pressure and `diastolic` the blood pressure (mmHg);
    `minutes` is how long the leg runs until it stops, `half_time` how long half of the change after stopping takes (minutes).

    Returns a DataFrame with columns moment, minute (0: stopping), pressure and perfusion (diastolic minus pressure; mmHg), criterion
    (in words; "" where none applies) and met ("yes", "no", ""). The last row asks whether perfusion is still at its cutoff or below
    half an hour after stopping. Raises ValueError for an unknown leg or a value out of range.

    >>> run("chronic_exertional").query("met != ''")[["minute", "pressure", "met"]].round().values.tolist()
    [[-12.0, 14.0, 'no'], [1.0, 63.0, 'yes'], [5.0, 30.0, 'yes'], [30.0, 14.0, 'no']]
    >>> run("healthy", rest=99)
    Traceback (most recent call last):
    heelkit.errors.InputError: rest is 99; it must be a number from 0 to 30.
    """
    own = checked_leg(leg, rest, minutes, half_time, diastolic)
    return pd.DataFrame(readings(own, diastolic, cutoffs(kb)), columns=Reading._fields)


def pattern(measured: pd.DataFrame) -> str:
    """What the criteria alone say of a run: "none", "chronic" (one of the three of Pedowitz is enough), or "acute".

    A pattern is not a diagnosis: the story must fit, and healthy legs can meet the criteria of the chronic pattern.

    >>> [pattern(run(leg)) for leg in LEGS]
    ['none', 'chronic', 'acute']
    """
    return pattern_of(measured.loc[measured["met"] == "yes", "moment"])


def pattern_of(met) -> str:
    """As `pattern`, from the moments whose criterion is met."""
    return ACUTE if "after_30_minutes" in set(met) else CHRONIC if len(met) else NONE
