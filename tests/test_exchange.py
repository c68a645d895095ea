"""What leaves heelkit for other programs: valid by the public schemas, true, and nothing lost unsaid."""

import json
import re

import pytest
from fhir.resources.R4B.bundle import Bundle
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from phenopackets.schema.v2 import Phenopacket

import heelkit

KB = heelkit.load()
EVERY = list(KB.findings.index)
CASES = {
    "nothing": {},
    "one each": {"present": ["tingling"], "absent": ["fever"], "condition": "tarsal_tunnel_syndrome"},
    "all present": {"present": EVERY, "condition": "ankle_dislocation"},
    "all absent": {"absent": EVERY},
    "half": {"present": EVERY[::2], "absent": EVERY[1::2], "condition": "plantar_fasciitis"},
}
EXPORTS = (heelkit.to_phenopacket, heelkit.to_fhir)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_packet_is_valid_by_the_public_schema_and_survives_it(case):
    packet = heelkit.to_phenopacket(**case)
    message = ParseDict(packet, Phenopacket())  # refuses what the schema does not know
    back = MessageToDict(message)
    assert {"phenotypicFeatures": [], **back} == packet
    assert json.loads(json.dumps(packet)) == packet


def test_the_schema_test_can_fail():
    packet = heelkit.to_phenopacket(present=["tingling"])
    with pytest.raises(ParseError):
        ParseDict({**packet, "left_out": []}, Phenopacket())
    with pytest.raises(ParseError):
        ParseDict({**packet, "phenotypicFeatures": [{"type": "HP:0003401"}]}, Phenopacket())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_finding_is_a_feature_or_left_out_with_a_reason(case):
    asked = {"present": case.get("present", ()), "absent": case.get("absent", ())}
    packet = heelkit.to_phenopacket(**asked)
    carried = {(label, f.get("excluded", False)) for f in packet["phenotypicFeatures"] for label in f["description"].split("; ")}
    lost = heelkit.without_hpo(**asked)
    named = {(row.label, row.state == "absent") for row in lost.itertuples()}
    assert carried | named == {(KB.findings.loc[f, "label"], state == "absent") for state, ids in asked.items() for f in ids}
    assert not carried & named
    said = packet["metaData"].get("updates", [{"comment": ""}])[0]["comment"]
    assert all(f"{row.label} ({row.state}): {row.why}" in said for row in lost.itertuples())


def test_a_wider_term_follows_only_from_presence_and_a_tighter_one_only_from_absence():
    def terms(**asked):
        return [f["type"]["label"] for f in heelkit.to_phenopacket(**asked)["phenotypicFeatures"]]

    wide, tight = ["numb_heel_medial"], ["urinary_retention"]
    assert (terms(present=wide), terms(absent=wide)) == (["Hypoesthesia"], [])
    assert (terms(present=tight), terms(absent=tight)) == ([], ["Urinary retention"])


def test_findings_that_share_a_term_become_one_feature():
    (feature,) = heelkit.to_phenopacket(present=["numb_heel_medial", "numb_heel_lateral"])["phenotypicFeatures"]
    assert feature["type"] == {"id": "HP:0033748", "label": "Hypoesthesia"}
    assert feature["description"] == "Numb inner side of the heel; Numb outer side of the heel"


def test_no_term_is_both_present_and_excluded():
    packet = heelkit.to_phenopacket(present=["numb_heel_medial"], absent=["numbness"])
    assert [f.get("excluded", False) for f in packet["phenotypicFeatures"]] == [False]
    assert heelkit.without_hpo(present=["numb_heel_medial"], absent=["numbness"]).index.tolist() == ["numbness"]


def test_a_modifier_does_not_stand_alone():
    assert heelkit.without_hpo(present=["bilateral_symptoms"])["why"].tolist() == ["'Bilateral' only qualifies another term"]


def test_metadata_names_each_ontology_whose_terms_are_used():
    meta = heelkit.to_phenopacket(present=["tingling"], condition="tarsal_tunnel_syndrome")["metaData"]
    assert [r["namespacePrefix"] for r in meta["resources"]] == ["HP", "MONDO"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", r["version"]) and r["iriPrefix"].endswith("_") for r in meta["resources"])
    assert meta["phenopacketSchemaVersion"] == "2.0"
    assert len(heelkit.to_phenopacket()["metaData"]["resources"]) == 1


def test_condition_without_a_true_term_is_said_to_be_left_out():
    for condition in KB.conditions.index:
        packet = heelkit.to_phenopacket(condition=condition)
        said = packet["metaData"].get("updates", [{"comment": ""}])[0]["comment"]
        assert ("diseases" in packet) != (f"{KB.conditions.loc[condition, 'name']} (condition)" in said)
        assert ("diseases" in packet) == (KB.conditions.loc[condition, "mondo_match"] in ("exact", "broad"))


@pytest.mark.parametrize("export", EXPORTS)
def test_same_findings_give_the_same_file(export):
    asked = {"present": EVERY[:9], "absent": EVERY[9:20], "subject_id": "case 1", "created": "2026-05-01T08:00:00+02:00"}
    assert json.dumps(export(**asked)) == json.dumps(export(**asked))
    assert "2026-05-01T08:00:00+02:00" in json.dumps(export(**asked))


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"present": ["tingeling"]}, "'tingling'"),
        ({"present": ["fever"], "absent": ["fever"]}, "Both present and absent"),
        ({"subject_id": " "}, "subject_id is blank"),
        ({"created": "2026-05-01"}, "write date, time and zone"),
        ({"created": "today"}, "write date, time and zone"),
        ({"created": None}, "write date, time and zone"),
    ],
)
def test_wrong_input_is_said_plainly(export, asked, says):
    with pytest.raises(heelkit.InputError, match=says):
        export(**asked)


def test_unknown_condition_names_the_nearest():
    with pytest.raises(heelkit.InputError, match="'plantar_fasciitis'"):
        heelkit.to_phenopacket(condition="plantar_fascitis")


def test_own_tables_are_used(worked_example):
    own = heelkit.load(worked_example)
    packet = heelkit.to_phenopacket(present=["numbness"], condition="diabetic_polyneuropathy", kb=own)
    assert packet["phenotypicFeatures"] == []
    assert packet["diseases"][0]["term"]["label"] == "diabetic polyneuropathy"
    assert heelkit.without_hpo(present=["numbness"], kb=own)["why"].tolist() == ["no term"]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_bundle_is_valid_fhir_and_holds_every_finding(case):
    asked = {"present": case.get("present", ()), "absent": case.get("absent", ())}
    bundle = heelkit.to_fhir(**asked)
    assert Bundle.model_validate(bundle)
    patient, *observations = [e["resource"] for e in bundle["entry"]]
    assert patient["resourceType"] == "Patient"
    values = [(o["code"]["text"], o["valueBoolean"]) for o in observations]
    assert values == [(KB.findings.loc[f, "label"], state == "present") for state, ids in asked.items() for f in ids]
    assert {o["subject"]["reference"] for o in observations} <= {bundle["entry"][0]["fullUrl"]}
    assert len({e["fullUrl"] for e in bundle["entry"]}) == len(bundle["entry"])
    coded = sum("coding" in o["code"] for o in observations)
    assert coded + len(heelkit.without_hpo(**asked)) == len(observations)


def test_the_fhir_test_can_fail():
    bundle = heelkit.to_fhir(present=["tingling"])
    del bundle["entry"][1]["resource"]["status"]
    with pytest.raises(ValueError, match="status"):
        Bundle.model_validate(bundle)
