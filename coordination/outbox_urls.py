"""Addresses about what leaves the product: one's mail and calendar, other systems, and where their links lead."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from coordination.views import notices, webhooks

urlpatterns = [
    path("deadlines/<uuid:deadline>/", notices.deadline, name="deadline"),
    path("notices/", notices.notices, name="notices"),
    path("notices/calendar/", notices.calendar_make, name="calendar_make"),
    path("notices/calendar/revoke/", notices.calendar_revoke, name="calendar_revoke"),
    path("outbox/", webhooks.outbox, name="outbox"),
    path("outbox/endpoints/<uuid:endpoint>/try/", webhooks.trial, name="endpoint_try"),
    path("outbox/endpoints/<uuid:endpoint>/pause/", webhooks.pause, name="endpoint_pause"),
    path("outbox/endpoints/<uuid:endpoint>/resume/", webhooks.resume, name="endpoint_resume"),
    path("outbox/endpoints/<uuid:endpoint>/remove/", webhooks.remove, name="endpoint_remove"),
    path("outbox/endpoints/<uuid:endpoint>/again/", webhooks.endpoint_again, name="endpoint_again"),
    path("outbox/messages/<uuid:message>/again/", webhooks.message_again, name="message_again"),
]

SAID = {
    "deadline": _("a deadline, by its link"),
    "notices": _("my mail and calendar"),
    "calendar_make": _("making an address for one’s calendar"),
    "calendar_revoke": _("revoking the address of one’s calendar"),
    "outbox": _("messages to other systems"),
    "endpoint_try": _("trying an endpoint"),
    "endpoint_pause": _("pausing an endpoint"),
    "endpoint_resume": _("resuming an endpoint"),
    "endpoint_remove": _("removing an endpoint"),
    "endpoint_again": _("sending an endpoint’s messages again"),
    "message_again": _("sending a mail again"),
}
