"""What `make mutants` builds in: small faults of Python and of the rulebook, each where it says and nothing else."""

import pickle

from billing.rules.documents import read
from tests.mutation import python_mutants, rulebook_mutants

MODULE = """
def enough(have, need):
    return have >= need and not need > 5
"""
RULES = """codes:
  "99490":
    versions:
      - {from: 2015-01-31, minutes: 20, visits: [A, B], words: "20 minutes from 2015-01-31"}
"""


def test_the_faults_of_a_module(tmp_path):
    path = tmp_path / "small.py"
    path.write_text(MODULE)
    found = python_mutants.mutants(path)
    assert [(each.line, each.what, each.function) for each in found] == [
        (3, "return None", "enough"),
        (3, "and -> or", "enough"),
        (3, ">= -> >", "enough"),
        (3, "not x -> x", "enough"),
        (3, "> -> >=", "enough"),
        (3, "5 -> 6", "enough"),
        (3, "5 -> 4", "enough"),
    ]
    assert [answers(path, each.number) for each in found] == [
        [None, None, None],
        [True, True, True],
        [False, True, False],
        [False, False, True],
        [False, True, False],
        [True, True, True],
        [False, True, False],
    ]


def test_no_fault_is_the_module_as_it_is(tmp_path):
    path = tmp_path / "small.py"
    path.write_text(MODULE)
    assert answers(path, python_mutants.UNCHANGED) == [True, True, False]


def answers(path, number):
    """Of five of five, of five of four, and of six of six."""
    namespace = {}
    exec(compile(python_mutants.mutated(path, number), str(path), "exec"), namespace)
    return [namespace["enough"](*asked) for asked in ((5, 5), (5, 4), (6, 6))]


def test_the_faults_of_a_file_of_rules(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(RULES)
    found = list(rulebook_mutants.mutants(path))
    at = "codes.99490.versions.0"
    assert [each.what for each in found] == [
        f"{at}.attained: half instead of full",
        *(
            f"{at}.from: {day} instead of 2015-01-31"
            for day in ("2015-01-30", "2015-02-01", "2014-12-31", "2015-02-28")
        ),
        f"{at}.minutes: 21 instead of 20",
        f"{at}.minutes: 19 instead of 20",
        f"{at}.visits.0: A removed",
        f"{at}.visits.1: B removed",
    ]
    assert {each.line for each in found} == {4}
    clean = read(path)
    told = pickle.loads(pickle.dumps(found[-1]))  # as it reaches the process that makes it
    changed = rulebook_mutants.mutated(clean, told)
    assert changed.data["codes"]["99490"]["versions"][0]["visits"] == ["A"]
    assert clean.data["codes"]["99490"]["versions"][0]["visits"] == ["A", "B"]
