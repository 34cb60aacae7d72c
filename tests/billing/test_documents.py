"""YAML as text until typed: what a scalar is, which line a thing stands on, and how a file that cannot be used is refused."""

import pytest
from pydantic import BaseModel, ConfigDict, model_validator

from billing.rules.documents import Document, DocumentError, Problem, read
from billing.rules.schema import StaffVersion
from billing.rules.versions import Versions

TEXT = """# of two parts

first:
  - name: a
    days: 1
  - {name: b, days: 2}

second: {name: c}
"""


def a_document(tmp_path, text: str) -> Document:
    path = tmp_path / "some.yaml"
    path.write_text(text)
    return read(path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12", 12),
        ("-5", -5),
        ("+5", 5),
        ("00104", 104),
        ("20.5", 20.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1_000", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("NO", "NO"),
        ("True", "True"),
        ("G0511", "G0511"),
        ("12 months", "12 months"),
        ("2025-01-01", "2025-01-01"),
        ('"12"', "12"),
        ("'true'", "true"),
        ('""', ""),
    ],
)
def test_a_plain_scalar_is_a_number_or_a_truth_value_only_where_that_is_beyond_doubt(tmp_path, written, meant):
    (value,) = a_document(tmp_path, f"- {written}\n").data
    assert (value, type(value)) == (meant, type(meant))


def test_a_file_is_what_it_says(tmp_path):
    assert a_document(tmp_path, TEXT).data == {
        "first": [{"name": "a", "days": 1}, {"name": "b", "days": 2}],
        "second": {"name": "c"},
    }
    assert a_document(tmp_path, "first: {}\nsecond: []\n").data == {"first": {}, "second": []}


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("first",), 3),
        (("first", 0), 4),
        (("first", 0, "days"), 5),
        (("first", 1), 6),
        (("first", 1, "days"), 6),
        (("second", "name"), 8),
        # As deep as the file goes: what is missing stands where it would be.
        (("third",), 1),
        (("third", "name"), 1),
        (("first", 2), 3),
        (("first", "name"), 3),
        (("first", 0, "cite"), 4),
        (("second", "name", "more"), 8),
        (("second", 0), 8),
    ],
)
def test_the_line_of_a_thing(tmp_path, place, line):
    document = a_document(tmp_path, TEXT)
    assert document.line(place) == line
    assert document.problem(place, "is wrong") == Problem(document.file, line, "is wrong")


def test_a_number_that_is_a_key_is_found_by_it(tmp_path):
    assert a_document(tmp_path, 'codes:\n  "99490": a\n  7: b\n').line(("codes", 7)) == 3


def test_a_problem_is_told_with_its_file_and_line_and_all_of_them_together():
    first, second = Problem("a.yaml", 3, "is wrong"), Problem("b.yaml", 10, "is too")
    assert str(first) == "a.yaml:3: is wrong"
    refused = DocumentError([first, second])
    assert (str(refused), refused.problems) == ("a.yaml:3: is wrong\nb.yaml:10: is too", [first, second])
    assert sorted([Problem("b.yaml", 1, "x"), second, first, Problem("a.yaml", 2, "z")])[:2] == [
        Problem("a.yaml", 2, "z"),
        first,
    ]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    days: int


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    first: tuple[Part, ...]
    second: dict[str, str]

    @model_validator(mode="after")
    def _some(self) -> "Whole":
        if not self.first:
            raise ValueError("there is no part")
        return self


def refused(document: Document, form: type[BaseModel]) -> list[tuple[int, str]]:
    with pytest.raises(DocumentError) as error:
        document.typed(form)
    assert {problem.file for problem in error.value.problems} == {document.file}
    return [(problem.line, problem.message) for problem in error.value.problems]


def test_a_file_that_fits_its_form(tmp_path):
    whole = a_document(tmp_path, TEXT).typed(Whole)
    assert (whole.first[1], whole.second) == (Part(name="b", days=2), {"name": "c"})


def test_every_mismatch_is_told_on_its_line_and_one_of_the_whole_file_on_the_first(tmp_path):
    wrong = TEXT.replace("days: 1", 'days: "1"').replace("name: b, ", "")
    assert refused(a_document(tmp_path, wrong), Whole) == [
        (5, "first.0.days: Input should be a valid integer"),
        (6, "first.1.name: Field required"),
    ]
    assert refused(a_document(tmp_path, "# nothing\nfirst: []\nsecond: {}\n"), Whole) == [
        (1, "file: Value error, there is no part")
    ]


def test_a_list_says_which_of_its_items_it_means(tmp_path):
    class Listed(BaseModel):
        staff: Versions[StaffVersion]

    stated = 'disciplines: [RN], cite: A, confidence: seen, words: "b"}'
    text = f"staff:\n  - {{from: 2020-01-01, {stated}\n  - {{from: 2020-01-01, {stated}\n"
    assert refused(a_document(tmp_path, text), Listed) == [
        (3, "staff.1: overlaps the version before it: 2020-01-01 does not follow 2020-01-01")
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb:\n  c: 2\n  c: 3\n", 4, "the key c is given twice"),
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "expected ',' or ']', but got ':'"),
        ("# nothing\n", 1, "the file is empty"),
        ("", 1, "the file is empty"),
    ],
)
def test_text_that_cannot_be_used(tmp_path, text, line, said):
    with pytest.raises(DocumentError) as error:
        a_document(tmp_path, text)
    (problem,) = error.value.problems
    assert (problem.file, problem.line) == (str(tmp_path / "some.yaml"), line)
    assert problem.message == said


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DocumentError) as error:
        read(tmp_path / "none.yaml")
    assert error.value.problems == [Problem(str(tmp_path / "none.yaml"), 1, "No such file or directory")]
