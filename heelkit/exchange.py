"""A made-up patient for other programs: a GA4GH Phenopacket, or a FHIR Bundle of Observations.

A term of the Human Phenotype Ontology (HPO) is written only where it says nothing untrue. From a finding that is present
follows a wider term ("numb inner side of the heel" is a hypoesthesia), never a tighter one; from a finding that is absent
follows a tighter term, never a wider one. What a phenopacket cannot carry is told by `without_hpo` and in the packet itself.
"""

import uuid
from datetime import datetime

import pandas as pd

from heelkit.differential import check_findings
from heelkit.errors import InputError
from heelkit.tables import KnowledgeBase, load, unknown

CREATED = "2026-01-01T00:00:00Z"  # fixed, so that the same findings always give the same file
SCHEMA = "2.0"
_ALONE = ("phenotypic_abnormality", "past_medical_history")  # other branches of HPO only qualify a term
_FOLLOWS = {True: ("exact", "broad"), False: ("exact", "narrow")}  # is the finding present -> which terms follow from it


def _why_not(match: str, term: str | None, present: bool, kb: KnowledgeBase) -> str:
    """Why the ontology's term cannot stand for this finding or condition; blank when it can."""
    if term is None:
        return "no term"
    label, branch = kb.terms.loc[term, ["label", "branch"]]
    if branch not in (*_ALONE, "disease"):
        return f"'{label}' only qualifies another term"
    if match not in _FOLLOWS[present]:
        return f"'{label}' says more than what was found" if present else f"'{label}' is wider, so it may still be there"
    return ""


def _findings(present, absent, kb: KnowledgeBase) -> pd.DataFrame:
    """One row per finding, in the order given: label, present, hpo_id, why (blank when the term can be written)."""
    present, absent = check_findings(present, absent, kb)
    rows = []
    for finding in present + absent:
        label, term, match = kb.findings.loc[finding, ["label", "hpo_id", "hpo_match"]]
        rows.append((label, finding in present, term, _why_not(match, term, finding in present, kb)))
    table = pd.DataFrame(rows, columns=["label", "present", "hpo_id", "why"], index=pd.Index(present + absent, name="finding_id", dtype=object))
    there = set(table.loc[table["present"] & (table["why"] == ""), "hpo_id"])
    clash = ~table["present"].astype(bool) & (table["why"] == "") & table["hpo_id"].isin(there)
    table.loc[clash, "why"] = "another finding says that the term is present"
    return table


def _check(subject_id: str, created: str):
    if not str(subject_id).strip():
        raise InputError("subject_id is blank; give the made-up patient a name such as 'student-case'.")
    try:
        zoned = datetime.fromisoformat(created).tzinfo is not None
    except (TypeError, ValueError):
        zoned = False
    if not zoned:
        raise InputError(f"created is {created!r}; write date, time and zone as in '{CREATED}'.")


def without_hpo(present=(), absent=(), kb: KnowledgeBase | None = None) -> pd.DataFrame:
    """The findings that `to_phenopacket` cannot carry as HPO terms, each with the reason.

    Returns a DataFrame indexed by finding_id, in the order given, with columns `label`, `state` (present or absent) and `why`;
    empty when nothing is left out. Raises ValueError as `to_phenopacket` does.

    >>> from heelkit.exchange import without_hpo
    >>> without_hpo(present=["numb_heel_medial"], absent=["numb_heel_lateral"])["why"].tolist()
    ["'Hypoesthesia' is wider, so it may still be there"]
    """
    table = _findings(present, absent, kb or load())
    table = table[table["why"] != ""]
    state = ["present" if there else "absent" for there in table["present"]]
    return pd.DataFrame({"label": table["label"], "state": state, "why": table["why"]})


def _features(table: pd.DataFrame, kb: KnowledgeBase):
    """Phenotypic features; findings that share a term become one, told apart in its description."""
    carried = table[table["why"] == ""]
    for (there, term), same in carried.groupby(["present", "hpo_id"], sort=False):
        feature = {"type": {"id": term, "label": kb.terms.loc[term, "label"]}, "description": "; ".join(same["label"])}
        yield feature if there else {**feature, "excluded": True}


def _resource(ontology_id: str, kb: KnowledgeBase) -> dict:
    o = kb.ontologies.loc[ontology_id]
    names = {"name": "name", "url": "url", "version": "version", "namespacePrefix": "namespace_prefix", "iriPrefix": "iri_prefix"}
    return {"id": ontology_id, **{theirs: o[ours] for theirs, ours in names.items()}}


