from .condition import AlertCondition as AlertCondition
from .condition import Partials as Partials
from .condition import parse_alert as parse_alert
from .expression import Expression as Expression
from .expression import parse as parse
from .text import ExpressionError as ExpressionError
from .units import unit_of as unit_of
from .units import unit_powers as unit_powers
