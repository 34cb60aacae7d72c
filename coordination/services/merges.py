"""Making two records of one person one, and taking that back.

Both hold the months whose time may move, as saving time does, and then lock the two records in the order of their keys: two people
merging at once, or one merging while another closes a month, wait for each other and neither does harm.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Patient, PatientMerge
from coordination.rules.months import month_of
from coordination.selectors import merges
from coordination.selectors.holding import hold_months
from coordination.selectors.merges import FIELDS, Reference
from coordination.services.deadlines import patients_renew
from coordination.services.patients import patient_index
from coordination.services.transitions import transitions_place, transitions_unplace
from tenancy import access
from tenancy.models import Membership, TenantModel
from tenancy.writes import refusing

LOOK_AGAIN = gettext_lazy("Something was recorded since this page was shown. Look again at what moves, then merge.")


class PreviewIsOld(Exception):
    """What would move is no longer what was shown."""


@transaction.atomic
def patients_merge(
    *, actor: Membership, kept: Patient, merged: Patient, reason: str, seen: str, now: datetime
) -> PatientMerge:
    """Everything that refers to `merged` refers to `kept` from now on, as the plan with the fingerprint `seen` said.

    What has no room there (a second open enrollment in one program), and time of closed months, stays with the merged record.
    Raises PreviewIsOld if anything changed since; ValidationError if one of the records was merged meanwhile.
    """
    access.require(actor, "patient.merge")
    kept, merged = _both_held(kept.pk, merged.pk, time_of=merged.pk)
    _refuse_merged(kept, merged)
    plan = merges.plan(kept, merged)
    if plan.fingerprint != seen:
        raise PreviewIsOld
    moved: dict[str, Any] = {FIELDS: plan.fills}
    for reference, keys in plan.moves.items():
        moved[reference.key] = [str(key) for key in keys]
        _point(reference, keys, kept)
    merge = PatientMerge(kept=kept, merged=merged, merged_by=actor, merged_at=now, reason=reason.strip(), moved=moved)
    merge.clean_fields(exclude=["agency", "kept", "merged", "merged_by", "undone_by"])
    merge.save(force_insert=True)
    for name, (_before, after) in plan.fills.items():
        setattr(kept, name, after)
    merged.merged_into = kept
    for each in (kept, merged):
        each.version += 1  # a form that was opened before notices
        each.save()
    patient_index(kept)
    for each in (kept, merged):
        transitions_place(each.pk, now=now)
    patients_renew([kept.pk, merged.pk], now=now)
    return merge


@transaction.atomic
def merge_undo(*, actor: Membership, merge: PatientMerge, now: datetime) -> PatientMerge:
    """Put every row and every field back where the merge took it from.

    What was recorded since stays with the kept record, except what was added to a row that goes back (another program's minutes of
    a moved contact), which goes with it. A filled field that somebody has rewritten since stays as they wrote it. Raises
    ValidationError with every reason why it is impossible, PreviewIsOld if time was saved there at this moment.
    """
    access.require(actor, "patient.merge")
    kept, merged = _both_held(merge.kept_id, merge.merged_id, time_of=merge.kept_id)
    merge = PatientMerge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at:
        raise ValidationError(_("This merge has been undone already."))
    if kept.merged_into_id or merged.merged_into_id != kept.pk:
        raise ValidationError(_("The kept record was itself merged into another since. Undo that merge first."))
    by_key = {each.key: each for each in merges.references()}
    going = {by_key[key]: {*keys} for key, keys in merge.moved.items() if key != FIELDS}
    _take_along(going, kept)
    transitions_unplace(kept.pk)
    if obstacles := list(_obstacles(going, kept)):
        raise ValidationError(obstacles)
    with refusing(
        _("Rows that would go back were changed since, so that the merged record would have two where it may have one.")
    ):
        for reference, keys in going.items():
            _point(reference, keys, merged)
    for name, (before, after) in merge.moved[FIELDS].items():
        if getattr(kept, name) == after:
            setattr(kept, name, before)
    merged.merged_into = None
    for each in (kept, merged):
        each.version += 1
        each.save()
    patient_index(kept)
    for each in (kept, merged):
        transitions_place(each.pk, now=now)
    patients_renew([kept.pk, merged.pk], now=now)
    merge.undone_by, merge.undone_at = actor, now
    merge.save()
    return merge


def _both_held(*keys: UUID, time_of: UUID) -> tuple[Patient, ...]:
    """The records as they are now, in the order asked for; none of the months in which `time_of` has time is closed meanwhile."""
    months = merges.months_of_time(time_of)
    hold_months(months)
    found = {each.pk: each for each in Patient.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if not merges.months_of_time(time_of) <= months:
        raise PreviewIsOld  # somebody saved time there at this moment, in a month that is not held
    return tuple(found[key] for key in keys)


def _refuse_merged(kept: Patient, merged: Patient) -> None:
    if kept.pk == merged.pk:
        raise ValidationError(_("These are one record. Choose another one."))
    if kept.merged_into_id or merged.merged_into_id:
        raise ValidationError(_("One of these records was merged already. Open it to see where it leads."))


def _point(reference: Reference, keys: Any, patient: Patient) -> None:
    reference.model._default_manager.filter(pk__in=list(keys)).update(**{reference.name: patient})


def _take_along(going: dict[Reference, set[str]], kept: Patient) -> None:
    """Add what has been recorded since below a row that goes back: minutes of a moved contact, a correction of it."""
    before = -1
    while (count := sum(map(len, going.values()))) != before:
        before = count
        for child, name, parent in merges.links():
            if _is_part(child, name, parent) and (parents := _keys(going, parent)):
                rows = child.rows_of(kept).filter(**{f"{name}__in": list(parents)})
                if found := {str(key) for key in rows.values_list("pk", flat=True)}:
                    going.setdefault(child, set()).update(found)


def _is_part(child: Reference, name: str, parent: type[TenantModel]) -> bool:
    """Whether a row is a part of the one it refers to, or merely names it."""
    return child.model is parent or not child.model._meta.get_field(name).null


def _keys(going: dict[Reference, set[str]], model: type[TenantModel]) -> set[str]:
    return set().union(*(keys for reference, keys in going.items() if reference.model is model))


def _obstacles(going: dict[Reference, set[str]], kept: Patient) -> Iterator[str]:
    """Every reason why rows cannot go back, in sentences."""
    closed = [month_of(month) for month in merges.locked_months()]
    for reference, keys in going.items():
        rows = list(reference.model._default_manager.filter(pk__in=list(keys)))
        what = reference.model._meta.verbose_name
        if gone := len(keys) - len(rows):
            yield _("%(n)d moved row (%(what)s) was removed since.") % {"n": gone, "what": what}
        if elsewhere := sum(getattr(row, f"{reference.name}_id") != kept.pk for row in rows):
            yield _("%(n)d moved row (%(what)s) belongs to another record by now.") % {"n": elsewhere, "what": what}
        days = [row.service_date for row in rows if hasattr(row, "service_date")]
        for first, last in closed:
            if any(first <= day <= last for day in days):
                yield _(
                    "%(month)s has been closed since, and its time (%(what)s) would move. Open that month first."
                ) % {
                    "month": date_format(first, "F Y"),
                    "what": what,
                }
    for child, name, parent in merges.links():
        if _names_across(child, name, parent, going, kept):
            yield _("A row (%(what)s) names another (%(named)s), and only one of the two would go back.") % {
                "what": child.model._meta.verbose_name,
                "named": parent._meta.verbose_name,
            }


def _names_across(
    child: Reference, name: str, parent: type[TenantModel], going: dict[Reference, set[str]], kept: Patient
) -> bool:
    """Whether since the merge a row that goes has come to name one that stays, or the other way round."""
    children, parents = going.get(child, set()), _keys(going, parent)
    ours = child.rows_of(kept)
    named_stays = ours.filter(pk__in=children, **{f"{name}__patient": kept}).exclude(**{f"{name}__in": parents})
    namer_stays = ours.exclude(pk__in=children).filter(**{f"{name}__in": parents})
    return named_stays.exists() or namer_stays.exists()