def to_phenopacket(
    present=(), absent=(), subject_id: str = "student-case", kb: KnowledgeBase | None = None, condition: str | None = None, created: str = CREATED
) -> dict:
    """The findings of a made-up patient as a GA4GH Phenopacket (schema version 2.0), ready for `json.dumps`.

    Parameters: finding ids that are `present` and `absent`; `subject_id`, never a real patient's name; `condition`, the id of
    the condition that somebody settled on, written as a disease with its MONDO term; `created`, date, time and zone, fixed
    unless given, so that the same findings always give the same packet.

    Returns a dict with `id`, `subject`, `phenotypicFeatures` (HPO terms, `excluded` for absent findings, our own words in
    `description`), `diseases` when a condition is given, and `metaData` with the ontologies and their releases. What has no
    true term is named with the reason in the comment of `metaData.updates`; `heelkit.without_hpo` gives the findings as a table.

    Raises ValueError for an unknown finding or condition (naming the nearest), a finding both present and absent, a blank
    `subject_id`, or a `created` without date, time and zone.

    >>> import heelkit
    >>> packet = heelkit.to_phenopacket(present=["tingling"], absent=["fever"], condition="tarsal_tunnel_syndrome")
    >>> [(f["type"]["label"], f.get("excluded", False)) for f in packet["phenotypicFeatures"]]
    [('Paresthesia', False), ('Fever', True)]
    >>> packet["diseases"]
    [{'term': {'id': 'MONDO:0006994', 'label': 'tarsal tunnel syndrome'}}]
    """
    kb = kb or load()
    _check(subject_id, created)
    table = _findings(present, absent, kb)
    lost = [f"{row.label} ({'present' if row.present else 'absent'}): {row.why}" for row in table.itertuples() if row.why]
    used, diseases = ["hp"], {}
    if condition is not None:
        if condition not in kb.conditions.index:
            raise unknown("condition", [condition], kb.conditions.index)
        name, term, match = kb.conditions.loc[condition, ["name", "mondo_id", "mondo_match"]]
        why = _why_not(match, term, True, kb)
        if why:
            lost.append(f"{name} (condition): {why}")
        else:
            used.append("mondo")
            diseases = {"diseases": [{"term": {"id": term, "label": kb.terms.loc[term, "label"]}}]}
    creator = f"heelkit {kb.descriptor['version']}"
    note = {"timestamp": created, "updatedBy": creator, "comment": f"Left out, because no ontology term says it: {'. '.join(lost)}."}
    return {
        "id": str(subject_id),
        "subject": {"id": str(subject_id)},
        "phenotypicFeatures": list(_features(table, kb)),
        **diseases,
        "metaData": {
            "created": created,
            "createdBy": creator,
            "resources": [_resource(o, kb) for o in used],
            **({"updates": [note]} if lost else {}),
            "phenopacketSchemaVersion": SCHEMA,
        },
    }


def to_fhir(present=(), absent=(), subject_id: str = "student-case", kb: KnowledgeBase | None = None, created: str = CREATED) -> dict:
    """The findings of a made-up patient as a FHIR R4B Bundle: one Patient and one Observation per finding.

    Parameters and errors as in `to_phenopacket`. No finding is lost: each Observation says the finding in our own words, true
    or false, and carries an HPO code where that says nothing untrue.

    Returns a dict, ready for `json.dumps`; the same findings always give the same Bundle.

    >>> import heelkit
    >>> [e["resource"]["resourceType"] for e in heelkit.to_fhir(absent=["fever"])["entry"]]
    ['Patient', 'Observation']
    """
    kb = kb or load()
    _check(subject_id, created)

    def entry(name: str, resource: dict) -> dict:
        return {"fullUrl": uuid.uuid5(uuid.NAMESPACE_OID, f"heelkit/{subject_id}/{name}").urn, "resource": resource}

    patient = entry("", {"resourceType": "Patient", "identifier": [{"value": str(subject_id)}]})
    entries = [patient]
    hpo = kb.ontologies.loc["hp"]
    for row in _findings(present, absent, kb).itertuples():
        code = {"text": row.label}
        if not row.why:
            code["coding"] = [{"system": hpo["fhir_system"], "version": hpo["version"], "code": row.hpo_id, "display": kb.terms.loc[row.hpo_id, "label"]}]
        observation = {"resourceType": "Observation", "status": "final", "code": code, "valueBoolean": row.present}
        entries.append(entry(row.Index, {**observation, "subject": {"reference": patient["fullUrl"]}, "effectiveDateTime": created}))
    return {"resourceType": "Bundle", "type": "collection", "timestamp": created, "entry": entries}
