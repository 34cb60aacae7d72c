"""The application's wall: the manager fails closed in every shape of query, and no way of writing reaches another agency."""

import asyncio
import pickle
import time
from datetime import date

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.db.models import Count, Exists, F, OuterRef, Prefetch, ProtectedError, Subquery

from coordination.models import Condition, Patient, PatientEvent, PatientToken
from tenancy.context import AgencyRequired, CrossAgency, agency_context
from tenancy.models import Agency, Membership, TenantModel, User, uuid7
from tests.tenancy.support import contents, tenant_models

pytestmark = pytest.mark.django_db


def fetch_asynchronously(queryset):
    async def fetch():
        try:
            return [row async for row in queryset.aiterator()]
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(fetch())


QUERIES = {
    "all": lambda: list(Patient.objects.all()),
    "filter": lambda: list(Patient.objects.filter(sex="female")),
    "exclude": lambda: list(Patient.objects.exclude(sex="male")),
    "exclude, exists": lambda: Patient.objects.exclude(sex="male").exists(),
    "exists": lambda: Patient.objects.exists(),
    "count": lambda: Patient.objects.count(),
    "aggregate": lambda: Patient.objects.aggregate(Count("pk")),
    "get": lambda: Patient.objects.get(mrn="QRIV-1"),
    "first": lambda: Patient.objects.first(),
    "contains": lambda: Patient.objects.contains(Patient(pk=uuid7())),
    "in_bulk": lambda: Patient.objects.in_bulk(),
    "values": lambda: list(Patient.objects.values("mrn")),
    "values_list": lambda: list(Patient.objects.values_list("mrn")),
    "dates": lambda: list(Patient.objects.dates("birth_date", "year")),
    "iterator": lambda: list(Patient.objects.iterator(chunk_size=10)),
    "slice": lambda: list(Patient.objects.all()[:1]),
    "distinct": lambda: list(Patient.objects.distinct()),
    "select_for_update": lambda: list(Patient.objects.select_for_update()),
    "select_related": lambda: list(Condition.objects.select_related("patient")),
    "prefetch_related": lambda: list(Patient.objects.prefetch_related("conditions")),
    "union": lambda: list(Patient.objects.filter(sex="female").union(Patient.objects.filter(sex="male"))),
    "difference": lambda: list(Patient.objects.all().difference(Patient.objects.filter(sex="male"))),
    "annotate over a join": lambda: list(Patient.objects.annotate(n=Count("conditions"))),
    "subquery in a model without an agency": lambda: list(
        User.objects.filter(pk__in=Membership.objects.values("user"))
    ),
    "exists in a model without an agency": lambda: list(
        User.objects.filter(Exists(Membership.objects.filter(user=OuterRef("pk"))))
    ),
    "annotated subquery in a model without an agency": lambda: list(
        Agency.objects.annotate(mrn=Subquery(Patient.objects.filter(agency=OuterRef("pk")).values("mrn")[:1]))
    ),
    "history": lambda: list(PatientEvent.objects.all()),
    "the base manager": lambda: list(Patient._base_manager.all()),
    "explain": lambda: Patient.objects.explain(),
    "pickle of a queryset": lambda: pickle.dumps(Patient.objects.all()),
    "update": lambda: Patient.objects.update(language="es"),
    "delete": lambda: Patient.objects.filter(sex="female").delete(),
    "create": lambda: Patient.objects.create(mrn="x", family_name="x", birth_date=date(2000, 1, 1)),
    "bulk_create": lambda: Patient.objects.bulk_create(
        [Patient(mrn="x", family_name="x", birth_date=date(2000, 1, 1))]
    ),
    "bulk_update": lambda: Patient.objects.bulk_update([Patient(pk=uuid7(), language="es")], ["language"]),
    "get_or_create": lambda: Patient.objects.get_or_create(mrn="x", defaults={"birth_date": date(2000, 1, 1)}),
    "update_or_create": lambda: Patient.objects.update_or_create(mrn="x", defaults={"birth_date": date(2000, 1, 1)}),
}


@pytest.mark.parametrize("shape", QUERIES)
def test_without_an_agency_a_query_is_refused(shape, worlds):
    with pytest.raises(AgencyRequired):
        QUERIES[shape]()


def test_not_even_a_queryset_of_nothing_is_read_without_an_agency(worlds):
    with pytest.raises(AgencyRequired):
        list(Patient.objects.none())
    with agency_context(worlds.riverbend.agency):
        assert list(Patient.objects.none()) == []


