"""Least-squares gradients of element fields over the neighbouring centroids (FVCOM shape_coef_gcn.F, made to
work at coasts).

Linear fields are exact with two neighbours or three; with one the slope towards it is kept, with none it is
zero. FVCOM's own files carry zero weights in every element at a boundary, so theirs are not taken.
"""

from .boundary import metres
from .coast import CONSTRAINED
from .jit import entry_point, kernel, kernel_called, unsigned
from .state import FLAT

IN_LINE = 1e-6  # determinant over squared trace below which the neighbours lie in one line with the element


@kernel
def least_squares(dx0, dx1, dx2, dy0, dy1, dy2):
    """Weights (x0, x1, x2, y0, y1, y2) of F_nj - F in the gradient; an offset (0, 0) takes no part."""
    xx = dx0 * dx0 + dx1 * dx1 + dx2 * dx2
    yy = dy0 * dy0 + dy1 * dy1 + dy2 * dy2
    xy = dx0 * dy0 + dx1 * dy1 + dx2 * dy2
    trace = xx + yy
    determinant = xx * yy - xy * xy
    if trace == 0.0:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if determinant > IN_LINE * trace * trace:
        a, b, c = yy / determinant, -xy / determinant, xx / determinant
    else:  # the slope along the line, nothing across it
        a, b, c = xx / (trace * trace), xy / (trace * trace), yy / (trace * trace)
    return (
        a * dx0 + b * dy0,
        a * dx1 + b * dy1,
        a * dx2 + b * dy2,
        b * dx0 + c * dy0,
        b * dx1 + c * dy1,
        b * dx2 + c * dy2,
    )


@kernel
def _offset(elements, e, neighbour, per_x, per_y, takes_part):
    """From centroid to centroid in metres; (0, 0) for a neighbour that takes no part."""
    if not takes_part:
        return 0.0, 0.0
    return (elements[neighbour].xc - elements[e].xc) * per_x, (
        elements[neighbour].yc - elements[e].yc
    ) * per_y


@kernel_called
def participating_weights(elements, stencil, metric, e, wet):
    """Gradient weights of element `e`, per unit of x and y, from the neighbours whose bits 1 to 3 are set in
    `wet`.

    A neighbour that is the element itself (there is none) has no offset, so no weight.
    """
    per_x, per_y = metres(metric, e)
    dx0, dy0 = _offset(elements, e, stencil.n0, per_x, per_y, wet & 2)
    dx1, dy1 = _offset(elements, e, stencil.n1, per_x, per_y, wet & 4)
    dx2, dy2 = _offset(elements, e, stencil.n2, per_x, per_y, wet & 8)
    x0, x1, x2, y0, y1, y2 = least_squares(dx0, dx1, dx2, dy0, dy1, dy2)
    kind = type(stencil.x0)
    return (
        kind(x0 * per_x),
        kind(x1 * per_x),
        kind(x2 * per_x),
        kind(y0 * per_y),
        kind(y1 * per_y),
        kind(y2 * per_y),
    )


@kernel
def stencil_weights(mesh, metric, e, wet):
    """Gradient weights of element `e`; computed anew where a neighbour is dry, as it then takes no part."""
    stencil = mesh.stencil[unsigned(e)]
    if wet == 15:
        return stencil.x0, stencil.x1, stencil.x2, stencil.y0, stencil.y1, stencil.y2
    return participating_weights(mesh.element, stencil, metric, e, wet)


@entry_point
def fill_weights(elements, stencils, metric):
    """Set the weights of all stencils for an element whose neighbours are all wet."""
    for e in range(len(stencils)):
        weights = participating_weights(elements, stencils[e], metric, e, 15)
        stencils[e].x0, stencils[e].x1, stencils[e].x2 = weights[0], weights[1], weights[2]
        stencils[e].y0, stencils[e].y1, stencils[e].y2 = weights[3], weights[4], weights[5]


@entry_point
def wet_code(wet, stencils, code):
    """Bits of one frame: bit 0 the element is wet, bits 1 to 3 its neighbours take part (wet, or absent),
    CONSTRAINED; uint8."""
    for e in range(len(stencils)):
        stencil = stencils[e]
        bits = 1 if wet[e] else 0
        if wet[stencil.n0] or stencil.n0 == e:
            bits |= 2
        if wet[stencil.n1] or stencil.n1 == e:
            bits |= 4
        if wet[stencil.n2] or stencil.n2 == e:
            bits |= 8
        if stencil.coastal >= FLAT:
            bits |= CONSTRAINED
        code[e] = bits
