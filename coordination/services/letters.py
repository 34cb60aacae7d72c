"""Mail: what a message says in words, and its way to the mail server. Counts, kinds and links; text alone, and nothing that tells
whether it was opened."""

from datetime import date, datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from coordination.models import DeadlineKind, Fault, Level, MessageKind, OutgoingMessage
from coordination.services.outbox import NotSent
from tenancy.context import current_agency
from tenancy.links import from_outside, here

LISTED = 20
"""Alerts that stand in one mail; of more it says how many."""
SAID_OF_LEVELS = {
    Level.WARNING: _lazy("due soon"),
    Level.TEAM: _lazy("due soon, and the care team is told"),
    Level.SUPERVISOR: _lazy("due soon, and supervisors are told"),
    Level.OVERDUE: _lazy("overdue"),
}


def letter_of(message: OutgoingMessage) -> EmailMessage:
    """What is mailed, in the context of its agency. The id of the message is the mail's: a repetition is known by it."""
    subject, text = (_digest if message.kind == MessageKind.DIGEST else _alerts)(message.payload)
    host = urlsplit(settings.SITE_URL).hostname
    headers = {"Message-ID": f"<{message.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, text, to=[message.person.user.email], headers=headers)


def letter_send(letter: EmailMessage) -> None:
    """Hand it to the mail server; NotSent when it is not taken."""
    try:
        letter.send()
    except SMTPRecipientsRefused as refused:
        status = next((code for code, _words in refused.recipients.values()), None)
        raise NotSent(Fault.REFUSED, status) from None
    except SMTPResponseException as refused:
        raise NotSent(Fault.ANSWER, refused.smtp_code) from None
    except TimeoutError:
        raise NotSent(Fault.TIMEOUT) from None
    except (SMTPException, OSError):
        raise NotSent(Fault.UNREACHABLE) from None


def _digest(payload: dict[str, Any]) -> tuple[str, str]:
    overdue, today = (sum(payload[part].values()) for part in ("overdue", "today"))
    parts = []
    if overdue:
        parts.append(_("%(n)d overdue") % {"n": overdue})
    if today:
        parts.append(_("%(n)d due today") % {"n": today})
    if told := sum(payload["escalated"].values()) + sum(payload["nobody"].values()):
        parts.append(ngettext("%(n)d for supervisors", "%(n)d for supervisors", told) % {"n": told})
    context = {
        "agency": current_agency(),
        "as_of": datetime.fromisoformat(payload["as_of"]),
        "sections": [
            (title, [(DeadlineKind(kind).label, n) for kind, n in payload[part].items()])
            for part, title in (
                ("overdue", _("Overdue")),
                ("today", _("Due today")),
                ("escalated", _("Supervisors were told, and nobody has acknowledged it")),
                ("nobody", _("Overdue or due today, and nobody is responsible")),
            )
            if payload[part]
        ],
    }
    return _titled(parts), _text("digest", context)


def _alerts(payload: dict[str, Any]) -> tuple[str, str]:
    alerts = payload["alerts"]
    parts = [ngettext("%(n)d alert", "%(n)d alerts", len(alerts)) % {"n": len(alerts)}]
    rows = [
        {
            "kind": DeadlineKind(each["kind"]).label,
            "level": SAID_OF_LEVELS[Level(each["level"])],
            "due_on": date.fromisoformat(each["due_on"]),
            "link": from_outside(here("coordination:deadline", deadline=UUID(each["deadline"]))),
        }
        for each in alerts[:LISTED]
    ]
    context = {"agency": current_agency(), "rows": rows, "more": max(0, len(alerts) - LISTED)}
    return _titled(parts), _text("alerts", context)


def _titled(parts: list[str]) -> str:
    return _("%(agency)s: %(what)s") % {"agency": current_agency().name, "what": ", ".join(parts)}


def _text(name: str, context: dict[str, Any]) -> str:
    links = {"start": from_outside(here("coordination:door")), "settings": from_outside(here("coordination:notices"))}
    return render_to_string(f"coordination/mail/{name}.txt", context | links).strip() + "\n"