@pytest.mark.django_db(transaction=True)
def test_without_an_agency_an_asynchronous_query_is_refused(worlds):
    with pytest.raises(AgencyRequired):
        fetch_asynchronously(Patient.objects.exclude(sex="male"))


@pytest.mark.parametrize(
    "reach",
    [
        lambda world: list(world.patient.conditions.all()),
        lambda world: Condition.objects.filter(patient=world.patient).first().patient,
        lambda world: world.patient.refresh_from_db(),
        lambda world: list(world.coordinator.user.memberships.all()),
        lambda world: world.patient.events.count(),
    ],
    ids=["reverse", "forward", "refresh", "from a user", "history"],
)
def test_without_an_agency_an_instance_leads_nowhere(reach, worlds):
    with pytest.raises(AgencyRequired):
        reach(worlds.riverbend)


SEEN = {
    "prefetch": lambda: [
        len(p.found) for p in Patient.objects.prefetch_related(Prefetch("conditions", Condition.objects.all(), "found"))
    ],
    "select_related": lambda: sorted(
        {c.patient.family_name for c in Condition.objects.select_related("patient", "confirmed_by")}
    ),
    "subquery in a model without an agency": lambda: User.objects.filter(
        pk__in=Membership.objects.values("user")
    ).count(),
    "exists in a model without an agency": lambda: [
        agency.slug for agency in Agency.objects.filter(Exists(Patient.objects.filter(agency=OuterRef("pk"))))
    ],
    "reverse join from a model without an agency": lambda: (
        User.objects.filter(memberships__isnull=False).distinct().count()
    ),
    "exclude over a join": lambda: Patient.objects.exclude(conditions__icd10cm="I10").count(),
    "union": lambda: Patient.objects.filter(mrn="QRIV-1").union(Patient.objects.filter(mrn="QZHARB-1")).count(),
    "aggregate": lambda: Patient.objects.aggregate(n=Count("conditions"))["n"],
    "related create": lambda: Patient.objects.get().conditions.create(text="asthma").agency.slug,
    "in_bulk": lambda: len(Patient.objects.in_bulk()),
    "update": lambda: Patient.objects.update(language="es"),
    "update over a join": lambda: Condition.objects.filter(patient__sex="female").update(text=F("icd10cm")),
    "delete": lambda: PatientToken.objects.all().delete()[0] > 0,
    "update_or_create": lambda: Patient.objects.update_or_create(
        mrn="QZHARB-1", defaults={"birth_date": date(2000, 1, 1)}
    )[1],
}
ANSWERS = {
    "prefetch": [2],
    "select_related": ["LopezQRIV"],
    "subquery in a model without an agency": 8,  # one of each role, and the front desk
    "exists in a model without an agency": ["riverbend"],
    "reverse join from a model without an agency": 8,
    "exclude over a join": 0,
    "union": 1,
    "aggregate": 2,
    "related create": "riverbend",
    "in_bulk": 1,
    "update": 1,
    "update over a join": 2,
    "delete": True,
    "update_or_create": True,
}


@pytest.mark.parametrize("shape", SEEN)
def test_inside_an_agency_a_query_means_that_agency(shape, worlds):
    before = contents(worlds.harbor.agency)
    with agency_context(worlds.riverbend.agency):
        assert SEEN[shape]() == ANSWERS[shape]
    assert contents(worlds.harbor.agency) == before


def test_a_queryset_built_before_the_context_means_the_agency_it_is_read_in(worlds):
    query = Patient.objects.values_list("family_name", flat=True)
    with agency_context(worlds.harbor.agency):
        assert list(query.all()) == ["LopezQZHARB"]
    with agency_context(worlds.riverbend.agency):
        assert list(query.all()) == ["LopezQRIV"]


WRITES = {
    "save": lambda w: w.patient.save(),
    "save of one field": lambda w: w.patient.save(update_fields=["language"]),
    "delete": lambda w: w.patient.delete(),
    "create for the other agency": lambda w: Patient.objects.create(
        agency=w.agency, mrn="x", birth_date=date(2000, 1, 1)
    ),
    "bulk_create for the other agency": lambda w: Patient.objects.bulk_create(
        [Patient(agency=w.agency, mrn="x", birth_date=date(2000, 1, 1))]
    ),
    "get_or_create for the other agency": lambda w: Patient.objects.get_or_create(
        agency=w.agency, mrn="y", defaults={"birth_date": date(2000, 1, 1)}
    ),
    "bulk_update of the agency": lambda w: Patient.objects.bulk_update([w.patient], ["agency"]),
    "update of the agency": lambda w: Patient.objects.update(agency=w.agency),
    "update of the agency by its key": lambda w: Patient.objects.update(agency_id=w.agency.pk),
    "update_or_create into the other agency": lambda w: Patient.objects.update_or_create(
        mrn="QRIV-1", defaults={"agency": w.agency}
    ),
}


