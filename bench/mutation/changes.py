"""The changes: each is a small mistake that a person could make."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
    ast.BitXor: ast.BitAnd,
}


@dataclass(frozen=True)
class Change:
    """One change of one module.

    Attributes:
        line: Where it is.
        what: The code before and after.
        source: The whole module, changed.
    """

    line: int
    what: str
    source: str


def changes(source: str) -> Iterator[Change]:
    """Make every change of a module, one at a time."""
    tree = ast.parse(source)
    skipped = set(_skipped(tree))
    for place, node in enumerate(ast.walk(tree)):
        if node in skipped:
            continue
        for number, wrong in enumerate(_wrong(node)):
            yield _made(tree, place, number, node, wrong)


def _made(tree: ast.Module, place: int, number: int, node: ast.AST, wrong: ast.AST) -> Change:
    changed = copy.deepcopy(tree)
    target = list(ast.walk(changed))[place]
    new = list(_wrong(target))[number]
    _Replace(target, new).visit(changed)
    what = f"{_short(node)} -> {_short(wrong)}"
    return Change(getattr(node, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(changed)))


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, new: ast.AST) -> None:
        self._target = target
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._target else self.generic_visit(node)


def _wrong(node: ast.AST) -> Iterator[ast.AST]:
    """Make what a mistake could put in the place of a node."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=comparators) if type(op) in _COMPARISONS:
            yield ast.Compare(left, [_COMPARISONS[type(op)]()], comparators)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            yield ast.BinOp(left, _ARITHMETIC[type(op)](), right)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.Raise():
            yield ast.Pass()
        case ast.Return(value=value) if value is not None:
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case _:
            pass


def _skipped(tree: ast.Module) -> Iterator[ast.AST]:
    """Give the nodes whose change means nothing: types, and imports for types."""
    for node in ast.walk(tree):
        inner: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [node.returns, *(each.annotation for each in node.args.args)]
        elif isinstance(node, ast.AnnAssign):
            inner = [node.annotation]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            inner = [node]
        for each in inner:
            if each is not None:
                yield from ast.walk(each)


def _short(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(node)).splitlines()[0]
    return text if len(text) <= 70 else f"{text[:67]}..."
