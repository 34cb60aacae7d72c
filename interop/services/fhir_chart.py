"""What a bundle says of a patient's chart beside conditions, as rows to keep: reach, coverages, visits, stays, care team, plans."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from itertools import count
from typing import Any

from django.db.models import Max

from coordination.models import (
    CarePlan,
    CareTeamMember,
    ContactPoint,
    Coverage,
    Patient,
    PatientAddress,
    PatientIdentifier,
    Payer,
    Proxy,
    Stay,
    Visit,
)
from coordination.selectors.payers import payers_named
from coordination.services.payers import payer_add
from interop.codecs.fhir import BundleRead, CoverageRead, Fact, PlaceRead, StayRead, VisitRead
from interop.codecs.fhir_reach import AddressRead, IdentifierRead, PointRead, ProxyRead, ReachRead
from interop.services.keeping import Said
from interop.services.reports import FileReport
from tenancy.models import PRACTITIONERS, Membership, TenantModel

REACH = {PointRead: ContactPoint, AddressRead: PatientAddress, ProxyRead: Proxy, IdentifierRead: PatientIdentifier}
SAME = {
    PointRead: ("kind", "value"),
    AddressRead: ("lines", "city", "postal_code"),
    ProxyRead: ("name",),
    IdentifierRead: ("kind", "value", "assigner"),
}
"""By which a number, address, person or identifier is the same one: files give them no id."""


def chart_said(patient: Patient, read: BundleRead, report: FileReport) -> list[Said]:
    """Every row that the bundle speaks of, each once; payers that are new are made on the way."""
    assert read.patient
    payers = _payers([fact for _, _, fact in read.facts if isinstance(fact, CoverageRead)], report)
    ours = _practitioners(fact.by.npi for _, _, fact in read.facts if isinstance(fact, VisitRead))
    order = count((Coverage.objects.filter(patient=patient).aggregate(last=Max("order"))["last"] or 0) + 1)
    said = {}
    for kind, place, each in read.patient.reach:
        row = _reached(kind, place, each)
        if said.setdefault((row.model, row.source_id), row) is not row:
            report.leave(kind, "skipped", "it is there twice, for another use or period", place=place)
    for kind, place, fact in read.facts:
        if isinstance(fact, (CoverageRead, PlaceRead)) and fact.note:
            report.note(kind, "taken", fact.note, "look at it on the patient's page", place)
        model, fields = _row(fact, payers, ours)
        if unordered := fields.get("order", 0) is None:
            del fields["order"]
        at_first = {"order": next(order)} if unordered else {}
        said[model, fact.source_id] = Said(kind, model, fact.source_id, place, fields, at_first)
    return list(said.values())


def _reached(kind: str, place: str, read: ReachRead) -> Said:
    fields = asdict(read)
    same = SAME[type(read)]
    written = "|".join(str(fields[name]) for name in same)
    return Said(kind, REACH[type(read)], hashlib.sha256(written.encode()).hexdigest(), place, fields, same=same)


def _row(fact: Fact, payers: dict[str, Payer], ours: dict[str, Membership]) -> tuple[type[TenantModel], dict[str, Any]]:
    """The kind of row that a fact becomes, and what stands in it."""
    fields = {name: value for name, value in vars(fact).items() if name not in ("source_id", "by", "note")}
    if isinstance(fact, CoverageRead):
        del fields["payer_kind"]
        return Coverage, fields | {"payer": payers[fact.payer]}
    if isinstance(fact, VisitRead):
        practitioner = ours.get(fact.by.npi)
        outside = "" if practitioner else fact.by.name
        return Visit, fields | {"practitioner": practitioner, "outside_practitioner": outside, "note": fact.note}
    if isinstance(fact, StayRead):
        return Stay, fields | {"note": fact.note}
    return (CareTeamMember if isinstance(fact, PlaceRead) else CarePlan), fields


def _payers(coverages: list[CoverageRead], report: FileReport) -> dict[str, Payer]:
    """By name; one that is new is made, and pays for nothing until it has a contract."""
    known = payers_named({each.payer for each in coverages})
    for each in coverages:
        if each.payer not in known:
            known[each.payer] = payer_add(actor=None, name=each.payer, kind=each.payer_kind)
            report.count("Payer", "new")
            report.changes("new", "Payer", each.payer, each.payer_kind)
    return known


def _practitioners(npis: Iterable[str]) -> dict[str, Membership]:
    """Those of the practice, by NPI."""
    wanted = set(npis) - {""}
    found = Membership.objects.filter(npi__in=wanted, discipline__in=PRACTITIONERS, is_active=True) if wanted else ()
    return {each.npi: each for each in found}