@pytest.mark.parametrize("way", WRITES)
def test_writing_for_another_agency_is_refused(way, worlds):
    before = contents(worlds.riverbend.agency), contents(worlds.harbor.agency)
    with pytest.raises(CrossAgency), agency_context(worlds.riverbend.agency):
        WRITES[way](worlds.harbor)
    assert (contents(worlds.riverbend.agency), contents(worlds.harbor.agency)) == before


def test_a_refused_save_does_not_spoil_the_transaction_it_happens_in(worlds):
    with agency_context(worlds.riverbend.agency):
        with pytest.raises(CrossAgency):
            worlds.harbor.patient.save()
        assert Patient.objects.count() == 1


def test_bulk_update_of_a_row_of_the_other_agency_changes_nothing(worlds):
    worlds.harbor.patient.language = "es"
    with agency_context(worlds.riverbend.agency):
        assert Patient.objects.bulk_update([worlds.harbor.patient], ["language"]) == 0
    with agency_context(worlds.harbor.agency):
        assert Patient.objects.get().language == ""


def test_an_instance_stripped_of_its_agency_overwrites_nothing(worlds):
    stolen = worlds.harbor.patient
    stolen.agency_id, stolen.family_name = None, "Overwritten"
    with agency_context(worlds.riverbend.agency), pytest.raises(IntegrityError), transaction.atomic():
        stolen.save()
    with agency_context(worlds.harbor.agency):
        assert [patient.family_name for patient in Patient.objects.all()] == ["LopezQZHARB"]


def test_an_instance_made_early_belongs_to_the_agency_it_is_saved_in(worlds):
    early = Patient(mrn="early", family_name="Early", given_name="", birth_date=date(2000, 1, 1))
    assert early.agency_id is None
    with agency_context(worlds.harbor.agency):
        early.save()
    assert early.agency_id == worlds.harbor.agency.pk


def test_full_clean_calls_a_foreign_reference_one_that_does_not_exist(worlds):
    def faults(patient_id):
        with pytest.raises(ValidationError) as refused:
            Condition(patient_id=patient_id, text="x").full_clean()
        return str(refused.value.message_dict).replace(str(patient_id), "ID")

    with agency_context(worlds.riverbend.agency):
        assert (
            faults(worlds.harbor.patient.pk)
            == faults(uuid7())
            == ("{'patient': [\"patient instance with id UUID('ID') is not a valid choice.\"]}")
        )


def test_people_and_agencies_cannot_be_deleted_from_under_their_rows(worlds):
    with pytest.raises(AgencyRequired):
        worlds.harbor.coordinator.user.delete()
    with agency_context(worlds.harbor.agency), pytest.raises(ProtectedError):
        worlds.harbor.coordinator.user.delete()

    # From here the membership is not seen, so it is PostgreSQL that refuses: first to look for the person's factors,
    # then, without looking, to delete people at all.
    with agency_context(worlds.riverbend.agency):
        with pytest.raises(ProgrammingError, match="no app.person in context"), transaction.atomic():
            worlds.harbor.coordinator.user.delete()
        people = User.objects.filter(pk=worlds.harbor.coordinator.user_id)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            people._raw_delete("default")


# Shape


def test_every_tenant_model_has_the_failing_manager_as_its_base():
    assert [model._meta.label for model in tenant_models() if model._meta.base_manager_name != "objects"] == []
    assert {type(model._base_manager).__name__ for model in tenant_models()} == {"TenantManager"}
    assert {type(model._default_manager).__name__ for model in tenant_models()} == {"TenantManager"}


def test_the_meta_of_every_tenant_model_inherits_the_base():
    heirs = [model for model in tenant_models() if issubclass(model, TenantModel)]
    assert len(heirs) >= 14
    for model in tenant_models():
        with pytest.raises(AgencyRequired):
            model.objects.exists()
        assert any(type(constraint).__name__ == "Wall" for constraint in model._meta.constraints), model


def test_a_uuid7_tells_its_version_and_sorts_by_time():
    now = time.time() * 1000
    keys = [uuid7() for _ in range(200)]
    assert {key.version for key in keys} == {7}
    assert {key.variant for key in keys} == {"specified in RFC 4122"}
    assert all(abs((key.int >> 80) - now) < 5000 for key in keys)
    assert [key.int >> 80 for key in keys] == sorted(key.int >> 80 for key in keys)
    assert len(set(keys)) == 200
