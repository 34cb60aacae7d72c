"""What a list, a page and a save cost at least: one query each, by DRF's ModelSerializer and by psycopg alone."""

import json
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import generics, serializers

from bench.models import CareTeamMember, Contact, Patient

ROWS = 25  # as the product's list
COLUMNS = [field.column for field in Patient._meta.local_fields]
LIST = (
    "SELECT t.id, t.member_id, t.role, t.from_day, t.to_day, "
    + ", ".join(f"p.{column}" for column in COLUMNS)
    + " FROM coordination_careteammember t JOIN coordination_patient p ON p.id = t.patient_id"
    " WHERE p.agency_id = %s ORDER BY p.family_name, p.given_name, p.id LIMIT %s"
)
ONE = LIST.replace("p.agency_id = %s", "t.patient_id = %s")


class PatientSerializer(serializers.ModelSerializer):
    class Meta:
        model = Patient
        fields = "__all__"


class MemberSerializer(serializers.ModelSerializer):
    patient = PatientSerializer()

    class Meta:
        model = CareTeamMember
        fields = "__all__"


class ContactSerializer(serializers.ModelSerializer):
    class Meta:
        model = Contact
        fields = "__all__"


class DrfList(generics.ListAPIView):
    serializer_class = MemberSerializer

    def get_queryset(self) -> Any:
        found = CareTeamMember.objects.select_related("patient").filter(patient__agency_id=self.kwargs["agency"])
        return found.order_by("patient__family_name", "patient__given_name", "patient__id")[:ROWS]


class DrfOne(generics.RetrieveAPIView):
    serializer_class = MemberSerializer
    lookup_field = "patient_id"
    queryset = CareTeamMember.objects.select_related("patient")


class DrfSave(generics.CreateAPIView):
    serializer_class = ContactSerializer


def _fetched(statement: str, params: list[Any]) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return HttpResponse(json.dumps(rows, default=str), content_type="application/json")


def raw_list(request: HttpRequest, agency: int) -> HttpResponse:
    return _fetched(LIST, [agency, ROWS])


def raw_one(request: HttpRequest, patient: str) -> HttpResponse:
    return _fetched(ONE, [patient, 1])


@csrf_exempt
def raw_save(request: HttpRequest) -> HttpResponse:
    sent = json.loads(request.body)
    columns = [field.column for field in Contact._meta.local_fields]
    defaults = {field.column: field.default for field in Contact._meta.local_fields if field.has_default()}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO coordination_contact ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
            [sent.get(column, defaults.get(column)) for column in columns],
        )
    return HttpResponse(status=201)


urlpatterns = [
    path("drf/list/<int:agency>/", DrfList.as_view()),
    path("raw/list/<int:agency>/", raw_list),
    path("drf/one/<uuid:patient_id>/", DrfOne.as_view()),
    path("raw/one/<uuid:patient>/", raw_one),
    path("drf/save/", DrfSave.as_view()),
    path("raw/save/", raw_save),
]
