"""What of a behaviour's file has a say in the run: what is executed when it is read, and the functions that
the named one reaches. The others are the person's own affair: a plot, a fit, a behaviour for another run.
"""

import ast
from collections.abc import Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_AS_PROGRAM = ("__name__ == '__main__'", "'__main__' == __name__")  # not so when fvdrift runs the file


def live_nodes(tree: ast.Module, function: str) -> list[ast.AST]:
    """All nodes of `tree` that are run when the file is, or may be when `function` is called.

    By names: a function counts as reached where live code mentions its name, a method where it mentions its
    class.
    """
    reached = {function}
    while True:
        nodes = list(_executed(tree, reached, ""))
        mentioned = {
            node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        if mentioned <= reached:
            return nodes
        reached |= mentioned


def _executed(node: ast.AST, reached: set[str] | None, name: str) -> Iterator[ast.AST]:
    """`node` and those below it, without the bodies of functions that are not reached.

    reached: names, None within a function that is; name: that of the class or variable which a function
    belongs to.
    """
    yield node
    for below, within, of in _below(node, reached, name):
        yield from _executed(below, within, of)


def _below(
    node: ast.AST, reached: set[str] | None, name: str
) -> Iterator[tuple[ast.AST, set[str] | None, str]]:
    below: list[ast.AST] = list(ast.iter_child_nodes(node))
    if reached is None:
        pass
    elif isinstance(node, _FUNCTIONS):
        called = name or getattr(node, "name", "")
        if called and called not in reached:  # what stands at its head is run all the same
            below = [
                *getattr(node, "decorator_list", ()),
                *node.args.defaults,
                *filter(None, node.args.kw_defaults),
            ]
        else:
            reached = None
    elif isinstance(node, ast.If) and ast.unparse(node.test) in _AS_PROGRAM:
        below = list(node.orelse)
    elif isinstance(node, ast.ClassDef):
        name = node.name
    elif (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Lambda)
        and isinstance(node.targets[0], ast.Name)
    ):
        name = node.targets[0].id
    for each in below:
        yield each, reached, name
