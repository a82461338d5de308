from . import roles as roles
from .roles import run as run
from .serving import serve as serve
