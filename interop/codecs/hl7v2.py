"""HL7 v2: bytes to messages, each to segments whose fields can be asked for. What a message means is not decided here.

Feeds differ in everything the standard fixes: line ends, framing, delimiters, character sets. What can be read without guessing is
read; what cannot is a fault with its place. The structure is python-hl7's; its `unescape` is not used, since it writes what it
cannot read into the log, which may be a patient's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import hl7

LARGEST_MESSAGE = 1024 * 1024
READ = frozenset(("MSH", "EVN", "PID", "PV1", "MRG", "DG1"))
"""Segments that are looked at; others may be long (documents in OBX) and are not even split."""
LONGEST_VALUE = 500
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HEADER = re.compile(rb"MSH[^A-Za-z0-9\s\x00-\x20]{2}")
_ENVELOPE = re.compile(rb"(FHS|BHS|BTS|FTS)(?![A-Za-z0-9])")
_DEFAULTS = "^~\\&"
_SPARE = "^~\\&!%*+/:;=?@_`"
CHARSETS = {
    "": "",
    "ASCII": "",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-8",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"ISO 8859-{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"ISO8859-{part}": f"iso8859-{part}" for part in (1, 15)},
    **{f"ISO IR{part}": "iso2022_jp_2" for part in (13, 14, 87, 159)},
    "WINDOWS-1252": "cp1252",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "BIG-5": "big5",
}
"""HL7 table 0211, and what feeds write instead. Nothing, or ASCII: UTF-8 where the bytes are, else Windows' Western letters."""

ERROR_CODES = {
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    207: "Application internal error",
}
"""HL7 table 0357."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: what (an id, by which it is counted), where, how it is written, what mends it. No patient's data:
    `value` is a code, or the shape of a value (`shape`)."""

    reason: str
    code: int
    segment: str
    field: int
    remedy: str
    value: str = ""
    sequence: int = 1

    @property
    def where(self) -> str:
        return f"{self.segment}-{self.field}" if self.field else self.segment

    def __str__(self) -> str:
        return f"{self.where} is {self.value or 'missing'}: {self.remedy}"


