"""Addresses about discharges: the agency's list, a patient's, one, and each thing that is said or decided of it."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from coordination.views import transition_acts, transitions

OF_PATIENT = "patients/<uuid:patient>/transitions/"
ONE = f"{OF_PATIENT}<uuid:transition>/"

urlpatterns = [
    path("transitions/", transitions.transitions, name="transitions"),
    path(OF_PATIENT, transitions.patient_transitions, name="patient_transitions"),
    path(f"{OF_PATIENT}new/", transitions.transition_add, name="transition_add"),
    path(ONE, transitions.transition, name="transition"),
    path(f"{ONE}looked-at/", transition_acts.looked_at, name="transition_looked_at"),
    path(f"{ONE}steps/<str:done>/", transition_acts.step_done, name="transition_step"),
    path(f"{ONE}steps/<uuid:step>/take-back/", transition_acts.step_withdraw, name="transition_step_withdraw"),
    *(
        path(f"{ONE}{act.key}/", transition_acts.acting(act), name=f"transition_{act.key}")
        for act in transition_acts.ACTS
    ),
]

SAID = {
    "transitions": _("the list of discharges"),
    "patient_transitions": _("a patient's discharges"),
    "transition_add": _("adding a discharge"),
    "transition": _("a discharge"),
    "transition_looked_at": _("looking at what a hospital changed"),
    "transition_step": _("a step after a discharge"),
    "transition_step_withdraw": _("taking back a step after a discharge"),
    "transition_change": _("correcting a discharge"),
    "transition_arrange": _("booking the visit after a discharge"),
    "transition_decide": _("deciding about a discharge within an earlier period"),
    "transition_end": _("ending the days after a discharge"),
    "transition_reopen": _("opening a discharge again"),
    "transition_cancel": _("cancelling a discharge"),
    "transition_ask": _("asking a clinician to judge"),
    "transition_judge": _("judging the decision making after a discharge"),
    "transition_unjudge": _("taking a judgement back"),
}
