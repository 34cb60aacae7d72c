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
from tenancy.models.history import (
    AgencySettingsEvent,
    HolidayEvent,
    LicenceEvent,
    MembershipEvent,
    SiteEvent,
    TeamEvent,
)
from tenancy.models.people import BEHAVIORAL, PRACTITIONERS, Discipline, Membership, User, signed
from tenancy.models.places import LONGEST_IDLE_MINUTES, AgencySettings, Election, Holiday, Place, Site, Team
from tenancy.models.staff import LICENSED, Invitation, Licence

__all__ = [
    "BEHAVIORAL",
    "LICENSED",
    "LONGEST_IDLE_MINUTES",
    "PRACTITIONERS",
    "AccessAction",
    "AccessLog",
    "Agency",
    "AgencyField",
    "AgencyKey",
    "AgencySettings",
    "AgencySettingsEvent",
    "AgencyType",
    "CompositeForeignKey",
    "Crossing",
    "Discipline",
    "Election",
    "Holiday",
    "HolidayEvent",
    "Invitation",
    "LedgerRowModel",
    "Licence",
    "LicenceEvent",
    "Membership",
    "MembershipEvent",
    "Place",
    "Site",
    "SiteEvent",
    "Team",
    "TeamEvent",
    "TenantForeignKey",
    "TenantManager",
    "TenantModel",
    "User",
    "Wall",
    "signed",
    "uuid7",
]
