"""A hash of what the kernels compute: of their syntax trees. Runs with the same give the same numbers.

Comments, docstrings, annotations, blank lines and the order of imports don't count, nor does Python's
version: what `ast.dump` writes is another from one to the next.
"""

import ast
import functools
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import fvdrift_kernels

# None of these is computed with: annotations, type parameters and comments, u before a text, and whether a
# target stands alone
_LEFT_OUT = ("annotation", "returns", "type_params", "type_comment", "kind", "ctx", "simple")
_NO_ARITHMETIC = ("__init__.py", "keeping.py")


@functools.cache
def arithmetic() -> str:
    """That of the kernels."""
    modules = [
        path for path in Path(fvdrift_kernels.__path__[0]).glob("*.py") if path.name not in _NO_ARITHMETIC
    ]
    return hash_of({path.name: path.read_text("utf-8") for path in modules})


def hash_of(sources: Mapping[str, str]) -> str:
    """Of Python's sources by the names of their files."""
    digest = hashlib.sha256()
    for name, text in sorted(sources.items()):
        digest.update("\n".join([name, *_lines(ast.parse(text)), ""]).encode())
    return digest.hexdigest()[:16]


def _lines(node: object) -> Iterator[str]:
    """All that counts of a tree, in order."""
    if isinstance(node, list):
        imported = sorted(_imported(each for each in node if isinstance(each, ast.Import | ast.ImportFrom)))
        rest = [
            each
            for each in node
            if not isinstance(each, ast.Import | ast.ImportFrom | ast.Pass) and not _is_text(each)
        ]
        yield f"[{imported}" if imported else "["
        for each in rest:
            yield from _lines(each)
        yield "]"
    elif isinstance(node, ast.AST):
        yield type(node).__name__
        for name, value in ast.iter_fields(node):
            if isinstance(node, ast.JoinedStr):  # Python 3.12 has empty texts in some
                value = [each for each in value if getattr(each, "value", None) != ""]
            if name not in _LEFT_OUT and value is not None and value != []:
                yield f".{name}"
                yield from _lines(value)
        yield ";"
    else:
        yield f"{type(node).__name__} {node!a}"


def _imported(imports: Iterable[ast.Import | ast.ImportFrom]) -> Iterator[str]:
    for each in imports:
        where = f"{'.' * each.level}{each.module or ''}." if isinstance(each, ast.ImportFrom) else ""
        yield from (f"{where}{name.name} as {name.asname or ''}" for name in each.names)


def _is_text(node: object) -> bool:
    """A docstring, or another text that stands for itself."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
