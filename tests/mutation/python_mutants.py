"""Small faults in Python source: what each of a module's nodes could wrongly be instead."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Change = Callable[[], None]  # made in the tree that the node belongs to
UNCHANGED = -1  # the number of no change, to see that nothing fails where there is no fault

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
SIGNS = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.And: "and",
    ast.Or: "or",
}


@dataclass(frozen=True)
class PythonMutant:
    """The `number`-th change of a module. `function` is empty where it is made while the module is imported."""

    module: str
    number: int
    line: int
    what: str
    function: str

    @property
    def place(self) -> str:
        return f"billing/rules/{self.module}.py:{self.line}"


def mutants(path: Path) -> list[PythonMutant]:
    """Every change of a module."""
    return [
        PythonMutant(path.stem, number, line, what, function)
        for number, (line, what, function, _) in enumerate(_changes(ast.parse(path.read_text())))
    ]


def mutated(path: Path, number: int) -> ast.Module:
    """The module with one change made."""
    tree = ast.parse(path.read_text())
    if number == UNCHANGED:
        return tree
    for at, (_, _, _, change) in enumerate(_changes(tree)):
        if at == number:
            change()
            return ast.fix_missing_locations(tree)
    raise LookupError(number)


def _changes(tree: ast.Module) -> Iterator[tuple[int, str, str, Change]]:
    for node, function in _nodes(tree, ""):
        for what, change in _of(node):
            yield _line(node), what, function, change


def _line(node: ast.AST) -> int:
    return node.target.lineno if isinstance(node, ast.comprehension) else getattr(node, "lineno", 0)


def _nodes(node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str]]:
    """Every node that runs, with the function it runs in. Annotations and docstrings do not."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_a_type(child):
                continue
            inside = function
            if isinstance(child, ast.FunctionDef):
                inside = f"{function}.{child.name}".strip(".")
            yield child, function
            yield from _nodes(child, inside)


def _is_a_type(node: ast.AST) -> bool:
    """Aliases of types, whose numbers and words no code compares."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("Literal", "Annotated", "Callable", "Mapping", "tuple", "dict", "list")
    )


def _set(node: Any, name: str, value: Any) -> Change:
    return lambda: setattr(node, name, value)


def _put(items: list[Any], at: int, value: Any) -> Change:
    return lambda: items.__setitem__(at, value)


def _of(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                other = COMPARED[type(op)]
                yield f"{SIGNS[type(op)]} -> {SIGNS[other]}", _put(ops, at, other())
        case ast.BoolOp(op=op):
            swapped: ast.boolop = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{SIGNS[type(op)]} -> {SIGNS[type(swapped)]}", _set(node, "op", swapped)
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in CALCULATED:
            yield f"{SIGNS[type(op)]} -> {SIGNS[CALCULATED[type(op)]]}", _set(node, "op", CALCULATED[type(op)]())
        case ast.UnaryOp(op=ast.Not()):
            yield "not x -> x", _without_not(node)
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", _set(node, "value", not value)
        case ast.Constant(value=int() as value):
            yield f"{value} -> {value + 1}", _set(node, "value", value + 1)
            yield f"{value} -> {value - 1}", _set(node, "value", value - 1)
        case ast.Call(func=ast.Name(id=name) as called) if name in CALLED:
            yield f"{name} -> {CALLED[name]}", _set(called, "id", CALLED[name])
        case ast.If() | ast.IfExp():
            yield "if x -> if False", _set(node, "test", ast.Constant(False))
        case ast.comprehension(ifs=ifs) if ifs:
            yield "filter removed", _set(node, "ifs", [])
        case ast.Return(value=ast.Tuple() | ast.List() | ast.ListComp() as value):
            if not (isinstance(value, ast.Tuple | ast.List) and not value.elts):
                yield "return nothing of it", _set(node, "value", ast.Tuple([], ast.Load()))
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "return None", _set(node, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom() as value):
            yield "statement removed", _set(node, "value", ast.Constant(None))
        case ast.Continue():
            yield "continue removed", _blank(node)


def _without_not(node: ast.UnaryOp) -> Change:
    def change() -> None:
        operand = node.operand
        node.__class__ = ast.Call  # type: ignore[assignment]
        node.__dict__.update(func=ast.Name("bool", ast.Load()), args=[operand], keywords=[])

    return change


def _blank(node: ast.Continue) -> Change:
    def change() -> None:
        node.__class__ = ast.Pass  # type: ignore[assignment]

    return change
