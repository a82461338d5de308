from .batch import pbs_script as pbs_script
from .batch import slurm_script as slurm_script
from .kubernetes import mpijob as mpijob
from .options import add_options as add_options
from .resources import LARGEST_NODE as LARGEST_NODE
from .resources import Resources as Resources
from .resources import resources_of as resources_of
from .stage import advice as advice
