"""What is known of a particle, as one record that travels whole. Not its physics (that is `fvdrift_kernels`)."""

import numpy as np

from fvdrift_kernels.jit import DEBUG
from fvdrift_kernels.state import PARTICLE, STATUS_NAMES

__all__ = ["PARTICLE", "STATUS_NAMES", "for_kernels"]


def for_kernels(records: np.ndarray) -> np.ndarray:
    """Records as kernels take them: with compiling off they need their fields as attributes."""
    return records.view(np.recarray) if DEBUG else records
