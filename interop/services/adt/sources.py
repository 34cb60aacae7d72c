"""Which hospitals send, and what their own codes mean."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from interop.codecs.discharges import MEANINGS, statuses
from interop.models import AdtMessage, AdtSource, AdtStay, CodeKind, LocalCode
from interop.services.adt.stays import hold_source, stay_renew
from tenancy import access
from tenancy.context import current_agency
from tenancy.models import Membership
from tenancy.writes import for_change, refusing

FILES = "Files"
"""The source of messages that a command takes from files, where it names none."""


@transaction.atomic
def source_save(*, actor: Membership | None, source: AdtSource, version: int = 1, **said: Any) -> AdtSource:
    """Make a source, or change one. What came before stays as it was read then."""
    if actor:
        access.require(actor, "adt.configure")
    current = source if source._state.adding else for_change(source, version)
    for name, value in said.items():
        setattr(current, name, value)
    current.full_clean(exclude=["agency", "token"])
    with refusing(_("Another source has this name or this token: each needs its own.")):
        current.save()
    return current


def source_of_files(name: str) -> AdtSource | None:
    """The source that a command names; without a name the one for files, made when it is first asked for."""
    found = AdtSource.objects.filter(name=name or FILES).first()
    if found is None and not name:
        found = source_save(
            actor=None,
            source=AdtSource(name=FILES),
            time_zone=current_agency().time_zone,
            takes_tests=True,  # a person points at the files
        )
    return found


@transaction.atomic
def local_code_add(
    *, actor: Membership, source: AdtSource, kind: str, code: str, means: str, now: datetime
) -> LocalCode:
    """Say what a code of the source's own means, of all its stays: those that wait for it as well."""
    access.require(actor, "adt.configure")
    possible = MEANINGS if kind == CodeKind.PATIENT_CLASS else statuses()
    if means not in possible:
        raise ValidationError({"means": _("Choose what the code means.")})
    row = LocalCode(source=source, kind=kind, code=code.strip().casefold(), means=means)
    row.full_clean(exclude=["agency", "source"], validate_constraints=False)
    with refusing({"code": _("“%(code)s” has a meaning already: remove it first.") % {"code": code}}):
        row.save()
    _renew(source, row, now)
    return row


@transaction.atomic
def local_code_remove(*, actor: Membership, code: LocalCode, now: datetime) -> None:
    """The code means nothing any more, or what the standard says."""
    access.require(actor, "adt.configure")
    source = code.source
    code.delete()
    _renew(source, code, now)


@transaction.atomic
def messages_forget(*, now: datetime) -> int:
    """Forget the bytes of messages that were kept as long as their source says; how many. What was read from them stays."""
    count = 0
    for source in AdtSource.objects.order_by("pk"):
        old = AdtMessage.objects.filter(
            source=source, content__isnull=False, received_at__lt=now - timedelta(days=source.keep_days)
        )
        count += old.update(content=None)
    return count


def _renew(source: AdtSource, code: LocalCode, now: datetime) -> None:
    """Every stay in which the code stands."""
    hold_source(source, alone=True)
    name = "patient_class" if code.kind == CodeKind.PATIENT_CLASS else "disposition"
    stays = AdtStay.objects.select_for_update(of=("self",)).select_related("source", "patient").filter(source=source)
    for stay in stays.filter(**{f"facts__{name}__iexact": code.code}).order_by("pk"):
        stay_renew(stay, now)
