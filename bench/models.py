"""The product's tables as a bare Django project would see them: no agency in context, no walls, nothing managed."""

from django.db import models


class Patient(models.Model):
    id = models.UUIDField(primary_key=True)
    agency_id = models.BigIntegerField()
    mrn = models.CharField(max_length=64)
    family_name = models.CharField(max_length=100)
    given_name = models.CharField(max_length=100)
    birth_date = models.DateField()
    sex = models.CharField(max_length=10)
    language = models.CharField(max_length=20)
    is_deceased = models.BooleanField()
    deceased_on = models.DateField(null=True)
    preferred_name = models.CharField(max_length=100)
    needs_interpreter = models.BooleanField()
    needs = models.TextField()
    preferences = models.TextField()
    version = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "coordination_patient"


class CareTeamMember(models.Model):
    """A patient's place with a coordinator; the list nests the patient in it."""

    id = models.UUIDField(primary_key=True)
    agency_id = models.BigIntegerField()
    patient = models.ForeignKey(Patient, on_delete=models.DO_NOTHING)
    member_id = models.UUIDField(null=True)
    role = models.CharField(max_length=20)
    from_day = models.DateField()
    to_day = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "coordination_careteammember"


class Contact(models.Model):
    id = models.UUIDField(primary_key=True)
    agency_id = models.BigIntegerField()
    patient_id = models.UUIDField()
    author_id = models.UUIDField()
    recorded_by_id = models.UUIDField()
    recorded_at = models.DateTimeField()
    form_key = models.UUIDField()
    service_date = models.DateField()
    spoken_to = models.CharField(max_length=10, default="nobody")
    mode = models.CharField(max_length=10, default="none")
    direction = models.CharField(max_length=5, blank=True, default="")
    outcome = models.CharField(max_length=15, default="done")
    note = models.TextField()
    flag = models.CharField(max_length=20, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")
    is_beyond_scheduling = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        managed = False
        db_table = "coordination_contact"
