"""Pages about the agency itself, below /a/<slug>/."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tenancy.views import agency, machines, people, sessions

app_name = "tenancy"
urlpatterns = [
    path("stay/", sessions.stay, name="stay"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<uuid:person>/", people.person, name="person"),
    path("people/<uuid:person>/profile/", people.profile, name="profile"),
    path("people/<uuid:person>/role/", people.role, name="role"),
    path("people/<uuid:person>/disable/", people.disable, name="disable"),
    path("people/<uuid:person>/enable/", people.enable, name="enable"),
    path("people/<uuid:person>/invite/", people.invite, name="invite"),
    path("people/<uuid:person>/invitations/<uuid:invitation>/withdraw/", people.withdraw, name="withdraw"),
    path("people/<uuid:person>/licences/new/", people.licence_new, name="licence_new"),
    path("people/<uuid:person>/licences/<uuid:licence>/", people.licence, name="licence"),
    path("agency/", agency.agency, name="agency"),
    path("agency/settings/", agency.settings, name="settings"),
    path("agency/deadlines/", agency.deadlines, name="deadline_settings"),
    path("agency/sites/new/", agency.site_new, name="site_new"),
    path("agency/sites/<uuid:site>/", agency.site, name="site"),
    path("agency/teams/new/", agency.team_new, name="team_new"),
    path("agency/teams/<uuid:team>/", agency.team, name="team"),
    path("agency/tokens/", machines.tokens, name="tokens"),
    path("agency/tokens/<uuid:token>/revoke/", machines.token_revoke, name="token_revoke"),
    path("agency/holidays/new/", agency.holiday_new, name="holiday_new"),
    path("agency/holidays/<uuid:holiday>/remove/", agency.holiday_gone, name="holiday_remove"),
]

SAID = {
    "stay": _("staying signed in"),
    "people": _("the list of people"),
    "person_new": _("adding a person"),
    "person": _("a person's page"),
    "profile": _("a person's profile"),
    "role": _("changing a role"),
    "disable": _("disabling a person"),
    "enable": _("enabling a person"),
    "invite": _("inviting"),
    "withdraw": _("withdrawing an invitation"),
    "licence_new": _("adding a licence"),
    "licence": _("a licence"),
    "agency": _("the agency's page"),
    "settings": _("the agency's settings"),
    "deadline_settings": _("how deadlines are counted"),
    "site_new": _("adding a site"),
    "site": _("a site"),
    "team_new": _("adding a team"),
    "team": _("a team"),
    "tokens": _("tokens of machines"),
    "token_revoke": _("revoking a token"),
    "holiday_new": _("adding a day off"),
    "holiday_remove": _("removing a day off"),
}
"""What the access log calls each page."""
