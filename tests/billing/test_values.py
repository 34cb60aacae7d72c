"""A value made quickly is a frozen dataclass in every other way."""

from copy import deepcopy
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from inspect import signature

import pytest

from billing.rules.values import value


@value(frozen=True, slots=True)
class Dose:
    """An example."""

    drug: str
    grams: int = 1

    @property
    def said(self) -> str:
        return f"{self.grams} of {self.drug}"


def test_it_is_made_and_compared_as_a_dataclass_is():
    dose = Dose("aspirin", grams=2)
    assert (repr(dose), dose.said) == ("Dose(drug='aspirin', grams=2)", "2 of aspirin")
    assert type(dose) is Dose
    assert is_dataclass(dose)
    assert [field.name for field in fields(Dose)] == list(signature(Dose).parameters) == ["drug", "grams"]
    assert replace(dose, grams=1) == Dose("aspirin") == deepcopy(Dose("aspirin"))
    assert {Dose("aspirin"): "found"}[Dose("aspirin", 1)] == "found"
    assert Dose("aspirin") != dose


def test_it_never_changes_and_takes_what_it_names_alone():
    dose = Dose("aspirin")
    with pytest.raises(FrozenInstanceError):
        dose.grams = 3
    with pytest.raises(FrozenInstanceError):
        del dose.grams
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'drug'"):
        Dose()
    with pytest.raises(TypeError, match="unexpected keyword argument 'weight'"):
        Dose("aspirin", weight=1)
    assert dose == Dose("aspirin", 1)
