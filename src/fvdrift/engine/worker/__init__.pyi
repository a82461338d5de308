from .loop_beside import LoopBeside as LoopBeside
from .subdomain_fields import SubdomainFields as SubdomainFields
from .warm_up import rehearse as rehearse
from .worker import Worker as Worker
