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
from heelkit.inquiry import expected_information
from heelkit.tables import KnowledgeBase, load, nearest, unknown

REFLEX_VALUES = ("reduced", "normal", "brisk")
DEFAULT_BACKGROUND = 0.03  # a structure without a finding of its own in the findings table
SECOND_LESION = 0.05  # how much rarer two lesions are than one, before examining (teaching estimate)
OUT_OF_ORDER = 0.02  # how far a length-dependent neuropathy may break its order


@dataclass(frozen=True)
class SiteModel:
    """P(lost) and P(brisk) of every structure at every site; rows are sites, columns structures."""

    sites: list[str]
    structures: dict[tuple[str, str], int]  #: (kind, id) -> column
    lost: np.ndarray
    brisk: np.ndarray
    background: np.ndarray
    log_pretest: np.ndarray
    nested: np.ndarray  #: bool per site: its skin is lost in a fixed order


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
    finding = {("region", i): f"numb_{i}" for i in kb.regions.index}
    finding |= {("muscle", i): f for i, f in kb.muscles["finding_id"].items()} | {("reflex", i): f for i, f in kb.reflexes["finding_id"].items()}
    frequency = kb.findings["background_frequency"]
    background = np.array([frequency.get(finding[key], DEFAULT_BACKGROUND) for key in keys])
    pretest = kb.sites["pretest_weight"].to_numpy(dtype=float)
    nested = (kb.sites["kind"] == "length_dependent").to_numpy()
    return SiteModel(sites, structures, lost, brisk, background, np.log10(pretest / pretest.sum()), nested)


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
                name = next(i for (_, i), c in model.structures.items() if c == column)
                raise ValueError(f"'{name}' cannot be both {'weak and strong' if kind == 'muscle' else 'numb and normal'}.")
            seen[column] = state
    for reflex, value in (reflexes or {}).items():
        (column,) = _checked(reflex, "reflex", "reflex", model)
        if value not in REFLEX_VALUES:
            close = nearest(value, REFLEX_VALUES)
            raise ValueError(f"The reflex '{reflex}' is '{value}'; it must be reduced, normal or brisk" + (f" (nearest: '{close[0]}')." if close else "."))
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
    names = {column: i for (_, i), column in model.structures.items()}
    explained, away = [], []
    for column, state in seen.items():
        chance = {"lost": p_lost[column], "brisk": p_brisk[column], "kept": 1 - p_lost[column] - p_brisk[column]}[state]
        if state == "kept":
            if chance < 0.5:  # the site should have taken it; where the site spares it, nothing needs explaining
                away.append(names[column])
        else:
            (explained if chance >= EXPLAINS else away).append(names[column])
    return ";".join(explained), ";".join(away)


def _separating(model: SiteModel, one: int, other: int, seen: dict[int, str]) -> tuple[str, float]:
    """The structure not examined yet that separates two sites best, and its expected bits."""
    open_ = [c for c in model.structures.values() if c not in seen]
    lost = 1 - (1 - model.lost[[one, other]]) * (1 - model.background)
    bits = expected_information(np.array([0.5, 0.5]), np.clip(lost[:, open_].T, 0.005, 0.995))
    best = int(np.argmax(bits))
    names = {column: i for (_, i), column in model.structures.items()}
    return names[open_[best]], float(bits[best])


