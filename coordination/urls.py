"""Patients and the time spent for them, below /a/<slug>/."""

from django.urls import path

from coordination import time_urls
from coordination.views import conditions, demographics, enrollments, merges, patients

app_name = "coordination"
urlpatterns = [
    path("", patients.door, name="door"),
    path("patients/", patients.patients, name="patients"),
    path("patients/new/", demographics.patient_add, name="patient_add"),
    path("patients/<uuid:patient>/", patients.patient, name="patient"),
    path("patients/<uuid:patient>/details/", demographics.patient_details, name="patient_details"),
    path("patients/<uuid:patient>/merge/", merges.merge_choose, name="merge_choose"),
    path("patients/<uuid:patient>/merge/<uuid:other>/", merges.merge_preview, name="merge_preview"),
    path("merges/<uuid:merge>/", merges.merge, name="merge"),
    path("merges/<uuid:merge>/undo/", merges.merge_undone, name="merge_undone"),
    path("patients/<uuid:patient>/edit/", demographics.patient_edit, name="patient_edit"),
    path("patients/<uuid:patient>/enroll/", enrollments.enroll, name="enroll"),
    path("patients/<uuid:patient>/enrollments/<uuid:enrollment>/", enrollments.enrollment, name="enrollment"),
    path("patients/<uuid:patient>/conditions/new/", conditions.condition_new, name="condition_add"),
    path("patients/<uuid:patient>/conditions/<uuid:condition>/", conditions.condition, name="condition"),
    *time_urls.urlpatterns,
]
