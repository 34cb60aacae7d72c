"""Whether anything that a month is decided by has changed since: a mark that is another one after every change."""

from uuid import UUID

import pgtrigger
from django.contrib.postgres.functions import RandomUUID
from django.db import models

from tenancy.models import AgencyField, AgencySettings, Holiday, TenantModel

OF_ALL = UUID(int=0)
"""Stands for the patient where all patients of an agency share what has changed: payers, contracts, terms."""


class FactsVersion(TenantModel):
    """A mark of a patient's facts, drawn anew by the statement that changes one. No mark is ever drawn twice.

    A patient has as many rows as have ever been written to at once, most of them one: whoever finds a row held by another transaction
    adds one instead of waiting, so that nobody who records anything waits here. All of a patient's marks together are the version, and
    none at all is one as well. There is no key to the patient, which would be held at the end of each such transaction.
    """

    id = models.BigAutoField(primary_key=True)
    agency = AgencyField(db_constraint=False)  # the rows that are marked have a key to it
    patient = models.UUIDField()
    mark = models.UUIDField(db_default=RandomUUID())

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["agency", "patient"], name="facts_version_of_patient")]


def marks_facts(subject: str = "patient_id") -> list[pgtrigger.Trigger]:
    """The triggers of a table that facts are read from: what becomes of the table is marked, however many rows a statement touches.

    `subject`: the column that names the patient, or a constant.
    """
    each = f"SELECT agency_id, {subject} AS patient FROM"
    new, old = pgtrigger.Referencing(new="after"), pgtrigger.Referencing(old="before")
    both = pgtrigger.Referencing(old="before", new="after")
    return [
        _marking("facts_added", pgtrigger.Insert, new, f"{each} after"),
        _marking("facts_changed", pgtrigger.Update, both, f"{each} before UNION {each} after"),
        _marking("facts_removed", pgtrigger.Delete, old, f"{each} before"),
    ]


def marks_facts_of_all() -> list[pgtrigger.Trigger]:
    """The same of a table that says something about all patients of an agency."""
    return marks_facts(f"'{OF_ALL}'::uuid")


def _marking(
    name: str, operation: pgtrigger.Operation, referencing: pgtrigger.Referencing, rows: str
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing,
        # A session keeps the plan of when it first came here, with few rows or with many, before the table was filled or after:
        # written so that each row is looked up by itself in any plan.
        func=f"""
            WITH about AS (SELECT DISTINCT * FROM ({rows}) AS touched),
            free AS (
                SELECT own.id FROM about CROSS JOIN LATERAL (
                    SELECT v.id FROM coordination_factsversion v
                    WHERE v.agency_id = about.agency_id AND v.patient = about.patient FOR UPDATE SKIP LOCKED
                ) AS own
            ),
            marked AS (
                UPDATE coordination_factsversion SET mark = DEFAULT WHERE id = ANY (ARRAY(SELECT id FROM free))
                RETURNING agency_id, patient
            )
            INSERT INTO coordination_factsversion (agency_id, patient)
            SELECT agency_id, patient FROM about EXCEPT SELECT agency_id, patient FROM marked;
            RETURN NULL;
        """,  # noqa: S608 - names of columns and of transition tables
    )


# What the agency chose, and its days off, are facts of all its patients; tenancy, where they stand, knows of no facts.
for each in (AgencySettings, Holiday):
    pgtrigger.register(*marks_facts_of_all())(each)
