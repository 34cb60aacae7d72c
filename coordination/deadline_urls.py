"""Addresses about what is due: one's own list, the team's, alerts, and what is done in a list."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from coordination.views import short_list, task_acts, tasks

urlpatterns = [
    path("today/", tasks.today, name="today"),
    path("today/short/", short_list.short_this_month, name="short_this_month"),
    path("today/<uuid:deadline>/call/", task_acts.call, name="task_call"),
    path("today/<uuid:deadline>/attempt/", task_acts.attempt, name="task_attempt"),
    path("today/<uuid:deadline>/put-off/", task_acts.put_off, name="task_put_off"),
    path("today/<uuid:deadline>/take-up/", task_acts.take_up, name="task_take_up"),
    path("today/<uuid:deadline>/seen/", task_acts.acknowledge, name="task_seen"),
    path("today/undo/<uuid:contact>/", task_acts.undo, name="task_undo"),
    path("alerts/", tasks.alerts, name="alerts"),
    path("team/", tasks.team, name="team"),
    path("team/tasks/", tasks.team_tasks, name="team_tasks"),
]

SAID = {
    "today": _("my tasks"),
    "short_this_month": _("patients short of minutes this month"),
    "task_call": _("starting a call from a task"),
    "task_attempt": _("saving a call from a task"),
    "task_put_off": _("putting off a task"),
    "task_take_up": _("taking up a task again"),
    "task_seen": _("saying that an alert was seen"),
    "task_undo": _("undoing a call that was just saved"),
    "alerts": _("my alerts"),
    "team": _("the team's tasks, in numbers"),
    "team_tasks": _("a colleague's tasks"),
}
