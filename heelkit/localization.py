"""From deficits to the place of the lesion: every site is scored by how well it explains what was found.

For each site s, score(s) = log P(s before examining) + sum over what was examined of log P(observation | s), where a
structure that the site spares is lost only as often as in anybody (its background frequency). Bayes with
independent structures, except that length-dependent neuropathies take the skin in one fixed order, from the toes up.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from heelkit.anatomy import deficits, structure_labels
from heelkit.differential import EXPLAINS, as_ids
from heelkit.errors import InputError
from heelkit.inquiry import entropy
from heelkit.language import ENGLISH, check_language, texts
from heelkit.tables import KnowledgeBase, load, nearest, unknown

REFLEX_VALUES = ("reduced", "normal", "brisk")
DEFAULT_BACKGROUND = 0.03  # a structure without a finding of its own in the findings table
OUT_OF_ORDER = 0.02  # how far a length-dependent neuropathy may break its order


@dataclass(frozen=True)
class SiteModel:
    """P(lost) and P(brisk) of every structure at every site; rows are sites, columns structures."""

    sites: list[str]
    structures: dict[tuple[str, str], int]  #: (kind, id) -> column
    names: list[str]  #: id of each column
    lost: np.ndarray
    brisk: np.ndarray
    background: np.ndarray
    log_pretest: np.ndarray
    nested: np.ndarray  #: bool per site: its skin is lost in a fixed order
    testable: np.ndarray  #: bool per structure: there is a bedside test for it


@functools.lru_cache(maxsize=16)
def site_model(kb: KnowledgeBase, dermatome_map: str | None) -> SiteModel:
    """The anatomy of all sites as arrays. Raises ValueError for an unknown map."""
    sites = list(kb.sites.index)
    keys = [("region", i) for i in kb.regions.index] + [("muscle", i) for i in kb.muscles.index] + [("reflex", i) for i in kb.reflexes.index]
    structures = {key: column for column, key in enumerate(keys)}
    lost, brisk = np.zeros((len(sites), len(keys))), np.zeros((len(sites), len(keys)))
    for row, site in enumerate(sites):
        for d in deficits(site, dermatome_map, kb):
            if (d.kind, d.structure) in structures and d.direction in ("lost", "brisk"):
                (lost if d.direction == "lost" else brisk)[row, structures[d.kind, d.structure]] = d.probability
    if dermatome_map is not None:  # where the map is silent, all maps that speak stand in: silence is not a no
        speaks = set(kb.dermatomes.loc[kb.dermatomes["map_id"] == dermatome_map, "region_id"])
        silent = [structures["region", i] for i in kb.regions.index if i not in speaks]
        lost[:, silent] = site_model(kb, None).lost[:, silent]
    finding = {("region", i): f"numb_{i}" for i in kb.regions.index}
    finding |= {("muscle", i): f for i, f in kb.muscles["finding_id"].items()} | {("reflex", i): f for i, f in kb.reflexes["finding_id"].items()}
    frequency = kb.findings["background_frequency"]
    background = np.array([frequency.get(finding[key], DEFAULT_BACKGROUND) for key in keys])
    pretest = kb.sites["pretest_weight"].to_numpy(dtype=float)
    nested = (kb.sites["kind"] == "length_dependent").to_numpy()
    testable = np.array([kind != "muscle" or kb.muscles.loc[i, "bedside_sensitivity"] > 0 for kind, i in keys])
    return SiteModel(sites, structures, [i for _, i in keys], lost, brisk, background, np.log10(pretest / pretest.sum()), nested, testable)


def _checked(given: Iterable[str], what: str, kind: str, model: SiteModel) -> list[int]:
    ids = as_ids(given)
    valid = [i for k, i in model.structures if k == kind]
    strangers = [i for i in ids if i not in valid]
    if strangers:
        raise unknown(what, strangers, valid)
    return [model.structures[kind, i] for i in ids]


def _observations(weak, strong, numb, normal, reflexes, model: SiteModel) -> dict[int, str]:
    """Column -> "lost", "kept" or "brisk". Raises ValueError for anything unknown or contradictory."""
    seen: dict[int, str] = {}
    for given, what, kind, state in (
        (weak, "muscle", "muscle", "lost"),
        (strong, "muscle", "muscle", "kept"),
        (numb, "skin region", "region", "lost"),
        (normal, "skin region", "region", "kept"),
    ):
        for column in _checked(given, what, kind, model):
            if seen.get(column, state) != state:
                raise InputError(f"'{model.names[column]}' cannot be both {'weak and strong' if kind == 'muscle' else 'numb and normal'}.")
            seen[column] = state
    for reflex, value in (reflexes or {}).items():
        (column,) = _checked(reflex, "reflex", "reflex", model)
        if value not in REFLEX_VALUES:
            close = nearest(value, REFLEX_VALUES)
            raise InputError(f"The reflex '{reflex}' is '{value}'; it must be reduced, normal or brisk" + (f" (nearest: '{close[0]}')." if close else "."))
        seen[column] = {"reduced": "lost", "normal": "kept", "brisk": "brisk"}[value]
    return seen


def _likelihood(model: SiteModel, lost: np.ndarray, brisk: np.ndarray, seen: dict[int, str], nested: np.ndarray) -> np.ndarray:
    """log10 P(observations | site) for rows of P(lost) and P(brisk)."""
    either = 1 - (1 - lost) * (1 - model.background)
    factors = {}
    for column, state in seen.items():
        p_brisk = np.maximum(brisk[:, column], 0.01)
        p_lost = np.minimum(either[:, column], 1 - p_brisk)
        factors[column] = {"lost": p_lost, "brisk": p_brisk, "kept": 1 - p_lost - brisk[:, column]}[state]
    total = sum((np.log10(np.clip(f, 1e-4, 1)) for f in factors.values()), np.zeros(len(lost)))
    skin = [c for (kind, _), c in model.structures.items() if kind == "region" and c in seen]
    if skin and nested.any():
        independent = sum(np.log10(np.clip(factors[c], 1e-4, 1)) for c in skin)
        gone, kept = ([c for c in skin if seen[c] == state] for state in ("lost", "kept"))
        lowest = either[:, gone].min(axis=1) if gone else np.ones(len(lost))
        highest = either[:, kept].max(axis=1) if kept else np.zeros(len(lost))
        in_order = np.log10(np.maximum(lowest - highest, OUT_OF_ORDER * 10**independent))
        total = np.where(nested, total - independent + in_order, total)
    return total


def _split(model: SiteModel, p_lost: np.ndarray, p_brisk: np.ndarray, seen: dict[int, str]) -> tuple[str, str]:
    """Ids of what one site explains and of what it would have to explain away, each joined by ';'."""
    explained, away = [], []
    for column, state in seen.items():
        chance = {"lost": p_lost[column], "brisk": p_brisk[column], "kept": 1 - p_lost[column] - p_brisk[column]}[state]
        if state == "kept":
            if chance < 0.5:  # the site should have taken it; where the site spares it, nothing needs explaining
                away.append(model.names[column])
        else:
            (explained if chance >= EXPLAINS else away).append(model.names[column])
    return ";".join(explained), ";".join(away)


def _uncertainty(p: np.ndarray) -> np.ndarray:
    """Entropy in bits of an event with probability p."""
    return entropy(np.stack([p, 1 - p], axis=-1))


def _separating(model: SiteModel, sites: np.ndarray, rivals: np.ndarray, seen: dict[int, str]) -> tuple[list[str], np.ndarray]:
    """For each site and its rival, the structure not examined yet that separates them best, and its expected bits."""
    open_ = np.array([c for c in np.flatnonzero(model.testable) if c not in seen])
    lost = np.clip(1 - (1 - model.lost[:, open_]) * (1 - model.background[open_]), 0.005, 0.995)
    ours, theirs = lost[sites], lost[rivals]
    bits = _uncertainty((ours + theirs) / 2) - (_uncertainty(ours) + _uncertainty(theirs)) / 2
    best = bits.argmax(axis=1)
    return [model.names[open_[b]] for b in best], bits[np.arange(len(best)), best]


def localize(
    weak=(),
    strong=(),
    numb=(),
    normal=(),
    reflexes: Mapping[str, str] | None = None,
    dermatome_map: str | None = None,
    kb: KnowledgeBase | None = None,
    language: str = ENGLISH,
) -> pd.DataFrame:
    """Where is the lesion? All sites ranked by how well they explain the examination.

    Parameters: ids of muscles that are `weak` and `strong`; of skin regions that are `numb` and `normal`; `reflexes` as
    {"ankle": "reduced"} with the values reduced, normal or brisk; the `dermatome_map` to use for roots (all, by default; where a
    map says nothing about a region, all maps that do stand in for it); the `language` of the names, "en" or "es".

    Returns a DataFrame indexed by site_id, best first, with columns `name`, `kind`, `probability` (0..1, sums to 1),
    `explained` and `unexplained` (ids joined by ';': what the site explains, and what it would have to explain away),
    `best_test` (the muscle, region or reflex whose test separates this site best from the leader, or the leader
    from the runner-up) and `best_test_bits`. With nothing examined every site stands at its pretest weight, and
    `result.attrs["note"]` says so.

    Raises ValueError for an unknown muscle, region, reflex, reflex value, map or language, and for contradictions.

    >>> import heelkit
    >>> found = heelkit.localize(weak=["tibialis_anterior"], strong=["tibialis_posterior"], numb=["foot_dorsum_central"], reflexes={"ankle": "normal"})
    >>> found["kind"].iloc[0]
    'nerve'
    >>> heelkit.localize(weak=["tibialis_anterior"], strong=["tibialis_anterior"])
    Traceback (most recent call last):
    heelkit.errors.InputError: 'tibialis_anterior' cannot be both weak and strong.
    """
    kb = kb or load()
    model = site_model(kb, dermatome_map)
    seen = _observations(weak, strong, numb, normal, reflexes, model)
    scores = model.log_pretest + _likelihood(model, model.lost, model.brisk, seen, model.nested)
    odds = 10 ** (scores - scores.max())
    order = np.argsort(-scores, kind="stable")
    rivals = np.where(np.arange(len(order)) == 0, order[1], order[0])
    test, bits = _separating(model, order, rivals, seen)
    explained, away = zip(*(_split(model, model.lost[site], model.brisk[site], seen) for site in order), strict=True)
    frame = pd.DataFrame(
        {"explained": explained, "unexplained": away, "best_test": test, "best_test_bits": bits},
        index=pd.Index([model.sites[i] for i in order], name="site_id"),
    )
    frame.insert(0, "name", texts(kb, "sites", "name", check_language(kb, language)).reindex(frame.index))
    frame.insert(1, "kind", kb.sites["kind"].reindex(frame.index))
    frame.insert(2, "probability", (odds / odds.sum())[order])
    if not seen:
        frame.attrs["note"] = "Nothing has been examined yet: every site stands at its pretest weight."
    return frame


def smallest_explanations(
    weak=(),
    strong=(),
    numb=(),
    normal=(),
    reflexes: Mapping[str, str] | None = None,
    dermatome_map: str | None = None,
    most: int = 6,
    kb: KnowledgeBase | None = None,
) -> pd.DataFrame:
    """The smallest sets of lesions that explain everything found: single sites if one is enough, otherwise pairs.

    Parameters and errors as in `localize`; at most `most` sets are returned. When not even a pair explains everything,
    the pairs that leave least unexplained are. Returns a DataFrame, most probable first, with columns `sites` (ids
    joined by ';'), `names`, `size`, `probability` (0..1 among the sets shown), `explained` and `unexplained` (ids joined
    by ';'). A root and a trapped nerve together ("double crush") is the classic pair.

    >>> import heelkit
    >>> both = heelkit.smallest_explanations(weak=["tibialis_anterior"], numb=["heel_lateral", "leg_lateral"])
    >>> int(both["size"].iloc[0])
    1
    """
    kb = kb or load()
    model = site_model(kb, dermatome_map)
    seen = _observations(weak, strong, numb, normal, reflexes, model)
    names = kb.sites["name"].to_dict()
    for size in (1, 2):
        index = np.array(list(itertools.combinations(range(len(model.sites)), size)))
        lost, brisk = 1 - np.prod(1 - model.lost[index], axis=1), model.brisk[index].max(axis=1)
        scores = model.log_pretest[index].sum(axis=1) + _likelihood(model, lost, brisk, seen, model.nested[index].all(axis=1))
        rows = []
        for i in np.argsort(-scores, kind="stable"):
            explained, away = _split(model, lost[i], brisk[i], seen)
            sites = [model.sites[s] for s in index[i]]
            rows.append((";".join(sites), " and ".join(names[site] for site in sites), size, scores[i], explained, away))
        fewest = min(len(as_split(row[-1])) for row in rows)
        if fewest == 0:
            break  # so many lesions are enough: do not multiply causes
    rows = [row for row in rows if len(as_split(row[-1])) == fewest][:most]
    frame = pd.DataFrame(rows, columns=["sites", "names", "size", "score", "explained", "unexplained"])
    odds = 10 ** (frame.pop("score") - rows[0][3])
    frame.insert(3, "probability", odds / odds.sum())
    return frame


def as_split(joined: str) -> list[str]:
    """Ids joined by ';' as a list; empty for an empty text."""
    return [i for i in joined.split(";") if i]


def label_ids(joined: str, kb: KnowledgeBase) -> list[str]:
    """Labels of ids joined by ';' as `localize` returns them."""
    labels = {i: label for (_, i), label in structure_labels(kb).items()}
    return [labels[i] for i in as_split(joined)]