def localize(
    weak=(), strong=(), numb=(), normal=(), reflexes: Mapping[str, str] | None = None, dermatome_map: str | None = None, kb: KnowledgeBase | None = None
) -> pd.DataFrame:
    """Where is the lesion? All sites ranked by how well they explain the examination.

    Parameters: ids of muscles that are `weak` and `strong`; of skin regions that are `numb` and `normal`; `reflexes` as
    {"ankle": "reduced"} with the values reduced, normal or brisk; the `dermatome_map` to use for roots (all, by default).

    Returns a DataFrame indexed by site_id, best first, with columns `name`, `kind`, `probability` (0..1, sums to 1),
    `explained` and `unexplained` (ids joined by ';': what the site explains, and what it would have to explain away),
    `best_test` (the muscle, region or reflex whose test separates this site best from the leader, or the leader
    from the runner-up) and `best_test_bits`. With nothing examined every site stands at its pretest weight, and
    `result.attrs["note"]` says so.

    Raises ValueError for an unknown muscle, region, reflex, reflex value or map, and for contradictions.

    >>> import heelkit
    >>> found = heelkit.localize(weak=["tibialis_anterior"], strong=["tibialis_posterior"], numb=["foot_dorsum_central"], reflexes={"ankle": "normal"})
    >>> found["kind"].iloc[0]
    'nerve'
    >>> heelkit.localize(weak=["tibialis_anterior"], strong=["tibialis_anterior"])
    Traceback (most recent call last):
    ValueError: 'tibialis_anterior' cannot be both weak and strong.
    """
    kb = kb or load()
    model = site_model(kb, dermatome_map)
    seen = _observations(weak, strong, numb, normal, reflexes, model)
    scores = model.log_pretest + _likelihood(model, model.lost, model.brisk, seen, model.nested)
    odds = 10 ** (scores - scores.max())
    order = np.argsort(-scores, kind="stable")
    rows = []
    for place, site in enumerate(order):
        explained, away = _split(model, model.lost[site], model.brisk[site], seen)
        rival = order[1] if place == 0 else order[0]
        rows.append((explained, away, *_separating(model, site, rival, seen)))
    columns = ["explained", "unexplained", "best_test", "best_test_bits"]
    frame = pd.DataFrame(rows, columns=columns, index=pd.Index([model.sites[i] for i in order], name="site_id"))
    frame.insert(0, "name", kb.sites["name"].reindex(frame.index))
    frame.insert(1, "kind", kb.sites["kind"].reindex(frame.index))
    frame.insert(2, "probability", (odds / odds.sum())[order])
    if not seen:
        frame.attrs["note"] = "Nothing has been examined yet: every site stands at its pretest weight."
    return frame


def smallest_explanations(
    weak=(), strong=(), numb=(), normal=(), reflexes: Mapping[str, str] | None = None, dermatome_map: str | None = None, kb: KnowledgeBase | None = None
) -> pd.DataFrame:
    """The smallest sets of lesions that explain every deficit: single sites if one is enough, otherwise pairs.

    Parameters and errors as in `localize`. Returns a DataFrame with columns `sites` (ids joined by ';'), `names`, `size`,
    `probability` (0..1 among the sets shown), `explained` and `unexplained`; fewest unexplained deficits first, then
    smallest, then most probable. A root and a trapped nerve together ("double crush") is the classic pair.

    >>> import heelkit
    >>> both = heelkit.smallest_explanations(weak=["tibialis_anterior"], numb=["heel_lateral", "leg_lateral"])
    >>> int(both["size"].iloc[0])
    1
    """
    kb = kb or load()
    model = site_model(kb, dermatome_map)
    seen = _observations(weak, strong, numb, normal, reflexes, model)
    singles = [(i,) for i in range(len(model.sites))]
    pairs = list(itertools.combinations(range(len(model.sites)), 2))
    rows = []
    for sets in (singles, pairs):
        index = np.array(sets)
        lost, brisk = 1 - np.prod(1 - model.lost[index], axis=1), model.brisk[index].max(axis=1)
        nested = model.nested[index].all(axis=1)
        scores = model.log_pretest[index].sum(axis=1) + _likelihood(model, lost, brisk, seen, nested)
        scores += np.log10(SECOND_LESION) * (index.shape[1] - 1)
        for i in np.argsort(-scores, kind="stable")[:12]:
            explained, away = _split(model, lost[i], brisk[i], seen)
            rows.append((";".join(model.sites[s] for s in sets[i]), len(sets[i]), scores[i], explained, away))
        if any(not row[4] for row in rows):
            break  # one lesion is enough: do not multiply causes
    frame = pd.DataFrame(rows, columns=["sites", "size", "score", "explained", "unexplained"])
    odds = 10 ** (frame.pop("score") - max(row[2] for row in rows))
    frame.insert(2, "probability", odds / odds.sum())
    frame.insert(1, "names", [" and ".join(kb.sites.loc[s, "name"] for s in sites.split(";")) for sites in frame["sites"]])
    left = frame["unexplained"].str.count(";") + (frame["unexplained"] != "")
    order = frame.assign(left=left).sort_values(["left", "size", "probability"], ascending=[True, True, False], kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def label_ids(joined: str, kb: KnowledgeBase) -> list[str]:
    """Labels of ids joined by ';' as `localize` returns them."""
    labels = {i: label for (_, i), label in structure_labels(kb).items()}
    return [labels[i] for i in joined.split(";") if i]
