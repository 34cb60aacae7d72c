"""The picture of a meter in a row of a list: made here and not in a template, because a list has many and each has many parts."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coordination.ports import Meter

register = template.Library()

HEIGHT = 8


@register.simple_tag
def meter_bar(meter: Meter) -> SafeString:
    """As `_meter.html`, without its scale: a bar with a tick at each step but the last."""
    scale = meter.steps[-1] if meter.steps else meter.need
    says = _("%(have)s of %(need)s minutes") if meter.need else _("%(have)s minutes")
    parts = [format_html('<rect class="ground" width="100%" height="{}" rx="4"/>', HEIGHT)]
    if meter.have:
        parts.append(
            format_html('<rect class="have" width="{}%" height="{}" rx="4"/>', _percent(meter.have, scale), HEIGHT)
        )
    ticks = ((at, at, HEIGHT) for at in (_percent(step, scale) for step in meter.steps[:-1]))
    parts.append(format_html_join("", '<line class="tick" x1="{}%" x2="{}%" y1="0" y2="{}"/>', ticks))
    return format_html(
        '<svg class="meter meter-small" width="100%" height="{}" role="img" aria-label="{}">{}</svg>',
        HEIGHT,
        says % {"have": meter.have, "need": meter.need},
        SafeString("".join(parts)),
    )


def _percent(minutes: int, scale: int | None) -> int:
    """As `widthratio` rounds; more than the scale is cut by the picture's edge."""
    return round(100 * minutes / scale) if scale else 0
