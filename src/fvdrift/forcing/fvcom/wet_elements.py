"""Which elements are wet where the files don't say so: by FVCOM's own rule (wet_judge.F)."""

import numpy as np

MIN_DEPTH = 0.05  # m: FVCOM's usual
# m: FVCOM leaves just MIN_DEPTH at nodes it takes as dry, and single precision may make a little more of it
_NOTHING = 1e-5


def wet_by_depth(zeta: np.ndarray, h: np.ndarray, triangles: np.ndarray, min_depth: float) -> np.ndarray:
    """uint8 (element,): 1 where the highest surface at its nodes stands more than `min_depth` (m) above the
    highest bed.

    zeta, h: float32 (node,); triangles: int32 (element, 3).
    """
    a, b, c = triangles.T
    highest = np.maximum(np.maximum(zeta[a], zeta[b]), zeta[c])
    shallowest = np.minimum(np.minimum(h[a], h[b]), h[c])
    wet: np.ndarray = (highest.astype(np.float64) + shallowest - min_depth >= _NOTHING).astype(np.uint8)
    return wet
