"""Calls to other systems: signed, to the right place and to none inside, tried again, and said on the administrator's page."""

import hashlib
import hmac
import json
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse

from coordination.models import Alert, MessageKind, OutgoingMessage, WebhookEndpoint, WebhookEndpointEvent
from coordination.rules.outbox import TRIES
from coordination.services import calls
from coordination.services.notices import alerts_tell
from coordination.services.webhooks import MOST, endpoint_add
from coordination.tasks import send_next
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests.factories import NOW, TODAY
from tests.outbox import a_deadline, a_message, an_endpoint
from tests.receiver import a_receiver

pytestmark = pytest.mark.django_db
SECRET = "hush"


@pytest.fixture
def here(riverbend):
    with agency_context(riverbend.agency):
        yield riverbend


@pytest.fixture
def receiver():
    with a_receiver() as receiver:
        yield receiver


def send(world) -> OutgoingMessage:
    """Write a trial for the newest endpoint and send it; as it stands after that."""
    message = a_message(endpoint=WebhookEndpoint.objects.latest("pk"))
    send_next(world.agency, set())
    message.refresh_from_db()
    return message


def outcome(message: OutgoingMessage) -> tuple:
    return message.fault, message.status, message.sent_at is not None


# ---------- what is sent ----------


def test_an_alert_arrives_signed_and_says_nothing_of_the_patient(here, receiver, settings):
    settings.SITE_URL = "https://careledger.example.org"
    an_endpoint(here, receiver.url, SECRET)
    deadline = a_deadline(here, TODAY)
    Alert.objects.create(deadline=deadline, level=3, due_at=deadline.due_at, raised_at=NOW)
    alerts_tell(now=NOW)
    assert send_next(here.agency, set()) is True
    [(headers, body)] = receiver.got
    message = OutgoingMessage.objects.get()
    assert json.loads(body) == {
        "id": str(message.pk),
        "agency": "riverbend",
        "event": "deadline.alert",
        "kind": "contact",
        "deadline": str(deadline.pk),
        "level": "overdue",
        "due_at": "2026-11-17T07:00:00+00:00",
        "link": f"https://careledger.example.org/a/riverbend/deadlines/{deadline.pk}/",
    }
    assert headers["path"] == "/hook?from=careledger"
    assert headers["Content-Type"] == "application/json"
    assert headers["Careledger-Event"] == str(message.pk)
    assert headers["Careledger-Timestamp"] == str(int(NOW.timestamp()))
    signed = f"{headers['Careledger-Timestamp']}.".encode() + body
    assert headers["Careledger-Signature"] == "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert outcome(message) == ("", 200, True)


def test_every_try_has_the_same_id_and_body_and_a_timestamp_of_its_own(here, receiver, at):
    an_endpoint(here, receiver.url)
    receiver.status = 500
    message = send(here)
    assert outcome(message) == ("answer", 500, False)
    receiver.status, receiver.headers = 204, {}
    at(message.next_try_at)
    assert send_next(here.agency, set()) is True
    (first, body), (second, same) = receiver.got
    assert (first["Careledger-Event"], body) == (second["Careledger-Event"], same)
    assert first["Careledger-Timestamp"] != second["Careledger-Timestamp"]
    assert first["Careledger-Signature"] != second["Careledger-Signature"]


def test_one_that_fails_is_not_called_again_in_the_same_minute_for_its_other_messages(here, receiver):
    an_endpoint(here, receiver.url)
    receiver.status = 500
    waiting = [a_message(endpoint=WebhookEndpoint.objects.get()) for _ in range(3)]
    failing: set = set()
    assert [send_next(here.agency, failing) for _ in range(2)] == [False, None]
    assert len(receiver.got) == 1
    for each in waiting:
        each.refresh_from_db()
    assert sorted(each.attempts for each in waiting) == [0, 0, 1]


# ---------- what is not sent ----------


def test_a_redirection_is_not_followed(here, receiver):
    with a_receiver() as elsewhere:
        an_endpoint(here, receiver.url)
        receiver.status, receiver.headers = 307, {"Location": elsewhere.url}
        assert outcome(send(here)) == ("answer", 307, False)
        assert elsewhere.got == []


def test_nothing_listens_there(here):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        an_endpoint(here, f"http://127.0.0.1:{probe.getsockname()[1]}/")
        assert outcome(send(here)) == ("unreachable", None, False)


def test_a_host_that_does_not_exist(here):
    an_endpoint(here, "http://nobody.invalid/")
    assert outcome(send(here)) == ("name", None, False)


