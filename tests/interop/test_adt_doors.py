"""Three doors for hospitals' messages: the web address, the MLLP port, the command. Behind them is one service."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from coordination.models import PatientIdentifier, Transition
from interop.management.commands.mllp_listen import FrameTooLarge, Listener, frames
from interop.models import AdtMessage, AdtSource, AdtStay
from interop.services.adt.sources import source_save
from tenancy.context import agency_context
from tenancy.services.service_tokens import service_token_revoke
from tests import factories
from tests.factories import NOW
from tests.interop.adt_examples import SOURCE, adt
from tests.interop.test_adt_corpus import COUNTED
from tests.tenancy import machines

ADDRESS = "/intake/hl7v2"
WENT = adt(disposition="01", sent="20261113170500", admitted="20261110093000")


@pytest.fixture
def sender(riverbend):
    """Riverbend's hospital, its token, and the patient it knows as M-1."""
    return a_sender(riverbend)


def a_sender(world):
    with agency_context(world.agency):
        world.token, world.token_text = machines.a_token(world.admin, NOW, f"engine of {world.mark}")
        world.source = source_save(
            actor=world.admin, source=AdtSource(name="Mercy"), time_zone="America/Chicago", token=world.token
        )
        patient = factories.a_patient("Amara", "Okafor", born=factories.date(1952, 3, 4))
        PatientIdentifier.objects.create(patient=patient, kind="mrn", value="M-1", assigner=SOURCE)
    return world


def post(client, body: bytes, token: str | None):
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return client.post(ADDRESS, body, content_type="application/hl7-v2", headers=headers)


def counted(world) -> tuple[int, int, int]:
    with agency_context(world.agency):
        return AdtMessage.objects.count(), AdtStay.objects.count(), Transition.objects.count()


# HTTPS


def test_a_message_is_taken_and_answered(sender, client):
    answer = post(client, WENT, sender.token_text)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/hl7-v2; charset=utf-8")
    lines = answer.content.decode().split("\r")
    assert lines[0].startswith("MSH|^~\\&|CARELEDGER|RIVERBEND|EPIC|MERCY|")
    assert lines[1:] == ["MSA|AA|1", ""]
    assert "Set-Cookie" not in answer.headers
    assert counted(sender) == (1, 1, 1)


def test_sent_again_it_is_answered_again_and_nothing_is_doubled(sender, client):
    first, again = post(client, WENT, sender.token_text), post(client, WENT, sender.token_text)

    assert (again.status_code, again.content) == (200, first.content)
    assert counted(sender) == (1, 1, 1)


def test_a_batch_is_answered_as_a_batch(sender, client):
    answer = post(client, b"BHS|^~\\&|A\r" + WENT + adt("A60", control_id="2") + b"BTS|2\r", sender.token_text)

    assert answer.status_code == 200
    lines = answer.content.decode().split("\r")
    assert [each.split("|")[0] for each in lines] == ["BHS", "MSH", "MSA", "MSH", "MSA", "BTS", ""]
    assert lines[-2] == "BTS|2"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"hello", 422, "MSA|AR|"),
        (b"", 422, "MSA|AR|"),
        (adt().replace(b"ADT^A03", b"ORU^R01"), 422, "MSA|AR|1|"),
        (WENT + adt(processing="T", control_id="2"), 422, "MSA|AR|2|"),
    ],
)
def test_what_is_not_taken_is_answered_with_the_reason(sender, client, body, status, said):
    answer = post(client, body, sender.token_text)

    assert answer.status_code == status
    assert said in answer.content.decode() or said.rstrip("|") in answer.content.decode()
    assert "ERR|" in answer.content.decode()


def test_a_fault_of_ours_asks_for_it_again(sender, client, monkeypatch):
    def broken(*args):
        raise LookupError("Okafor")

    monkeypatch.setattr("interop.services.adt.intake.stay_heard", broken)
    answer = post(client, WENT, sender.token_text)

    assert (answer.status_code, b"MSA|AE|1" in answer.content, b"Okafor" in answer.content) == (503, True, False)
    assert counted(sender) == (0, 0, 0)
    monkeypatch.undo()
    assert post(client, WENT, sender.token_text).status_code == 200


