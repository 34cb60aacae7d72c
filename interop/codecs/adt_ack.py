"""The answer to a message: taken (AA), to be mended (AE) or never taken here (AR), and what is wrong in words that hold no patient's
data. In the version of the message where it is known."""

from collections.abc import Iterable
from datetime import datetime

from interop.codecs.hl7v2 import ERROR_CODES, Fault, Message, escaped

OURS = "CARELEDGER"


def ack(
    answer: str,
    faults: Iterable[Fault],
    *,
    message: Message | None,
    control_id: str,
    at: datetime,
    warnings: bool = False,
) -> str:
    """The text of an ACK, segments ended by CR. `control_id` is its own; `warnings`: the faults did not keep the message out."""
    header = message.header if message else None

    def echo(field: int) -> str:
        return escaped(header.text(field)) if header else ""

    version = echo(12) or "2.5.1"
    event = echo(9) and f"^{escaped(header.text(9, 2))}" if header and header.text(9, 2) else ""
    stamp = at.strftime("%Y%m%d%H%M%S%z")
    receiver = (echo(5) or OURS, echo(6), echo(3), echo(4))
    lines = [
        "|".join(
            (
                "MSH",
                "^~\\&",
                *receiver,
                stamp,
                "",
                f"ACK{event}",
                escaped(control_id),
                echo(11) or "P",
                version,
                *("",) * 5,
                "UNICODE UTF-8",
            )
        )
    ]
    told = list(faults)
    words = str(told[0]) if told and not warnings else ""
    lines.append(f"MSA|{answer}|{echo(10)}" + (f"|{escaped(words)[:80]}" if words else ""))
    lines += [_err(fault, version, "W" if warnings else "E") for fault in told]
    return "".join(f"{line}\r" for line in lines)


def _err(fault: Fault, version: str, severity: str) -> str:
    field = str(fault.field) if fault.field else ""
    place = f"{fault.segment}^{fault.sequence}^{field}"
    name = ERROR_CODES[fault.code]
    if version < "2.5":
        return f"ERR|{place}^{fault.code}&{name}&HL70357&{fault.reason}&{escaped(str(fault))}"
    return "|".join(
        (
            "ERR",
            "",
            place.rstrip("^"),
            f"{fault.code}^{name}^HL70357",
            severity,
            fault.reason,
            "",
            escaped(str(fault)),
            "",
        )
    ).rstrip("|")
