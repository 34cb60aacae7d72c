"""Words for hospitals' messages: events, questions and reasons."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interop.codecs.discharges import CLASSES, statuses
from interop.models import AdtStay, Question

QUESTION_WORDS = {
    Question.PATIENT.value: gettext_lazy("Whose stay is it?"),
    Question.KIND.value: gettext_lazy("Was it a stay that counts?"),
    Question.DESTINATION.value: gettext_lazy("Where did the patient go?"),
    Question.REFUSED.value: gettext_lazy("Could not be recorded"),
}
TABS = {
    Question.PATIENT.value: gettext_lazy("Patient"),
    Question.KIND.value: gettext_lazy("Kind of stay"),
    Question.DESTINATION.value: gettext_lazy("Destination"),
    Question.REFUSED.value: gettext_lazy("Not recorded"),
}
"""The questions, short enough for a phone."""
EVENTS = {
    "A01": gettext_lazy("admitted"),
    "A02": gettext_lazy("moved"),
    "A03": gettext_lazy("discharged"),
    "A04": gettext_lazy("registered"),
    "A06": gettext_lazy("became an inpatient"),
    "A07": gettext_lazy("became an outpatient"),
    "A08": gettext_lazy("corrected"),
    "A11": gettext_lazy("admission cancelled"),
    "A12": gettext_lazy("move cancelled"),
    "A13": gettext_lazy("discharge cancelled"),
    "A23": gettext_lazy("visit deleted"),
}
KINDS = {
    "inpatient": gettext_lazy("inpatient"),
    "observation": gettext_lazy("observation"),
    "emergency": gettext_lazy("emergency department"),
    "outpatient": gettext_lazy("outpatient"),
    "recurring": gettext_lazy("recurring"),
    "none": gettext_lazy("no stay"),
}
AGREES = {
    "number": gettext_lazy("the number"),
    "name": gettext_lazy("the name"),
    "birth_date": gettext_lazy("the birth date"),
}
REFUSALS = {
    "no_header": gettext_lazy("not HL7 v2"),
    "delimiters": gettext_lazy("delimiters not usable"),
    "too_large": gettext_lazy("too large"),
    "charset_unknown": gettext_lazy("unknown character set"),
    "charset_broken": gettext_lazy("text not in the character set it names"),
    "no_type": gettext_lazy("no message type"),
    "not_adt": gettext_lazy("not an ADT message"),
    "event_unknown": gettext_lazy("unknown event"),
    "version_unknown": gettext_lazy("unknown version"),
    "not_production": gettext_lazy("marked as a test"),
    "no_patient": gettext_lazy("names no patient"),
    "no_visit": gettext_lazy("names no visit"),
    "no_time": gettext_lazy("says no time"),
    "no_merge": gettext_lazy("names no number that ends"),
}
"""Why a message was not taken, by the id of its answer."""


def why(stay: AdtStay) -> str:
    """What the messages say that raises the question, or decides it; in one sentence."""
    code = stay.facts.get("disposition", "")
    if stay.question == Question.REFUSED:
        return stay.refusal
    sentences = {
        "class_unknown": _("The kind of stay is “%(code)s”, of which nobody has said what it means.")
        % {"code": stay.facts.get("patient_class", "") or _("nothing")},
        "outpatient_overnight": _(
            "Registered as an outpatient, and stayed over a night: it may have been observation."
        ),
        "disposition_missing": _("The hospital does not say where the patient went."),
        "disposition_unknown": _("“%(code)s” is a code of the hospital's own, of which nobody has said what it means.")
        % {"code": code},
        "emergency": _("A visit to the emergency department is no stay."),
        "outpatient": _("An outpatient visit is no stay."),
        "no_stay": _("Not a stay."),
        "died": _("The patient died."),
        "not_discharged": _("Still there."),
        "discharge_withdrawn": _("The discharge was cancelled: the patient is still there."),
        "admission_cancelled": _("The admission was cancelled."),
    }
    if stay.reason in sentences:
        return sentences[stay.reason]
    status = statuses().get(stay.status)
    return _("Went to: %(where)s.") % {"where": status.label} if status else ""


def kind_in_words(code: str) -> str:
    """A class as it was sent, with what the standard says it means."""
    meaning = CLASSES.get(code)
    return f"{code} ({KINDS[meaning]})" if meaning else code


def went_in_words(stay: AdtStay, sent: str) -> str:
    """A disposition as it was sent, with the patient status that it is."""
    status = statuses().get(stay.status)
    return f"{sent} ({status.label})" if status else sent
