"""Codes as people and other systems write them."""

import pytest

from coordination.rules.icd10cm import billable_code, group_example


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("E11.9", "E11.9"),
        ("e119", "E11.9"),
        (" I10 ", "I10"),
        ("s72.001a", "S72.001A"),
        ("E11", None),
        ("E08-E13", None),
        ("4", None),
        ("Z99.999", None),
        ("E1.19", None),
        ("", None),
        ("   ", None),
        ("x" * 5000, None),
    ],
)
def test_only_a_billable_code_comes_out_and_with_its_dot(written, code):
    assert billable_code(written) == code


@pytest.mark.parametrize(("written", "example"), [("e11", "E11.00"), ("E11.9", None), ("Q", None), ("", None)])
def test_a_group_has_an_example(written, example):
    assert group_example(written) == example
