"""What the engine is given and what it answers: records that nobody can change once they are made."""

from importlib import import_module
from pkgutil import iter_modules

from msgspec import Struct

from billing import rules
from billing.rules.versions import Model

IN_THE_MAKING = {"Billed", "Draft"}  # a line as its units are added up
MODULES = [import_module(f"billing.rules.{each.name}") for each in iter_modules(rules.__path__)]
RECORDS = [
    each
    for module in MODULES
    for each in vars(module).values()
    if isinstance(each, type) and each.__module__ == module.__name__ and issubclass(each, Struct | Model)
]


def test_a_record_stays_as_it_was_made():
    changeable = {
        each.__name__
        for each in RECORDS
        if not (each.__struct_config__.frozen if issubclass(each, Struct) else each.model_config["frozen"])
    }
    assert changeable == IN_THE_MAKING
    assert len(RECORDS) > 60


def test_the_rulebooks_files_are_taken_at_their_word():
    """No text becomes a number, and no key that nobody reads is let pass."""
    loose = [each.__name__ for each in RECORDS if issubclass(each, Model) and each.model_config != Model.model_config]
    assert loose == []
    assert Model.model_config == {"extra": "forbid", "strict": True, "frozen": True}
