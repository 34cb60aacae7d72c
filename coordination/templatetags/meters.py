"""A meter in a row of a list: made here and not in a template, because a list has many and each has many parts."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coordination.ports import Meter

register = template.Library()

HEIGHT = 8


@register.simple_tag
def meter_line(meter: Meter) -> SafeString:
    """The numbers, a word for the state, the picture."""
    if meter.problems:
        state = format_html('<span class="tag warn">{}</span>', _("not billable yet"))
    else:
        reached = _("%(code)s reached")
        state = format_html_join(
            " ", '<span class="tag good">{}</span>', ((reached % {"code": code},) for code in meter.reached)
        )
    of = _("of %(need)s minutes") % {"need": meter.need} if meter.need else _("minutes")
    return format_html("<span><strong>{}</strong> {}</span> {} {}", meter.have, of, state, _bar(meter))


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
