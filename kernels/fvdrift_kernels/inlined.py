"""How functions are compiled that are copied into every caller: as code for their callers alone. No arithmetic.

Numba takes each function, with all that is inlined in it, through all passes of LLVM and to machine code before the next
one inlines it: a line ten calls deep ten times, and in vain but for the last. So these functions get neither; the entry
points, and what they call without inlining, get both. No pass may change a rounding, so what is computed is the same to
the bit; a step of the loop takes 0.4 to 1 % more instructions (scripts/count_instructions.py).
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class InlinedCompiler(Compiler):
    """As Numba's own, into a library without machine code."""

    def __init__(self, typing: Any, target: Any, library: Any, *rest: Any):
        if library is None:
            library = _Inlined(target.codegen(), "inlined")
            library.enable_object_caching()
        super().__init__(typing, target, library, *rest)


class _Inlined(JITCodeLibrary):
    @property
    def codegen(self) -> Any:
        return _WithoutCode(self._codegen)

    def _optimize_final_module(self) -> None:
        """Nothing: it is optimised where it is inlined."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        self._ensure_finalized()
        return 0  # nobody calls it but where it is inlined


class _WithoutCode:
    """The code generator, where a function has no code that could be given its environment."""

    def __init__(self, codegen: Any):
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Nothing to give it to."""
