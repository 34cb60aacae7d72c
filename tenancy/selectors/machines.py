"""Reading the tokens of machines."""

from datetime import datetime

from django.db.models import Case, IntegerField, QuerySet, Value, When

from tenancy.models import ServiceToken


def service_tokens(now: datetime) -> QuerySet[ServiceToken]:
    """All of them: those in force first, by name; then the others, the last made first."""
    over = Case(When(revoked_at=None, expires_at__gt=now, then=Value(0)), default=Value(1), output_field=IntegerField())
    return ServiceToken.objects.select_related("made_by", "revoked_by").order_by(over, "name", "-made_at")
