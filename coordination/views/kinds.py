"""The nouns of a chart as its pages show them: address, form, words, the service that writes them. An entry is all a noun needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.forms import chart, facts
from coordination.forms.records import RecordForm
from coordination.models import Retractable
from coordination.services.care_team import care_team_save
from coordination.services.conditions import condition_record
from coordination.services.coverages import coverage_save
from coordination.services.records import NOUNS, record_save
from tenancy.models import TenantModel

SAVED = _("Saved.")


@dataclass(frozen=True, slots=True)
class Kind:
    """`key` names its routes and its id in an address, `slug` its part of the address; `home` is where saving leads, unless
    it is to the ledger of the month that was named."""

    key: str
    slug: str
    form: type[RecordForm]
    title: Promise
    one: Promise
    add: Promise
    empty: Promise
    saved: Promise = SAVED
    service: Callable[..., Any] = record_save
    home: str = "coordination:chart"
    leads_to_month: bool = False

    @property
    def model(self) -> type[TenantModel]:
        return self.form._meta.model

    @property
    def capability(self) -> str:
        return NOUNS[self.model].capability

    @property
    def stays(self) -> bool:
        """Whether what is taken back stays in the chart."""
        return issubclass(self.model, Retractable)


REACH = (
    Kind(
        "contact_point", "contact-points", chart.ContactPointForm,
        _("Phone, messages, e-mail"), _("Contact point"), _("Add contact point"),
        _("No number on record. Add where this patient is reached, and what is allowed there."),
    ),
    Kind(
        "proxy", "proxies", chart.ProxyForm, _("Who speaks for the patient"), _("Proxy"), _("Add proxy"),
        _("Nobody on record: health information is shared with the patient alone."),
    ),
    Kind(
        "address", "addresses", chart.AddressForm, _("Addresses"), _("Address"), _("Add address"),
        _("No address on record."),
    ),
    Kind(
        "identifier", "identifiers", chart.IdentifierForm, _("Numbers elsewhere"), _("Number elsewhere"), _("Add number"),
        _("No number of another system on record."),
    ),
)  # fmt: skip
PAYS = (
    Kind(
        "coverage", "coverages", chart.CoverageForm, _("Coverage"), _("Coverage"), _("Add coverage"),
        _("No coverage on record: it is not known who pays."), service=coverage_save,
    ),
)  # fmt: skip
CARE = (
    Kind(
        "condition", "conditions", chart.ConditionForm, _("Conditions"), _("Condition"), _("Add condition"),
        _("None recorded."), saved=_("Condition saved."), service=condition_record, home="coordination:patient",
    ),
    Kind(
        "care_team_member", "care-team", chart.CareTeamForm, _("Care team"), _("Place in the care team"),
        _("Add to the care team"), _("Nobody yet. Name the lead coordinator first."), service=care_team_save,
    ),
    Kind(
        "care_plan", "care-plans", chart.CarePlanForm, _("Care plan"), _("Care plan"), _("Add care plan"),
        _("No care plan on record."),
    ),
)  # fmt: skip
FACTS = (
    Kind(
        "visit", "visits", facts.VisitForm, _("Visits"), _("Visit"), _("Add visit"),
        _("No visit on record. A program may rest on one: its day, its code, and who judged how complex it was."),
    ),
    Kind(
        "stay", "stays", facts.StayForm, _("Where the patient lives and stays"), _("Stay"), _("Add stay"),
        _("Nothing on record: home or community is assumed."),
    ),
    Kind(
        "outside_claim", "outside-claims", facts.OutsideClaimForm, _("Claims of other practices"), _("Claim elsewhere"),
        _("Add claim elsewhere"), _("None known."),
    ),
    Kind(
        "care_period", "care-periods", facts.CarePeriodForm, _("Care and programs of others"),
        _("Period of other care"), _("Add period of other care"), _("None known."),
    ),
    Kind(
        "judgement", "judgements", facts.JudgementForm, _("Judgements of a month"), _("Judgement of a month"),
        _("Add judgement"), _("No month's decision making has been judged."),
    ),
    Kind(
        "element", "elements", facts.ElementForm, _("Documented for programs"), _("Documented for a program"),
        _("Add what is documented"), _("Nothing yet. Some programs ask for a registry, a rating scale or training."),
    ),
    Kind(
        "month_program", "month-programs", facts.MonthProgramForm, _("Program of a month"), _("Program of a month"),
        _("Say which program a month is"), _("Not said of any month. Two programs that exclude each other need it."),
        leads_to_month=True,
    ),
)  # fmt: skip
KINDS = (*REACH, *PAYS, *CARE, *FACTS)