class Hl7Refused(Exception):
    """The message is not taken. `answer` is AE (mend the message) or AR (this receiver never takes such a message)."""

    def __init__(self, answer: str, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.answer = answer
        self.faults = faults


@dataclass(frozen=True)
class Cut:
    """The messages of a file or request, segments separated by CR; and what is wrong with the batch that held them."""

    messages: tuple[bytes, ...]
    faults: tuple[Fault, ...] = ()


def cut(content: bytes) -> Cut:
    """Take framing, byte order marks, blank lines, comments before the first header and batch segments away."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            content = content[len(mark) :]
            if encoding != "utf-8":
                content = content.decode(encoding, "replace").encode()
    messages: list[list[bytes]] = []
    faults: list[Fault] = []
    since, batches = 0, 0
    for line in re.split(rb"[\r\n\x0b\x0c\x1c]+", content):
        line = line.strip(b" \t\x00").removeprefix(b"\xef\xbb\xbf")
        if _HEADER.match(line):
            messages.append([line])
        elif _ENVELOPE.match(line):
            if line.startswith(b"BHS"):
                since, batches = len(messages), batches + 1
            elif line.startswith(b"BTS"):
                faults += _short(line, len(messages) - since)
        elif not line:
            continue
        elif messages:
            messages[-1].append(line)
        elif found := _HEADER.search(line):
            # Test tools write a mark such as [SOM] before the header, on the same line.
            messages.append([line[found.start() :]])
    return Cut(tuple(b"\r".join(lines) for lines in messages), tuple(faults))


def _short(trailer: bytes, count: int) -> Iterable[Fault]:
    said = trailer[4:].split(trailer[3:4])[0].strip() if len(trailer) > 4 else b""
    if said.isdigit() and len(said) < 9 and int(said) != count:
        remedy = f"{count} came: send the batch again, complete; what came before is known and changes nothing twice"
        yield Fault("batch_incomplete", 100, "BTS", 1, remedy, said.decode())


class Segment:
    """One segment: `text(field, component)` is "" where nothing stands."""

    def __init__(self, fields: hl7.Segment, signs: "Signs") -> None:
        self._fields, self._signs = fields, signs

    def repeats(self, field: int) -> list[list[list[str]]]:
        """The repetitions of a field, each a list of components, each a list of subcomponents, unescaped."""
        if field >= len(self._fields):
            return []
        return [
            [[self._signs.plain(sub) for sub in _parts(component)] for component in _parts(repeat)]
            for repeat in _parts(self._fields[field])
        ]

    def text(self, field: int, component: int = 1, sub: int = 1) -> str:
        """Of the first repetition."""
        return part(next(iter(self.repeats(field)), []), component, sub)


@dataclass(frozen=True)
class Signs:
    """The delimiters of a message."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str

    def plain(self, text: str) -> str:
        """The text with its escapes read; those of display and unknown ones leave nothing. Never longer than LONGEST_VALUE."""
        text = str(text)[: 8 * LONGEST_VALUE]
        if self.escape in text:
            mark = re.escape(self.escape)
            text = re.sub(f"{mark}([^{mark}]*){mark}", lambda found: self._escaped(found[1]), text)
        return "".join(sign if sign.isprintable() else " " for sign in text).strip()[:LONGEST_VALUE]

    def _escaped(self, name: str) -> str:
        signs = {
            "F": self.field,
            "S": self.component,
            "T": self.subcomponent,
            "R": self.repetition,
            "E": self.escape,
        }
        if name in signs:
            return signs[name]
        if re.fullmatch(r"X([0-9A-Fa-f]{2})+", name):
            return bytes.fromhex(name[1:]).decode("utf-8", "replace")
        return " " if name.startswith((".br", ".sp", ".ce")) else ""


class Message:
    """A message whose header could be read."""

    def __init__(self, signs: Signs, segments: list[Segment], names: list[str]) -> None:
        self.signs = signs
        self.in_order = list(zip(names, segments, strict=True))
        self.header = segments[0]

    def all(self, name: str) -> list[Segment]:
        return [segment for named, segment in self.in_order if named == name]

    def first(self, name: str) -> Segment | None:
        return next(iter(self.all(name)), None)


def read(content: bytes) -> Message:
    """One message of `cut`. Raises Hl7Refused where not even its header can be read."""
    if not _HEADER.match(content):
        remedy = "send an HL7 v2 message, whose first segment is MSH"
        raise Hl7Refused("AR", Fault("no_header", 100, "MSH", 0, remedy))
    if len(content) > LARGEST_MESSAGE:
        remedy = f"leave documents out: a message may have {LARGEST_MESSAGE // 1024} KB"
        size = f"{len(content) // 1024} KB long"
        raise Hl7Refused("AR", Fault("too_large", 207, "MSH", 0, remedy, size))
    header, *others = content.split(b"\r")
    signs = _signs(header.decode("latin-1"))
    mark = signs.field.encode("latin-1")
    wanted = [line for line in others if (name := line.partition(mark)[0].decode("latin-1")) in READ and name != "MSH"]
    text = _decoded([header, *wanted], _charset(header, signs))
    rest = text[0][4:].partition(signs.field)[2]
    encoding = signs.component + signs.repetition + signs.escape + signs.subcomponent
    text[0] = signs.field.join(("MSH", encoding, rest))
    found = [segment for segment in hl7.parse("\r".join(text)) if str(segment[0]) in READ]
    return Message(signs, [Segment(each, signs) for each in found], [str(each[0]) for each in found])


def part(components: list[list[str]], component: int, sub: int = 1) -> str:
    """The text of a component of one repetition, "" where nothing stands."""
    subs = components[component - 1] if component <= len(components) else []
    return subs[sub - 1] if sub <= len(subs) else ""


def escaped(text: str) -> str:
    """Text as a field of a message with the usual delimiters."""
    names = {"\\": "E", "|": "F", "^": "S", "&": "T", "~": "R"}
    return "".join(f"\\{names[sign]}\\" if sign in names else sign for sign in text if sign.isprintable())


def shape(text: str) -> str:
    """How a value is written, without the value: 12 May becomes 99 Aaa."""
    kinds = (("9", str.isdigit), ("A", str.isupper), ("a", str.isalpha))
    return "".join(next((mark for mark, is_kind in kinds if is_kind(sign)), sign) for sign in text[:20])


def code_shown(text: str) -> str:
    """A code as an answer tells it; what looks like none is not told, since a patient's name may have slipped into the field."""
    return (
        text
        if len(text) <= 12 and re.fullmatch(r"[A-Za-z0-9/. -]*\d[A-Za-z0-9/. -]*|[A-Z]{1,4}", text)
        else shape(text)
    )


def _signs(header: str) -> Signs:
    """The delimiters that MSH-1 and MSH-2 declare; of those that are left out, the usual ones."""
    field = header[3]
    said = header[4:].partition(field)[0][:4]
    usable = all(sign.isprintable() and not sign.isalnum() and not sign.isspace() for sign in said)
    if not said or not usable or len({field, *said}) != len(said) + 1:
        remedy = "declare four different signs, usually ^~\\&"
        raise Hl7Refused("AR", Fault("delimiters", 102, "MSH", 2, remedy, said if usable else shape(said)))
    free = [sign for sign in _SPARE if sign != field and sign not in said]
    for usual in _DEFAULTS[len(said) :]:
        sign = usual if usual in free else free[0]
        free.remove(sign)
        said += sign
    return Signs(field, said[0], said[1], said[2], said[3])


def _charset(header: bytes, signs: Signs) -> str:
    fields = header.decode("latin-1").split(signs.field)
    named = fields[17].split(signs.repetition)[0].split(signs.component)[0].strip().upper() if len(fields) > 17 else ""
    if named in CHARSETS:
        return CHARSETS[named]
    remedy = "name a character set of HL7 table 0211 that is read here, such as UNICODE UTF-8 or 8859/1"
    raise Hl7Refused("AE", Fault("charset_unknown", 103, "MSH", 18, remedy, code_shown(named)))


def _decoded(lines: list[bytes], charset: str) -> list[str]:
    try:
        return [line.decode(charset or "utf-8") for line in lines]
    except UnicodeDecodeError:
        if not charset:
            return [line.decode("cp1252", "replace") for line in lines]
    remedy = "send the text in the character set that MSH-18 names, or name the one it is in"
    raise Hl7Refused("AE", Fault("charset_broken", 102, "MSH", 18, remedy, charset))


def _parts(node: object) -> list[str]:
    return list(node) if isinstance(node, list) else [str(node)]