def test_whoever_says_nothing_is_left_after_some_seconds(here, receiver, monkeypatch):
    monkeypatch.setattr(calls, "SECONDS", 0.3)
    receiver.holds = True
    an_endpoint(here, receiver.url)
    assert outcome(send(here)) == ("timeout", None, False)


def test_whoever_speaks_ever_so_slowly_is_cut_off(here, monkeypatch):
    monkeypatch.setattr(calls, "SECONDS_IN_ALL", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        an_endpoint(here, f"http://127.0.0.1:{server.getsockname()[1]}/")

        pause = Event()

        def drip():
            caller, _ = server.accept()
            with caller:
                try:
                    while True:
                        caller.send(b"H")
                        pause.wait(0.05)
                except OSError:
                    return

        thread = Thread(target=drip, daemon=True)
        thread.start()
        assert outcome(send(here)) == ("timeout", None, False)
        thread.join(5)
        assert not thread.is_alive()


def test_garbage_for_an_answer(here):
    with socket.create_server(("127.0.0.1", 0)) as server:
        an_endpoint(here, f"http://127.0.0.1:{server.getsockname()[1]}/")

        def babble():
            caller, _ = server.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(b"\xff\x00 not http\r\n\r\n")

        Thread(target=babble, daemon=True).start()
        assert outcome(send(here)) == ("unreachable", None, False)


def test_a_secret_that_no_key_opens_any_more(here, receiver, settings):
    an_endpoint(here, receiver.url)
    settings.SEALING_KEYS = [b"another key of thirty-two bytes."]
    assert outcome(send(here)) == ("sealed", None, False)
    assert receiver.got == []


# ---------- certificates ----------


@pytest.fixture
def tls(tmp_path):
    """A certificate of this machine's address that nobody has signed but itself: the server's context, and the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    real_now = datetime.fromtimestamp(time.time(), UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(real_now - timedelta(days=1))
        .not_valid_after(real_now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret = tmp_path / "key.pem"
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return context, file


def test_over_https_the_certificate_is_checked_before_anything_is_said(here, tls, monkeypatch):
    context, file = tls
    with a_receiver(context) as receiver:
        an_endpoint(here, receiver.url)
        assert outcome(send(here)) == ("insecure", None, False)
        assert receiver.got == []
        trusting = ssl.create_default_context(cafile=file)
        monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
        assert outcome(send(here)) == ("", 200, True)
        assert len(receiver.got) == 1


# ---------- in production ----------


@pytest.fixture
def strict(settings):
    settings.WEBHOOKS_ANYWHERE = False


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.org/hook", "only https is called"),
        ("ftp://example.org/hook", "only https is called"),
        ("https://user:word@example.org/", "has no name, password"),
        ("https://example.org/#part", "has no name, password"),
        ("https://127.0.0.1/", "inside a private network"),
        ("https://[::1]/", "inside a private network"),
        ("https://10.0.0.8/hook", "inside a private network"),
        ("https://169.254.169.254/latest/meta-data", "inside a private network"),
        ("https://localhost/hook", "inside a private network"),
        ("https://valkey:6379/", "inside a private network"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_at_once(here, strict, url, said):
    with pytest.raises(ValidationError) as refused:
        endpoint_add(actor=here.admin, url=url, now=NOW, form_key=uuid7())
    assert said in str(refused.value)
    assert WebhookEndpoint.objects.count() == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:192.168.1.4"])
def test_a_name_that_means_a_machine_inside_is_not_called_and_no_connection_is_made(here, strict, monkeypatch, address):
    an_endpoint(here, "https://rebound.example.org/hook")
    outside = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))
    inside = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [outside, inside])
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: pytest.fail("connected"))
    assert outcome(send(here)) == ("inside", None, False)


def test_the_address_that_was_looked_at_is_the_one_that_is_called(here, strict, monkeypatch):
    """A name that means another machine at the second question is asked once."""
    an_endpoint(here, "https://rebound.example.org/hook")
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    connected = []

    def resolve(*args, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in answers.pop(0)]

    def connect(address, **kwargs):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert outcome(send(here)) == ("unreachable", None, False)
    assert (connected, answers) == ([("93.184.215.14", 443)], [["127.0.0.1"]])


def test_what_was_added_in_development_is_not_called_in_production(here, receiver, strict):
    an_endpoint(here, receiver.url)
    assert outcome(send(here)) == ("insecure", None, False)
    assert receiver.got == []


# ---------- the page ----------


def page(world, name="outbox", **ids):
    return reverse(f"coordination:{name}", kwargs={"agency": world.slug, **ids})


def test_a_secret_is_shown_once_and_is_the_one_that_signs(riverbend, signed_in, receiver):
    admin, key = signed_in(riverbend.admin), uuid7()
    answer = admin.post(page(riverbend), {"url": receiver.url, "form_key": key})
    with agency_context(riverbend.agency):
        endpoint = WebhookEndpoint.objects.get()
        a_message(endpoint=endpoint)
        send_next(riverbend.agency, set())
        events = str(list(WebhookEndpointEvent.objects.values_list()))
    [(headers, body)] = receiver.got
    secret = answer.content.decode().split('<code translate="no">')[1].split("</code>")[0]
    assert calls.signature(secret.encode(), headers["Careledger-Timestamp"], body) == headers["Careledger-Signature"]
    assert secret.encode() not in bytes(endpoint.secret)
    assert receiver.url in events
    assert "secret" not in {field.name for field in WebhookEndpointEvent._meta.fields}
    assert secret not in admin.get(page(riverbend)).content.decode()
    again = admin.post(page(riverbend), {"url": receiver.url, "form_key": key})
    assert (again.status_code, "added its endpoint already" in again.content.decode()) == (422, True)


def test_an_address_that_is_none_stays_in_the_form_with_the_reason(riverbend, signed_in):
    answer = signed_in(riverbend.admin).post(page(riverbend), {"url": "nowhere at all", "form_key": uuid7()})
    assert (answer.status_code, "This is no address" in answer.content.decode()) == (422, True)


def test_there_is_a_most_of_them(here):
    for number in range(MOST):
        an_endpoint(here, f"https://{number}.example.org")
    with pytest.raises(ValidationError, match="remove one first"):
        endpoint_add(actor=here.admin, url="https://more.example.org", now=NOW, form_key=uuid7())


def test_an_endpoint_is_tried_paused_resumed_and_removed(riverbend, signed_in):
    admin = signed_in(riverbend.admin)
    with agency_context(riverbend.agency):
        endpoint = an_endpoint(riverbend)
    for _ in range(2):  # a double click
        admin.post(page(riverbend, "endpoint_try", endpoint=endpoint.pk))
    with agency_context(riverbend.agency):
        assert [each.kind for each in endpoint.messages.all()] == [MessageKind.TRIAL]
    assert "1 waits" in admin.get(page(riverbend)).content.decode()
    admin.post(page(riverbend, "endpoint_pause", endpoint=endpoint.pk))
    assert "paused" in admin.get(page(riverbend)).content.decode()
    admin.post(page(riverbend, "endpoint_resume", endpoint=endpoint.pk))
    with agency_context(riverbend.agency):
        endpoint.refresh_from_db()
        assert endpoint.paused_at is None
    admin.post(page(riverbend, "endpoint_remove", endpoint=endpoint.pk))
    with agency_context(riverbend.agency):
        assert (WebhookEndpoint.objects.count(), OutgoingMessage.objects.count()) == (0, 0)


def test_what_was_given_up_stands_on_the_page_with_its_reason_and_is_sent_again(riverbend, signed_in, receiver):
    admin = signed_in(riverbend.admin)
    receiver.status = 503
    with agency_context(riverbend.agency):
        endpoint = an_endpoint(riverbend, receiver.url)
        message = a_message(endpoint=endpoint, attempts=TRIES - 1)
        send_next(riverbend.agency, set())
    shown = admin.get(page(riverbend)).content.decode()
    assert "Last fault: the answer was not one of success (503). 1 message was given up." in shown
    receiver.status = 200
    assert admin.post(page(riverbend, "endpoint_again", endpoint=endpoint.pk)).status_code == 302
    with agency_context(riverbend.agency):
        assert send_next(riverbend.agency, set()) is True
    assert [headers["Careledger-Event"] for headers, _ in receiver.got] == [str(message.pk)] * 2
    shown = admin.get(page(riverbend)).content.decode()
    assert ("Last fault" in shown, ">given up<" in shown) == (False, False)


def test_mail_that_was_given_up_stands_there_too_and_is_sent_again(riverbend, signed_in):
    admin = signed_in(riverbend.admin)
    facts = {
        "kind": MessageKind.ALERTS,
        "payload": {"alerts": []},
        "attempts": TRIES,
        "fault": "refused",
        "status": 550,
    }
    with agency_context(riverbend.agency):
        message = a_message(person=riverbend.coordinator, next_try_at=None, given_up_at=NOW, **facts)
    shown = admin.get(page(riverbend)).content.decode()
    assert f"Given up after {TRIES} tries: the mail server refused the address (550)." in shown
    admin.post(page(riverbend, "message_again", message=message.pk))
    with agency_context(riverbend.agency):
        assert send_next(riverbend.agency, set()) is True
    assert [letter.to for letter in mail.outbox] == [[riverbend.coordinator.user.email]]
    assert "None: all of it was taken" in admin.get(page(riverbend)).content.decode()
