"""Who and where: the people, organizations and places that the bundle's other resources point at, read for their names.

They are not validated: a name that cannot be used is no name.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from interop.codecs.fhir_bundle import Resource

KINDS = ("Practitioner", "PractitionerRole", "Organization", "Location", "RelatedPerson")
NPI = "http://hl7.org/fhir/sid/us-npi"
_NPI = re.compile(r"[0-9]{10}")
_LONGEST = 120


@dataclass(frozen=True)
class Named:
    """What a reference points at: in words, what kind of thing it is where the bundle holds it, and its NPI."""

    name: str = ""
    kind: str = ""
    npi: str = ""
    type_codes: frozenset[str] = frozenset()


class Names:
    """Looks references of one bundle up."""

    def __init__(self, named: Iterable[Resource]) -> None:
        self._bodies: dict[str, tuple[str, Mapping[str, Any]]] = {}
        for each in named:
            keys = [each.full_url] if each.full_url else []
            keys += [f"{each.kind}/{each.id}", f"urn:uuid:{each.id}"] if each.id else []
            for key in keys:
                self._bodies.setdefault(key, (each.kind, each.body))

    def of(self, reference: Any, contained: Any = (), deeper: bool = True) -> Named:
        """What a Reference means; `contained` are the resources inside the one that refers."""
        if not isinstance(reference, dict):
            return Named()
        target = reference.get("reference")
        key = target.partition("/_history/")[0] if isinstance(target, str) else ""
        kind, body = self._bodies.get(key) or _inside(key, contained) or _typed(reference, key)
        name = _usable(reference.get("display")) or _name(kind, body)
        npi = _npi(body)
        if kind == "PractitionerRole" and deeper:
            person = self.of(body.get("practitioner"), contained, deeper=False)
            name, npi = name or person.name, npi or person.npi
        return Named(name, kind, npi, frozenset(_type_codes(body.get("type"))))


def _inside(key: str, contained: Any) -> tuple[str, Mapping[str, Any]] | None:
    for body in contained if key.startswith("#") and isinstance(contained, list) else ():
        if isinstance(body, dict) and body.get("id") == key[1:] and isinstance(body.get("resourceType"), str):
            return body["resourceType"], body
    return None


def _typed(reference: Mapping[str, Any], key: str) -> tuple[str, Mapping[str, Any]]:
    """The kind that a reference out of the bundle names, and nothing else of it but a logical identifier."""
    kind = reference.get("type") or key.rpartition("/")[0].rpartition("/")[2]
    identifier = reference.get("identifier")
    return (kind if isinstance(kind, str) else ""), {"identifier": [identifier] if identifier else []}


def _name(kind: str, body: Mapping[str, Any]) -> str:
    held = body.get("name")
    if isinstance(held, str):
        return _usable(held)
    for name in held if isinstance(held, list) else ():
        if isinstance(name, dict):
            given = name.get("given")
            parts = [*given, name.get("family")] if isinstance(given, list) else [name.get("family")]
            if joined := _usable(" ".join(part for part in parts if isinstance(part, str))) or _usable(
                name.get("text")
            ):
                return joined
    return ""


def _npi(body: Mapping[str, Any]) -> str:
    identifiers = body.get("identifier")
    for held in identifiers if isinstance(identifiers, list) else ():
        if isinstance(held, dict) and held.get("system") == NPI:
            value = held.get("value")
            if isinstance(value, str) and _NPI.fullmatch(value):
                return value
    return ""


def _type_codes(concepts: Any) -> Iterable[str]:
    for concept in concepts if isinstance(concepts, list) else ():
        codings = concept.get("coding") if isinstance(concept, dict) else None
        for coding in codings if isinstance(codings, list) else ():
            code = coding.get("code") if isinstance(coding, dict) else None
            if isinstance(code, str):
                yield code


def _usable(text: Any) -> str:
    """The text on one line, cut to what we store; empty if it is no text or holds signs that cannot be shown."""
    shown = " ".join(text.split()) if isinstance(text, str) else ""
    return shown[:_LONGEST].strip() if shown.isprintable() else ""
