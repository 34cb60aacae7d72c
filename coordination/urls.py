"""Patients and the time spent for them, below /a/<slug>/."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from coordination import deadline_urls, outbox_urls, time_urls, transition_urls
from coordination.views import chart, consent_texts, demographics, enrollments, looking, merges, patients, records
from coordination.views.kinds import KINDS

app_name = "coordination"
urlpatterns = [
    path("", patients.door, name="door"),
    path("patients/", patients.patients, name="patients"),
    path("patients/filters/", patients.patients_more_filters, name="patients_more_filters"),
    path("patients/new/", demographics.patient_add, name="patient_add"),
    path("patients/<uuid:patient>/", patients.patient, name="patient"),
    path("patients/<uuid:patient>/details/", demographics.patient_details, name="patient_details"),
    path("patients/<uuid:patient>/merge/", merges.merge_choose, name="merge_choose"),
    path("patients/<uuid:patient>/merge/<uuid:other>/", merges.merge_preview, name="merge_preview"),
    path("merges/<uuid:merge>/", merges.merge, name="merge"),
    path("merges/<uuid:merge>/undo/", merges.merge_undone, name="merge_undone"),
    path("patients/<uuid:patient>/access/", looking.patient_access, name="patient_access"),
    path("patients/<uuid:patient>/access/export/", looking.patient_access_export, name="patient_access_export"),
    path("patients/<uuid:patient>/history/", looking.patient_history, name="patient_history"),
    path("access/", looking.agency_access, name="agency_access"),
    path("access/export/", looking.agency_access_export, name="agency_access_export"),
    path("patients/<uuid:patient>/edit/", demographics.patient_edit, name="patient_edit"),
    path("patients/<uuid:patient>/chart/", chart.chart, name="chart"),
    path("consent-texts/", consent_texts.consent_texts, name="consent_texts"),
    path("patients/<uuid:patient>/enroll/", enrollments.enroll, name="enroll"),
    path("patients/<uuid:patient>/enrollments/<uuid:enrollment>/", enrollments.enrollment, name="enrollment"),
    *time_urls.urlpatterns,
    *transition_urls.urlpatterns,
    *outbox_urls.urlpatterns,
    *deadline_urls.urlpatterns,
]

SAID = {
    "door": _("the agency's door"),
    "patients": _("the list of patients"),
    "patients_more_filters": _("the filters of the list of patients"),
    "patient_add": _("adding a patient"),
    "patient": _("the overview"),
    "patient_details": _("the details"),
    "patient_edit": _("the form of who the patient is"),
    "merge_choose": _("choosing a record to merge with"),
    "merge_preview": _("the preview of a merge"),
    "merge": _("a merge"),
    "merge_undone": _("undoing a merge"),
    "patient_access": _("who looked"),
    "patient_access_export": _("who looked, as a file"),
    "patient_history": _("what was changed"),
    "agency_access": _("everybody's access"),
    "agency_access_export": _("everybody's access, as a file"),
    "chart": _("the chart"),
    "consent_texts": _("consent texts"),
    "enroll": _("enrolling"),
    "enrollment": _("the enrollment"),
    "time_log_record": _("logging time"),
    "time_log_preview": _("the effect of time being logged"),
    "time_log_more": _("logging time"),
    "timer_start": _("starting a timer"),
    "contact": _("an entry of time"),
    "contact_change": _("changing an entry of time"),
    "contact_change_preview": _("the effect of a change to an entry of time"),
    "contact_void": _("voiding an entry of time"),
    "contact_give_way": _("an overlap of time"),
    "contact_review": _("reviewing an entry of time"),
    "timers": _("my timers"),
    "timer": _("a timer"),
    "timer_stop": _("stopping a timer"),
    "timer_resume": _("resuming a timer"),
    "timer_take_back": _("taking back the start of a timer"),
    "timer_discard": _("discarding a timer"),
    "my_day": _("my day"),
    "day": _("a colleague's day"),
    "review": _("entries to review"),
    "months": _("closing months"),
    "month_lock": _("closing a month"),
    "month_entered": _("saying that a month is entered"),
    "month_unlock": _("opening a closed month"),
    "phrases": _("phrases for notes"),
    "phrase": _("a phrase for notes"),
    "phrase_remove": _("removing a phrase"),
    "shortcuts": _("single keys, on or off"),
    **outbox_urls.SAID,
    **transition_urls.SAID,
    **deadline_urls.SAID,
}
"""What the access log calls each page."""
for kind in KINDS:
    at, one = f"patients/<uuid:patient>/{kind.slug}/", f"<uuid:{kind.key}>/"
    urlpatterns += [
        path(at, records.everything(kind), name=f"{kind.key}_list"),
        path(f"{at}new/", records.editing(kind), name=f"{kind.key}_add"),
        path(f"{at}{one}", records.editing(kind), name=kind.key),
        path(f"{at}{one}take-back/", records.withdrawing(kind), name=f"{kind.key}_withdraw"),
    ]
    SAID |= {
        f"{kind.key}_list": kind.title,
        f"{kind.key}_add": kind.add,
        kind.key: kind.one,
        f"{kind.key}_withdraw": kind.one,
    }