def test_without_the_token_of_a_source_nobody_is_let_in(sender, harbor, client):
    with agency_context(sender.agency):
        _, of_no_source = machines.a_token(sender.admin, NOW, "idle")
    for token in (None, "", "x", sender.token_text[:-1], of_no_source):
        answer = post(client, WENT, token)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="intake"')
    assert client.get(ADDRESS).status_code == 405
    assert counted(sender) == (0, 0, 0)


def test_a_revoked_token_takes_nothing_more_and_a_closed_source_neither(sender, client):
    with agency_context(sender.agency):
        source_save(actor=sender.admin, source=sender.source, version=1, is_open=False)
    assert post(client, WENT, sender.token_text).status_code == 403
    with agency_context(sender.agency):
        service_token_revoke(actor=sender.admin, token=sender.token, now=NOW)
    assert post(client, WENT, sender.token_text).status_code == 401


def test_too_much_at_once_is_refused_by_name(sender, client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = post(client, WENT * 4, sender.token_text)

    assert (answer.status_code, b"10 MB" in answer.content) == (413, True)


def test_each_agency_has_its_own(sender, harbor, client):
    a_sender(harbor)

    post(client, WENT, sender.token_text)

    assert (counted(sender), counted(harbor)) == ((1, 1, 1), (0, 0, 0))
    assert post(client, WENT, harbor.token_text).status_code == 200
    assert (counted(sender), counted(harbor)) == ((1, 1, 1), (1, 1, 1))


def test_a_session_is_no_token(sender, signed_in):
    assert post(signed_in(sender.admin), WENT, None).status_code == 401


# MLLP


def test_frames_come_out_whole_whatever_pieces_they_came_in():
    stream = b"noise\x0bone\x1c\r\x0btwo\x1c\r\x0b\x0bthree\x1c\x0bfour\x1c\rrest\x0bfive"
    for size in (1, 2, 7, 1000):
        pieces = (stream[at : at + size] for at in range(0, len(stream), size))
        assert list(frames(pieces)) == [b"one", b"two", b"three", b"four"]
    with pytest.raises(FrameTooLarge):
        list(frames(b"x" * 2**20 for _ in range(3)))


@contextmanager
def listening(token: str) -> Iterator[tuple[str, int]]:
    with Listener(("127.0.0.1", 0), token) as listener:
        thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield listener.server_address
        finally:
            listener.shutdown()
            thread.join()
            connections.close_all()


def answer_on(line: socket.socket) -> str:
    held = b""
    while not held.endswith(b"\x1c\r"):
        chunk = line.recv(4096)
        if not chunk:
            return held.decode()
        held += chunk
    return held.removeprefix(b"\x0b").removesuffix(b"\x1c\r").decode()


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
def test_by_mllp_every_frame_is_answered_in_order_and_a_revoked_token_takes_no_more(worlds):
    sender = a_sender(worlds.riverbend)
    with listening(sender.token_text) as address, socket.create_connection(address, timeout=20) as line:
        line.sendall(b"\x0b" + WENT + b"\x1c\r\x0b" + adt("Z01", control_id="2") + b"\x1c")
        assert "MSA|AA|1\r" in answer_on(line)
        line.sendall(b"\r\x0b" + WENT[:40])
        assert "MSA|AR|2|" in answer_on(line)
        line.sendall(WENT[40:] + b"\x1c\r")
        assert "MSA|AA|1\r" in answer_on(line)
        assert counted(sender) == (2, 1, 1)
        with agency_context(sender.agency):
            service_token_revoke(actor=sender.admin, token=sender.token, now=NOW)
        line.sendall(b"\x0b" + adt("A08", control_id="3") + b"\x1c\r")
        assert answer_on(line) == ""  # no answer: the sender keeps it
    assert counted(sender) == (2, 1, 1)


def test_the_listener_asks_for_a_token_that_is_in_force(sender, tmp_path):
    file = tmp_path / "token"
    for text in ("", "nonsense"):
        file.write_text(text)
        with pytest.raises(CommandError, match="no source has this token"):
            call_command("mllp_listen", port=0, token_file=str(file))
    with pytest.raises(CommandError, match="token-file"):
        call_command("mllp_listen", port=0, token_file=str(tmp_path / "missing"))


# Files


def ingest(*paths: object, code: int = 0, **options) -> dict:
    out, ended = StringIO(), 0
    try:
        call_command(
            "ingest_adt", *map(str, paths), agency="riverbend", json=True, stdout=out, stderr=StringIO(), **options
        )
    except SystemExit as exit_:
        ended = exit_.code
    assert ended == code
    return json.loads(out.getvalue())


def test_files_folders_and_globs_are_taken_and_again_nothing_is_doubled(riverbend, tmp_path):
    (tmp_path / "one.hl7").write_bytes(adt(control_id="1"))
    (tmp_path / "two.txt").write_bytes(adt(control_id="2") + adt("Z01", control_id="3"))
    (tmp_path / "README.md").write_bytes(b"not a message")

    report = ingest(tmp_path)

    assert {
        name: report[name] for name in ("agency", "source", "files", "messages", "answers", "known", "reasons")
    } == {
        "agency": "riverbend",
        "source": "Files",
        "files": 2,
        "messages": 3,
        "answers": {"AA": 2, "AR": 1},
        "known": 0,
        "reasons": {"event_unknown": 1},
    }
    assert report["by_file"][1]["answers"][1]["words"].startswith("MSH-9 is Z01: send events")
    again = ingest(tmp_path / "*.hl7", tmp_path / "two.txt")
    assert (again["answers"], again["known"]) == ({"AA": 2, "AR": 1}, 2)
    assert counted(riverbend)[:2] == (3, 1)


def test_tried_out_nothing_is_stored(riverbend, tmp_path):
    (tmp_path / "one.hl7").write_bytes(adt())

    assert ingest(tmp_path, dry_run=True)["answers"] == {"AA": 1}

    assert counted(riverbend) == (0, 0, 0)
    with agency_context(riverbend.agency):
        assert not AdtSource.objects.exists()


def test_a_fault_of_ours_ends_with_1_and_the_others_go_in(riverbend, tmp_path, monkeypatch):
    (tmp_path / "one.hl7").write_bytes(adt(control_id="1") + adt(control_id="2"))
    from interop.services.adt import intake

    whole = intake.stay_heard

    def broken(source, row, facts, now):
        if facts.control_id == "1":
            raise LookupError
        return whole(source, row, facts, now)

    monkeypatch.setattr(intake, "stay_heard", broken)

    assert ingest(tmp_path, code=1)["answers"] == {"AA": 1, "AE": 1}
    assert counted(riverbend)[0] == 1


def test_a_source_is_named_or_the_one_for_files(riverbend, tmp_path):
    (tmp_path / "one.hl7").write_bytes(adt())
    with pytest.raises(CommandError, match="no hospital of this name \\(known: none yet\\)"):
        ingest(tmp_path, source="Mercy")
    with agency_context(riverbend.agency):
        source_save(actor=riverbend.admin, source=AdtSource(name="Mercy"), time_zone="America/Chicago")
    assert ingest(tmp_path, source="Mercy")["source"] == "Mercy"
    with pytest.raises(CommandError, match="a folder without"):
        ingest(tmp_path / "empty*")


@pytest.mark.real_data
def test_every_file_of_the_test_data_is_taken_or_answered(riverbend, real_data: Path):
    report = ingest(*sorted(real_data.glob("hl7v2-*")))

    expected = {}
    for outcome, count in COUNTED.items():
        expected[outcome[:2]] = expected.get(outcome[:2], 0) + count
    assert (report["files"], report["answers"]) == (126, expected)
    assert report["reasons"] == {outcome[3:]: count for outcome, count in COUNTED.items() if outcome != "AA"}
    assert ingest(*sorted(real_data.glob("hl7v2-*")))["known"] == expected["AA"]
