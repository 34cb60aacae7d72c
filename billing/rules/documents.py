"""YAML files as text until typed, with line numbers. Knows nothing of rules or cases; their schemas give the types.

YAML would read an unquoted 00104 as a number and NO as false. Here a plain scalar becomes a number, a truth value or
null only where its form leaves no doubt, everything else stays text, and a schema that wants text refuses the number
with its line.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

PLAIN_NUMBER = re.compile(r"[-+]?(\d[\d_]*)?\.?\d+([eE][-+]?\d+)?")
PLAIN_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}

Location = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file, where a person can find it."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class DocumentError(ValueError):
    """A file that cannot be used; carries every problem found, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed file: its data, and the nodes that know their lines."""

    file: str
    data: Any
    root: Node

    def line(self, location: Location) -> int:
        """The line of the deepest part of `location` that the file has; the rest of it is what is missing."""
        node: Node = self.root
        line = 1
        for step in location:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def problem(self, location: Location, message: str) -> Problem:
        """A problem at a place in this file."""
        return Problem(self.file, self.line(location), message)

    def typed(self, model: type[M]) -> M:
        """The data as a strict model, or DocumentError with every mismatch."""
        try:
            return model.model_validate_json(json.dumps(self.data))
        except ValidationError as error:
            mismatches = [self._mismatch(each["loc"], each) for each in error.errors()]
            raise DocumentError(mismatches) from None

    def _mismatch(self, location: Location, error: Any) -> Problem:
        at = error.get("ctx", {}).get("at")  # a validator of a list can say which item it means
        where = location if at is None else (*location, at)
        return self.problem(where, f"{'.'.join(map(str, where)) or 'file'}: {error['msg']}")


def read(path: Path) -> Document:
    """Parse one YAML 1.2 file. Repeated keys are refused."""
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(path)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DocumentError([Problem(str(path), line, str(error.problem))]) from None
    except OSError as error:
        raise DocumentError([Problem(str(path), 1, error.strerror or "cannot be read")]) from None
    if root is None:
        raise DocumentError([Problem(str(path), 1, "the file is empty")])
    return Document(str(path), _data(root, path), root)


def _data(node: Node, path: Path) -> Any:
    match node:
        case MappingNode():
            mapping: dict[str, Any] = {}
            for key, value in node.value:
                if key.value in mapping:
                    line = key.start_mark.line + 1
                    raise DocumentError([Problem(str(path), line, f"the key {key.value} is given twice")])
                mapping[key.value] = _data(value, path)
            return mapping
        case SequenceNode():
            return [_data(item, path) for item in node.value]
        case ScalarNode():
            return _scalar(node.value) if node.style is None else node.value
    raise AssertionError(f"YAML has no {type(node).__name__}")


def _scalar(text: str) -> Any:
    """A plain scalar. A fraction becomes a float only so that a schema can refuse it: money is quoted text."""
    if text in PLAIN_WORDS:
        return PLAIN_WORDS[text]
    if PLAIN_NUMBER.fullmatch(text):
        return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)
    return text


def _child(node: Node, step: str | int) -> tuple[int, Node] | None:
    if isinstance(node, MappingNode):
        return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None
