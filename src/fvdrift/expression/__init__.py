"""Expressions a person writes in a run file, such as "exp(-((temp - 12) / 3)**2)": read, checked, worked out at many places.

Nothing here runs as Python, and reading needs neither numba nor the kernels (working out does).
"""

from .expression import Expression, Program, parse
from .text import ExpressionError
from .units import unit_of, unit_powers
from .unknown import evaluate_known

__all__ = ["Expression", "ExpressionError", "Program", "evaluate_known", "parse", "unit_of", "unit_powers"]
