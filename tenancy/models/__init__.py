from tenancy.models.agency import Agency, AgencyType
from tenancy.models.audit import AccessAction, AccessLog, Crossing
from tenancy.models.base import (
    AgencyField,
    AgencyKey,
    CompositeForeignKey,
    LedgerRowModel,
    TenantForeignKey,
    TenantManager,
    TenantModel,
    Wall,
    uuid7,
)
from tenancy.models.history import MembershipEvent
from tenancy.models.people import PRACTITIONERS, Discipline, Membership, User

__all__ = [
    "PRACTITIONERS",
    "AccessAction",
    "AccessLog",
    "Agency",
    "AgencyField",
    "AgencyKey",
    "AgencyType",
    "CompositeForeignKey",
    "Crossing",
    "Discipline",
    "LedgerRowModel",
    "Membership",
    "MembershipEvent",
    "TenantForeignKey",
    "TenantManager",
    "TenantModel",
    "User",
    "Wall",
    "uuid7",
]
