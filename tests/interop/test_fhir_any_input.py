"""Whatever is done to a bundle, the FHIR codec reads it or refuses it, and does nothing else."""

import copy
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from interop.codecs.fhir import FhirRefused, read_bundle
from tests.interop.fhir_examples import (
    ABSENT,
    TODAY,
    a_bundle,
    a_care_plan,
    a_care_team,
    a_condition,
    a_coverage,
    a_patient,
    a_practitioner,
    an_encounter,
    read,
    spoken,
)

WHOLE = a_bundle(
    a_patient(
        deceasedDateTime="2019-07-19T11:50:40+00:00",
        communication=[spoken("es", preferred=True)],
        telecom=[{"system": "phone", "value": "555-2", "period": {"start": "2001-02-03"}, "rank": 2}],
        address=[{"use": "home", "line": ["1 Elm"], "city": "Denver", "period": {"end": "2020-01-01"}}],
        contact=[
            {
                "relationship": [{"coding": [{"code": "MTH"}]}],
                "name": {"family": "Núñez", "given": ["Rosa"]},
                "telecom": [{"system": "phone", "value": "555-3"}],
                "period": {"start": "2001-02-03"},
            }
        ],
        extension=[
            {"url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", "valueBoolean": True}
        ],
    ),
    a_condition(abatementPeriod={"end": "2016-03-04"}),
    an_encounter(serviceProvider={"display": "Peak"}, location=[{"location": {"reference": "#l"}}]),
    an_encounter(
        id="e2",
        **{"class": {"code": "IMP"}},
        contained=[{"resourceType": "Location", "id": "l", "name": "Snow", "type": [{"coding": [{"code": "SNF"}]}]}],
        location=[{"location": {"reference": "#l"}}],
    ),
    a_coverage(
        order=2,
        identifier=[{"type": {"coding": [{"code": "MB"}]}, "value": "7"}],
        **{"class": [{"type": {"coding": [{"code": "group"}]}, "value": "g"}]},
    ),
    a_care_team(),
    a_care_plan(description="About sugar", addresses=[{"display": "Diabetes"}], created="2026-01-01"),
    a_practitioner(),
    {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/d1"}},
    {"resourceType": "Goal", "id": "g1"},
)
WHOLE["entry"][0] |= {"fullUrl": "urn:uuid:p1", "request": {"method": "POST", "url": "Patient"}}


def paths(node, path=()):
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from paths(child, (*path, key))


PATHS = [path for path in paths(WHOLE) if path]
JUNK = st.sampled_from(
    [ABSENT, None, True, 0, -1.5, 10**30, "", " ", "x", "\x00", "\ud800", "2015-02-30", "{}", [], {}]
)
DEEP = st.recursive(
    JUNK.filter(lambda junk: junk is not ABSENT),
    lambda part: (
        st.lists(part)
        | st.dictionaries(
            st.sampled_from(["coding", "code", "reference", "resourceType", "url", "extension", "id", "x"]), part
        )
    ),
    max_leaves=5,
)


def mutated(path, junk):
    bundle = copy.deepcopy(WHOLE)
    node = bundle
    for step in path[:-1]:
        node = node[step]
    if junk is ABSENT:
        del node[path[-1]]
    else:
        node[path[-1]] = junk
    return bundle


def outcome(text):
    try:
        return read_bundle(text, today=TODAY), None
    except FhirRefused as refused:
        return None, refused


def reads_or_refuses(text):
    found, fault = outcome(text)
    if fault:
        assert fault.refusals
        assert all(each.where and each.field and each.value and each.remedy for each in fault.refusals)
        assert all(leads_somewhere(each.place, text) for each in fault.refusals)
        assert str(fault).replace("\n", "").isprintable()
        return
    assert found.patient is None or (found.patient.source_id and found.patient.family and found.patient.mrn)
    assert all(condition.source_id and condition.code for condition in found.conditions)
    assert all(fact.source_id and leads_somewhere(place, text) for _, place, fact in found.facts)
    assert all(leads_somewhere(skipped.place, text) for skipped in found.skipped)
    repr(found).encode("utf-8")  # storable: no half of a surrogate pair came through


def leads_somewhere(place, text):
    """Whether a JSON pointer (RFC 6901) points at something in the text."""
    node = json.loads(text.removeprefix("\ufeff")) if place else None
    for step in place.split("/")[1:]:
        node = node[int(step)] if isinstance(node, list) else node[step.replace("~1", "/").replace("~0", "~")]
    return True


def test_the_bundle_to_mutate_is_sound():
    found = read(WHOLE)
    assert found.patient.language == "es"
    assert len(found.conditions) == 1
    assert [kind for kind, _, _ in found.facts] == ["Encounter", "Encounter", "Coverage", "CareTeam", "CarePlan"]
    assert len(found.patient.reach) == 3


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(PATHS), JUNK | DEEP)
@example(("entry", 3, "resource", "class"), "{}")
def test_any_mutation_reads_or_is_refused(path, junk):
    reads_or_refuses(json.dumps(mutated(path, junk)))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(json.dumps(WHOLE))), st.text(max_size=5))
def test_any_damage_to_the_text_reads_or_is_refused(at, inserted):
    text = json.dumps(WHOLE, ensure_ascii=False)
    reads_or_refuses(text[:at] + inserted)
    reads_or_refuses(text[:at] + inserted + text[at:])


def test_nesting_without_end_is_refused():
    nested = {"url": "urn:x"}
    for _ in range(400):
        nested = {"url": "urn:x", "extension": [nested]}
    found, fault = outcome(json.dumps(a_bundle(a_patient(extension=[nested]))))
    assert found is None
    assert [refusal.where for refusal in fault.refusals] == ["entry[0].resource Patient/p1"]
