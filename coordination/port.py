"""What coordination does when an administrator changes what deadlines rest on (tenancy/ports.py)."""

from coordination.services.deadlines import licences_renew
from coordination.tasks import renew_soon
from tenancy import clock, ports


class Deadlines:
    """Many are renewed in the background, one licence's at once."""

    def calendar_changed(self) -> None:
        renew_soon()

    def licences_changed(self) -> None:
        licences_renew(now=clock.now())


def fill() -> None:
    ports.fill(Deadlines())
