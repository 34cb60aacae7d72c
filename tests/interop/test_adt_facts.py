"""One message to facts: what is taken, what is noted, what is refused and in which words."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from interop.codecs.adt import Diagnosis, Identifier, read_facts
from interop.codecs.adt_ack import ack
from interop.codecs.hl7v2 import Hl7Refused, cut, read
from tests.interop.adt_examples import adt, merge

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def facts(content: bytes, **options):
    (message,) = cut(content).messages
    return read_facts(read(message), CHICAGO, **options)


def refused(content: bytes) -> Hl7Refused:
    with pytest.raises(Hl7Refused) as caught:
        facts(content)
    return caught.value


def test_a_discharge_is_read_whole():
    (found,) = facts(
        adt(
            disposition="01^Home^UB",
            discharged="20261120164500",
            occurred="20261120164500",
            diagnosis="I50.9^Heart failure^I10",
            died="N",
        )
    )

    assert (found.event, found.control_id, found.application, found.sender) == ("A03", "1", "EPIC", "MERCY")
    assert found.identifiers == (Identifier("M-1", "MERCY", "MR"),)
    assert (found.family, found.given, found.born, found.sex, found.died) == (
        "Okafor",
        "Amara",
        date(1952, 3, 4),
        "F",
        False,
    )
    assert (found.visit, found.patient_class, found.facility, found.location) == (
        "V100",
        "I",
        "MERCY HOSPITAL",
        "3E 324 1",
    )
    assert found.admitted.at == datetime(2026, 11, 16, 15, 30, tzinfo=UTC)
    assert found.discharged.at == found.happened.at == datetime(2026, 11, 20, 22, 45, tzinfo=UTC)
    assert found.said.at == found.sent.at == datetime(2026, 11, 20, 23, 5, tzinfo=UTC)
    assert (found.disposition, found.attending, found.attending_npi) == ("01", "Rob West", "1234567893")
    assert found.diagnoses == (Diagnosis("I50.9", "Heart failure", "I10"),)
    assert found.is_about_a_stay and not found.notes


def test_when_it_happened_is_evn_6_else_evn_2_else_msh_7_and_never_now():
    def happened(content: bytes) -> datetime:
        return facts(content)[0].happened.at

    assert happened(adt(recorded="20261120160000", occurred="20261120150000")).hour == 21
    assert happened(adt(recorded="20261120160000")).hour == 22
    assert happened(adt(recorded='""')).hour == 23
    none = refused(adt(sent="", recorded='""', occurred="Aug 15, 1942"))
    assert (none.answer, none.faults[0].reason, none.faults[0].value) == ("AE", "no_time", "Aaa 99, 9999")


def test_numbers_that_may_not_be_kept_are_not_read():
    ids = b"M-1^^^MERCY^MR~123-45-6789^^^USA^SS~123456789^^^USSSA~D1^^^IL^DL"
    (found,) = facts(adt().replace(b"M-1^^^MERCY^MR", ids))

    assert found.identifiers == (Identifier("M-1", "MERCY", "MR"),)


def test_no_longer_any_is_told_from_nothing_said():
    assert facts(adt("A08", discharged='""', disposition='""'))[0].cleared == {"discharged", "disposition"}
    assert facts(adt("A08"))[0].cleared == frozenset()


def test_a_correction_without_a_visit_is_about_the_person_alone():
    content = adt("A08")
    (found,) = facts(content[: content.index(b"PV1")])

    assert not found.is_about_a_stay


def test_a_merge_of_two_persons_is_two_facts():
    (one,) = facts(merge("M-1", "M-0"))
    both = facts(merge("M-1", "M-0") + b"PID|||M-3^^^MERCY^MR\rMRG|M-2^^^MERCY^MR\r")

    assert (one.identifiers[0].value, one.prior[0].value) == ("M-1", "M-0")
    assert [(each.identifiers[0].value, each.prior[0].value) for each in both] == [("M-1", "M-0"), ("M-3", "M-2")]


def test_what_decides_nothing_is_noted_and_the_message_taken():
    content = (
        adt(born="Aug 15, 1942", control_id="").replace(b"EVN|A03", b"EVN|A01").replace(b"20261116093000", b"soon")
    )
    (found,) = facts(content)

    assert found.event == "A03"
    assert {(each.reason, each.where, each.value) for each in found.notes} == {
        ("control_id", "MSH-10", ""),
        ("event_differs", "EVN-1", "A01"),
        ("birth_date", "PID-7", "Aaa 99, 9999"),
        ("time_unreadable", "PV1-44", "aaaa"),
    }


def test_an_event_of_no_concern_is_taken_and_says_nothing():
    assert facts(adt("A60")) == ()
    assert facts(adt("A05")) == ()


PV1_AT = adt().index(b"PV1")


@pytest.mark.parametrize(
    ("content", "answer", "reason", "words"),
    [
        (
            adt().replace(b"ADT^A03", b"ORU^R01"),
            "AR",
            "not_adt",
            "MSH-9 is ORU: send messages of type ADT to this address, and no others",
        ),
        (
            adt("Z01"),
            "AR",
            "event_unknown",
            "MSH-9 is Z01: send events of admission, transfer, discharge, correction, cancellation or merge (A01 to A62)",
        ),
        (adt(version="3.0"), "AR", "version_unknown", "MSH-12 is 3.0: send version 2.1 to 2.9"),
        (
            adt(processing="T"),
            "AR",
            "not_production",
            "MSH-11 is T: send P for production: this source takes no test messages (an admin can let it)",
        ),
        (adt().replace(b"ADT^A03", b""), "AR", "no_type", "MSH-9 is missing: say what the message is, as ADT^A03"),
        (
            adt(mrn="").replace(b"^^^MERCY^MR", b""),
            "AE",
            "no_patient",
            "PID-3 is missing: say whose stay it is, by an id with its assigner",
        ),
        (adt()[:PV1_AT], "AE", "no_visit", "PV1 is missing: an A03 is about a visit: send its PV1"),
        (
            adt("A40"),
            "AE",
            "no_merge",
            "MRG is missing: send a PID with the id that stays and an MRG with the id that ends",
        ),
    ],
)
def test_what_is_not_taken_says_field_value_and_remedy(content, answer, reason, words):
    told = refused(content)

    assert (told.answer, told.faults[0].reason, str(told.faults[0])) == (answer, reason, words)


def test_a_test_message_is_taken_where_the_source_may_send_them():
    assert len(facts(adt(processing="T"), takes_tests=True)) == 1


def test_the_answer_turns_sender_and_receiver_round_and_echoes_the_id():
    (content,) = cut(adt(control_id=r"A\F\1")).messages

    text = ack("AA", (), message=read(content), control_id="77", at=NOW)

    assert text == (
        "MSH|^~\\&|CARELEDGER|RIVERBEND|EPIC|MERCY|20261120233000+0000||ACK^A03|77|P|2.5.1||||||UNICODE UTF-8\r"
        "MSA|AA|A\\F\\1\r"
    )


def test_an_answer_names_the_place_the_code_and_what_mends_it_in_the_message_s_version():
    new, old = (cut(adt(version=version)[:PV1_AT]).messages[0] for version in ("2.5.1", "2.3.1"))
    fault = refused(adt()[:PV1_AT]).faults

    assert ack("AE", fault, message=read(new), control_id="7", at=NOW).splitlines()[2] == (
        "ERR||PV1^1|101^Required field missing^HL70357|E|no_visit||PV1 is missing: an A03 is about a visit: send its PV1"
    )
    assert ack("AE", fault, message=read(old), control_id="7", at=NOW).splitlines()[1:] == [
        "MSA|AE|1|PV1 is missing: an A03 is about a visit: send its PV1",
        "ERR|PV1^1^^101&Required field missing&HL70357&no_visit&PV1 is missing: an A03 is about a visit: send its PV1",
    ]


def test_a_message_without_an_id_is_answered_with_the_place_of_the_id_empty():
    (message,) = (read(each) for each in cut(adt(control_id="")).messages)

    assert ack("AA", (), message=message, control_id="7", at=NOW).splitlines()[1] == "MSA|AA|"


def test_what_has_no_header_is_answered_too():
    with pytest.raises(Hl7Refused) as caught:
        read(b"hello")

    text = ack("AR", caught.value.faults, message=None, control_id="7", at=NOW)

    assert text.splitlines()[0].startswith("MSH|^~\\&|CARELEDGER||||20261120233000+0000||ACK|7|P|2.5.1|")
    assert text.splitlines()[1] == "MSA|AR||MSH is missing: send an HL7 v2 message, whose first segment is MSH"


def test_no_answer_tells_anything_of_the_patient():
    contents = [adt(born="Okafor", name="Amara^Okafor"), adt("Okafor"), adt(version="Okafor"), adt(processing="Okafor")]
    for content in contents:
        (message,) = cut(content).messages
        try:
            faults = [note for each in read_facts(read(message), CHICAGO) for note in each.notes]
        except Hl7Refused as told:
            faults = list(told.faults)
        assert faults
        assert all("Okafor" not in str(each) for each in faults)
