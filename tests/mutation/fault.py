"""A fault, made in the process that asks for it: in what is loaded where that will do, else in what is imported anew."""

import ast
import importlib.abc
import importlib.util
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from billing.rules.documents import Document
from tests.mutation import python_mutants, rulebook_mutants
from tests.mutation.python_mutants import PythonMutant
from tests.mutation.rulebook_mutants import RulebookMutant

RULES = Path("billing/rules")
LOADING = (
    "documents",
    "versions",
    "asked",
    "schema",
    "parts",
    "rulebook",
    "dated",
    "references",
)  # they build the rulebook, which is built anew
ANEW = "billing.rules", "billing.case", "billing.management"  # what is imported anew with one of them

Mutant = PythonMutant | RulebookMutant

CLEAN: dict[str, Any] = {}  # the rulebook's files as they are
PARSED: dict[bytes, tuple[Any, Any]] = {}  # by their text: what they say, and where
TYPED: dict[str, Any] = {}  # by file: what it means


class Kept(Document):
    """A file that is as it was, and so means what it meant."""

    def typed(self, model: Any) -> Any:
        if self.file not in TYPED:
            TYPED[self.file] = super().typed(model)
        return TYPED[self.file]


class _Source(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed tree."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self._name, self._tree, self._path = name, tree, path

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        return importlib.util.spec_from_loader(name, self, origin=str(self._path)) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self._path.resolve())
        exec(compile(self._tree, str(self._path), "exec"), module.__dict__)


def forget() -> None:
    """Let the engine's modules, those that read cases and rulebooks, and the tests be imported anew."""
    for name in [*(name for name in sys.modules if name.startswith(ANEW)), *tests()]:
        del sys.modules[name]


def tests() -> list[str]:
    """The modules of the engine's tests, which pytest imports by their bare names."""
    folder = str(Path("tests/billing").resolve())
    return [name for name, each in sys.modules.items() if (getattr(each, "__file__", "") or "").startswith(folder)]


def build_in(mutant: Mutant) -> None:
    """Make a fault in this process."""
    if isinstance(mutant, RulebookMutant):
        from billing.rules import rulebook

        clean = rulebook.read
        rulebook.read = lambda path: (  # type: ignore[assignment]
            rulebook_mutants.mutated(CLEAN[path.name], mutant)
            if path == rulebook.FOLDER / mutant.file
            else CLEAN[path.name]
            if path.parent == rulebook.FOLDER
            else clean(path)
        )
        _take_anew()
        return
    path = RULES / f"{mutant.module}.py"
    tree = python_mutants.mutated(path, mutant.number)
    if is_of_a_function(mutant):
        _transplant(sys.modules[f"billing.rules.{mutant.module}"], tree, path)
        if mutant.module in LOADING:
            _take_anew()
        return
    forget()
    sys.meta_path.insert(0, _Source(f"billing.rules.{mutant.module}", tree, path))
    if mutant.module != "documents":
        read_once()


def _take_anew() -> None:
    """Load the rulebook anew, for tests that hold it as well."""
    from billing.rules import rulebook

    rulebook.load_rulebook.cache_clear()
    for module in [sys.modules[name] for name in tests()]:
        for each in [key for key, value in vars(module).items() if isinstance(value, rulebook.Rulebook)]:
            setattr(module, each, rulebook.load_rulebook())


def is_of_a_function(mutant: PythonMutant) -> bool:
    """Whether a fault can be made in a module that is loaded: a validator's function is kept by its model as well."""
    if mutant.module == "documents":
        return False  # what reads files is in force from the first file on
    module = sys.modules[f"billing.rules.{mutant.module}"]
    name = mutant.function.split(".")[0]
    classes = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    found = [vars(each)[name] for each in (module, *classes) if name in vars(each)]
    return bool(found) and all(
        isinstance(each, FunctionType | property) or hasattr(each, "cache_clear") for each in found
    )


def read_once() -> None:
    """Have files that were read once taken from memory: reading them is what takes longest."""
    from billing.rules import documents, rulebook

    clean = documents.read

    def remembered(path: Path) -> Document:
        if path.suffix != ".yaml" or not path.exists():
            return clean(path)
        text = path.read_bytes()
        if text not in PARSED:
            read_now = clean(path)
            PARSED[text] = read_now.data, read_now.root
        return documents.Document(str(path), *PARSED[text])

    documents.read = rulebook.read = remembered


def _transplant(module: ModuleType, tree: ast.Module, path: Path) -> None:
    """Give the functions of a loaded module the code of a changed one, so that whoever imported them has it too."""
    namespace: dict[str, Any] = {"__name__": module.__name__, "__package__": module.__package__, "__file__": str(path)}
    spare = ModuleType(module.__name__)
    spare.__dict__.update(namespace)
    kept = sys.modules[module.__name__]
    sys.modules[module.__name__] = spare  # dataclasses look their module up
    try:
        exec(compile(tree, str(path), "exec"), spare.__dict__)
    finally:
        sys.modules[module.__name__] = kept
    for name, new in spare.__dict__.items():
        old = module.__dict__.get(name)
        if isinstance(new, type) and new.__module__ == module.__name__:
            for each, value in vars(new).items():
                _recode(getattr(old, "__dict__", {}).get(each), value)
        else:
            _recode(old, new)


def _recode(old: Any, new: Any) -> None:
    if isinstance(old, property) and isinstance(new, property):
        old, new = old.fget, new.fget
    if hasattr(old, "cache_clear"):
        old.cache_clear()
        old, new = old.__wrapped__, new.__wrapped__
    if isinstance(old, FunctionType) and isinstance(new, FunctionType) and old.__module__ == new.__module__:
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
