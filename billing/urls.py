"""The ledger, the runs of months, the rules, and who pays, below /a/<slug>/."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from billing.views import payers, rule_changes, rule_values, rules, runs
from billing.views.ledger import ledger
from billing.views.other_sets import other_sets

app_name = "billing"
urlpatterns = [
    path("patients/<uuid:patient>/ledger/<month:month>/", ledger, name="ledger"),
    path("patients/<uuid:patient>/ledger/<month:month>/other-sets/", other_sets, name="other_sets"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<uuid:run>/", runs.run, name="run"),
    path("runs/<uuid:run>/progress/", runs.run_progress, name="run_progress"),
    path("runs/<uuid:run>/resume/", runs.run_resume, name="run_resume"),
    path("rules/", rules.rules, name="rules"),
    path("rules/codes/<str:code>/", rules.rule_code, name="rule_code"),
    path("rules/programs/<str:program>/", rules.rule_program, name="rule_program"),
    path("rules/changes/", rule_changes.rule_changes, name="rule_changes"),
    path("rules/sources/", rules.rule_sources, name="rule_sources"),
    path("rules/values/", rule_values.rule_values, name="rule_values"),
    path("rules/values/sign-off/", rule_values.rule_sign_off, name="rule_sign_off"),
    path("payers/", payers.payers, name="payers"),
    path("payers/new/", payers.payer_new, name="payer_new"),
    path("payers/<uuid:payer>/", payers.payer, name="payer"),
    path("payers/<uuid:payer>/edit/", payers.payer_edit, name="payer_edit"),
]

SAID = {
    "ledger": _("the ledger of a month"),
    "other_sets": _("the other lawful code sets of a month"),
    "runs": _("the month runs"),
    "run": _("a month run"),
    "run_progress": _("a month run's progress"),
    "run_resume": _("resuming a month run"),
    "rules": _("the billing rules"),
    "rule_code": _("the rules of a code"),
    "rule_program": _("the rules of a program"),
    "rule_changes": _("what changes in the rules"),
    "rule_sources": _("the sources of the rules"),
    "rule_values": _("the values to sign off"),
    "rule_sign_off": _("signing off values of the rules"),
    "payers": _("the list of payers"),
    "payer_new": _("adding a payer"),
    "payer": _("a payer"),
    "payer_edit": _("changing a payer"),
}
"""What the access log calls each page."""
