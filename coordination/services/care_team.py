"""Who takes care of a patient: a place in the care team, and the lead handed from one coordinator to the next."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import CareTeamMember, CareTeamRole
from coordination.services.chart_checks import leads_beside
from coordination.services.records import hold_chart, record_save
from tenancy.models import Membership


@transaction.atomic
def care_team_save(
    *, actor: Membership, record: CareTeamMember, now: datetime, version: int = 0, hand_over: bool = False, **said: Any
) -> CareTeamMember:
    """Record or change a place. `hand_over`: whoever leads now stops the day before this lead begins. Raises as `record_save`."""
    if hand_over and said["role"] == CareTeamRole.LEAD:
        hold_chart(record)
        for lead in leads_beside(CareTeamMember(pk=record.pk, patient=record.patient, **said)):
            eve = said["from_day"] - timedelta(days=1)
            if eve < lead.from_day:
                raise ValidationError(
                    {
                        "from_day": _("The lead that is handed over began on %(day)s: this one begins after it.")
                        % {"day": lead.from_day.isoformat()}
                    }
                )
            record_save(actor=actor, record=lead, now=now, version=lead.version, to_day=eve)
    return record_save(actor=actor, record=record, now=now, version=version, **said)
