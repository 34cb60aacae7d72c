"""Addresses about time: the panel and an entry of a patient, my timers, days, months, phrases and keys."""

from django.urls import path, register_converter

from coordination.converters import DayConverter, MonthConverter
from coordination.views import contacts, days, locks, phrases, previews, reviews, shortcuts, time_logs, timers

register_converter(MonthConverter, "month")
register_converter(DayConverter, "day")

urlpatterns = [
    path("patients/<uuid:patient>/time/", time_logs.time_log_record_view, name="time_log_record"),
    path("patients/<uuid:patient>/time/preview/", previews.time_log_preview, name="time_log_preview"),
    path("patients/<uuid:patient>/time/more/", time_logs.time_log_more, name="time_log_more"),
    path("patients/<uuid:patient>/timer/", timers.start, name="timer_start"),
    path("patients/<uuid:patient>/contacts/<uuid:contact>/", contacts.contact, name="contact"),
    path("patients/<uuid:patient>/contacts/<uuid:contact>/change/", contacts.change, name="contact_change"),
    path(
        "patients/<uuid:patient>/contacts/<uuid:contact>/change/preview/",
        previews.contact_change_preview,
        name="contact_change_preview",
    ),
    path("patients/<uuid:patient>/contacts/<uuid:contact>/void/", contacts.void, name="contact_void"),
    path("patients/<uuid:patient>/contacts/<uuid:contact>/way/", contacts.give_way, name="contact_give_way"),
    path("patients/<uuid:patient>/contacts/<uuid:contact>/review/", contacts.review, name="contact_review"),
    path("timers/", timers.timers, name="timers"),
    path("timers/<uuid:timer>/", timers.timer, name="timer"),
    path("timers/<uuid:timer>/stop/", timers.stop, name="timer_stop"),
    path("timers/<uuid:timer>/resume/", timers.resume, name="timer_resume"),
    path("timers/<uuid:timer>/take-back/", timers.take_back, name="timer_take_back"),
    path("timers/<uuid:timer>/discard/", timers.discard, name="timer_discard"),
    path("time/", days.my_day, name="my_day"),
    path("time/<day:day>/<uuid:member>/", days.day, name="day"),
    path("time/review/", reviews.review_list, name="review"),
    path("time/months/", locks.months, name="months"),
    path("time/months/<month:month>/close/", locks.lock, name="month_lock"),
    path("time/months/<month:month>/entered/", locks.entered, name="month_entered"),
    path("time/months/opened/<uuid:lock>/", locks.unlock, name="month_unlock"),
    path("phrases/", phrases.phrases, name="phrases"),
    path("phrases/<uuid:phrase>/", phrases.phrase, name="phrase"),
    path("phrases/<uuid:phrase>/remove/", phrases.remove, name="phrase_remove"),
    path("keys/", shortcuts.shortcuts, name="shortcuts"),
]
