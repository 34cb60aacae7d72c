"""The list, the patient page and saving a log: processor time a request, beside DRF and psycopg on the same rows, in turns."""

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from statistics import median
from urllib.parse import urlencode
from uuid import uuid4

from bench.stack import cpu_seconds
from config.demo import PASSWORD
from coordination.models import CareTeamMember
from tenancy import clock
from tenancy.context import agency_context
from tenancy.models import Agency, Membership


@dataclass(slots=True)
class Measured:
    """Milliseconds of processor time a request, a round each: of the web process and of everything."""

    name: str
    web: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    bytes: int = 0


class Visitor:
    """Asks one server over one connection, with cookies."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str = "", kind: str = "") -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if kind:
            headers["Content-Type"] = kind
        self._connection.request(method, path, body or None, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        self._cookies.pop("messages", None)  # shown by the page that a browser asks for next, and not carried on
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:2000]}")
        return answer.status, text

    def post(self, path: str, page: str, **said: str) -> tuple[int, str]:
        """As a form of `page` would send it."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        sent = said | {"csrfmiddlewaretoken": token[1] if token else ""}
        return self.ask("POST", path, urlencode(sent), "application/x-www-form-urlencoded")

    def sign_in(self, email: str) -> None:
        path = "/accounts/login/"
        status, _ = self.post(path, self.ask("GET", path)[1], login=email, password=PASSWORD)
        if status != 302:
            raise RuntimeError(f"{email} could not sign in")


Ask = Callable[[], tuple[int, str]]


def targets(slug: str, product: Visitor, floor: Visitor) -> dict[str, dict[str, Ask]]:
    """What is asked for, under each figure's name: the product, DRF, psycopg."""
    agency = Agency.objects.get(slug=slug)
    with agency_context(agency):
        busiest = Membership.objects.get(user__email=f"coordinator5@{slug}.example")
        found = CareTeamMember.objects.filter(member=busiest, role="lead", patient__enrollments__revoked_on=None)
        patients = [str(pk) for pk in found.order_by("patient_id").values_list("patient_id", flat=True)[:200]]
    product.sign_in(f"coordinator5@{slug}.example")
    chance = Random(1)  # noqa: S311 - which patients
    moment = clock.now()
    here = f"/a/{slug}/patients/"
    page = product.ask("GET", f"{here}{patients[0]}/")[1]

    def some() -> str:
        return chance.choice(patients)

    def contact() -> str:
        return json.dumps(a_contact(agency.pk, some(), str(busiest.pk), moment.isoformat()))

    return {
        "list": {
            "product": lambda: product.ask("GET", here),
            "DRF": lambda: floor.ask("GET", f"/drf/list/{agency.pk}/"),
            "psycopg": lambda: floor.ask("GET", f"/raw/list/{agency.pk}/"),
        },
        "patient page": {
            "product": lambda: product.ask("GET", f"{here}{some()}/"),
            "DRF": lambda: floor.ask("GET", f"/drf/one/{some()}/"),
            "psycopg": lambda: floor.ask("GET", f"/raw/one/{some()}/"),
        },
        "log save": {
            "product": lambda: product.post(f"{here}{some()}/time/", page, **a_form(moment, agency)),
            "DRF": lambda: floor.ask("POST", "/drf/save/", contact(), "application/json"),
            "psycopg": lambda: floor.ask("POST", "/raw/save/", contact(), "application/json"),
        },
    }


def a_form(moment: datetime, agency: Agency) -> dict[str, str]:
    """The form for time, filled in."""
    day = moment.astimezone(agency.zone).date().isoformat()
    said = {"minutes": "8", "service_date": day, "activity": "care_coordination", "program": "chronic_care"}
    said |= {"spoken_to": "nobody", "mode": "none", "outcome": "done"}
    return said | {"note": "Went through the care plan.", "form_key": str(uuid4())}


def a_contact(agency: int, patient: str, member: str, moment: str) -> dict[str, object]:
    """What the floor's two saves are sent."""
    ids = {"id": str(uuid4()), "form_key": str(uuid4())}
    people = {"agency_id": agency, "patient_id": patient, "author_id": member, "recorded_by_id": member}
    return ids | people | {"recorded_at": moment, "service_date": moment[:10], "note": "Went through the care plan."}


def measure(
    figures: dict[str, dict[str, Ask]], servers: dict[str, int], others: list[int], rounds: int, requests: int
) -> dict[str, dict[str, Measured]]:
    """Processor time of `requests` requests, in turns; `servers`: pid of "product" and "floor"; `others`: what both use."""
    results: dict[str, dict[str, Measured]] = {}
    for figure, asks in figures.items():
        results[figure] = {name: Measured(name) for name in asks}
        for name, ask in asks.items():
            for _ in range(min(requests, 20)):
                results[figure][name].bytes = len(ask()[1])
        for _ in range(rounds):
            for name, ask in asks.items():
                server = servers["product" if name == "product" else "floor"]
                web, rest = cpu_seconds(server), cpu_seconds(*others)
                for _ in range(requests):
                    ask()
                web, rest = cpu_seconds(server) - web, cpu_seconds(*others) - rest
                results[figure][name].web.append(1000 * web / requests)
                results[figure][name].whole.append(1000 * (web + rest) / requests)
    return results


def ratio(of: Measured, to: Measured) -> tuple[float, float, float]:
    """Median, least and most of the rounds' ratios."""
    ratios = [one / other if other else float("inf") for one, other in zip(of.whole, to.whole, strict=True)]
    return median(ratios), min(ratios), max(ratios)
