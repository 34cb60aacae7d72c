"""What a list has many of, made here and not in templates: a row of patients and its meter, choices of a filter.

Values are escaped by the standard library: Django's own function asks each first whether it is lazy, most of the work of a list.
"""

from collections.abc import Hashable, Iterable
from datetime import date
from functools import lru_cache
from html import escape

from django import template
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from coordination.models import Program
from coordination.ports import Meter
from coordination.selectors.patients import Listed
from tenancy.context import current_agency
from tenancy.links import here_for_each

register = template.Library()

HEIGHT = 8


@register.simple_tag
def choices(of: Iterable[tuple[Hashable, str]], chosen: Hashable) -> SafeString:
    """Options of a select: values and words."""
    return SafeString(
        "".join(
            f'<option value="{escape(str(value))}"{" selected" if value == chosen else ""}>{escape(str(word))}</option>'
            for value, word in of
        )
    )


@register.simple_tag
def patient_rows(rows: Iterable[tuple[Listed, Meter | None]]) -> SafeString:
    """Who, born when, under which number, and how far the month's minutes have come."""
    address, language, born = here_for_each("coordination:patient", "patient"), get_language(), escape(_("born"))
    return SafeString(
        "\n".join(
            f'<tr role="row"><td role="cell"><a class="row-link" href="{address(patient.pk)}">'
            f"{escape(patient.family_name)}, {escape(patient.given_name)}</a>{_more(patient)}</td>"
            f'<td role="cell"><span class="cell-label">{born}</span>'
            f' <time datetime="{patient.birth_date.isoformat()}">{_in_words(patient.birth_date, language)}</time></td>'
            f'<td role="cell"><span class="cell-label">MRN</span> <span class="mrn">{escape(patient.mrn)}</span></td>'
            f'<td role="cell">{_meter_line(meter, language)}</td></tr>'
            for patient, meter in rows
        )
    )


def _more(patient: Listed) -> str:
    """What few have."""
    more = ""
    if patient.is_deceased:
        more += f' <span class="tag bad">{escape(_("deceased"))}</span>'
    if patient.needs_interpreter:
        says = _("interpreter: %(language)s") % {"language": patient.language_name or "?"}
        more += f' <span class="tag">{escape(says)}</span>'
    if patient.merged_into_mrn:
        says = _("merged into MRN %(mrn)s") % {"mrn": patient.merged_into_mrn}
        more += f' <span class="tag warn">{escape(says)}</span>'
    if patient.seen_at:
        seen = format_date(patient.seen_at.astimezone(current_agency().zone), "M j, G:i")
        more += f' <span class="soft small">{escape(_("opened %(at)s") % {"at": seen})}</span>'
    if patient.preferred_name:
        says = _("called %(name)s") % {"name": patient.preferred_name}
        more += f'<br><span class="soft small">{escape(says)}</span>'
    return more


@lru_cache(maxsize=4096)
def _in_words(day: date, language: str | None) -> str:
    return format_date(day, "M j, Y")


@lru_cache(maxsize=1024)
def _meter_line(meter: Meter | None, language: str | None) -> SafeString:
    """The numbers, a word for the state, the picture."""
    if meter is None:
        return format_html('<span class="soft">{}</span>', _("not enrolled"))
    if meter.problems:
        state = format_html('<span class="tag warn">{}</span>', _("not billable yet"))
    else:
        reached = _("%(code)s reached")
        state = format_html_join(
            " ", '<span class="tag good">{}</span>', ((reached % {"code": code},) for code in meter.reached)
        )
    if meter.program != Program.CHRONIC_CARE:
        state = format_html('<span class="tag">{}</span> {}', Program(meter.program).label, state)
    of = _("of %(need)s minutes") % {"need": meter.need} if meter.need else _("minutes")
    return format_html(
        "<span><strong>{}</strong> {}</span> {} {}", meter.have, of, state, _bar(meter) if meter.steps else ""
    )


def _bar(meter: Meter) -> SafeString:
    """As `_meter.html`, without its scale: a bar with a tick at each step but the last. Its parts are numbers alone."""
    scale = meter.steps[-1] if meter.steps else meter.need
    says = _("%(have)s of %(need)s minutes") if meter.need else _("%(have)s minutes")
    have = f'<rect class="have" width="{_percent(meter.have, scale)}%" height="{HEIGHT}" rx="4"/>' if meter.have else ""
    places = (_percent(step, scale) for step in meter.steps[:-1])
    ticks = "".join(f'<line class="tick" x1="{at}%" x2="{at}%" y1="0" y2="{HEIGHT}"/>' for at in places)
    return format_html(
        '<svg class="meter meter-small" width="100%" height="{}" role="img" aria-label="{}">{}{}{}</svg>',
        HEIGHT,
        says % {"have": meter.have, "need": meter.need},
        SafeString(f'<rect class="ground" width="100%" height="{HEIGHT}" rx="4"/>'),
        SafeString(have),
        SafeString(ticks),
    )


def _percent(minutes: int, scale: int | None) -> int:
    """As `widthratio` rounds; more than the scale is cut by the picture's edge."""
    return round(100 * minutes / scale) if scale else 0
