"""Where points lie, told by their positions alone: in which polygon, in which element. Not the search a
release makes (`locate`).

So whoever asks, a worker of its particles or a reader of their tracks, gets the same answer.
"""

from .habitat import holder
from .jit import entry_point, kernel_called
from .locate import find_element, local_coordinates


@entry_point
def find_polygons(outlines, x, y, found):
    """The lowest polygon that holds each point, or -1. x, y: float64 (point,), finite; found: int32 (point,),
    filled."""
    for i in range(len(x)):
        found[i] = holder(outlines, 0, x[i], y[i])


@entry_point
def well_inside(elements, element, x, y, margin, inside):
    """Whether each point lies in its element, so far from the sides that no other element holds it.

    elements: ELEMENT records; element: int32 (point,); margin: of a barycentric coordinate; inside: bool
    (point,), filled.
    """
    for i in range(len(x)):
        first, second, third = local_coordinates(elements[element[i]], x[i], y[i])
        inside[i] = min(first, second, third) > margin


@kernel_called
def nearest_element(mesh, grid, x, y):
    """The lowest element that holds (x, y); where none does, of those in the cells round it the one whose
    sides it is least beyond (by barycentric coordinates), as for a particle at the coast that rounding has
    put on land; -1 far from all."""
    held_by = find_element(mesh, grid, x, y)
    if held_by >= 0:
        return held_by
    column = int(min(max((x - grid.x0) * grid.per_x, -2.0), grid.columns + 2.0))
    row = int(min(max((y - grid.y0) * grid.per_y, -2.0), grid.rows + 2.0))
    best = -1
    least = -1.0  # beyond a side by a whole height of the element: that is not at its edge
    for r in range(max(row - 1, 0), min(row + 2, grid.rows)):
        for c in range(max(column - 1, 0), min(column + 2, grid.columns)):
            cell = r * grid.columns + c
            for i in range(grid.first[cell], grid.first[cell + 1]):
                e = grid.member[i]
                first, second, third = local_coordinates(mesh.element[e], x, y)
                inside = min(first, second, third)
                if inside > least or (inside == least and e < best):
                    best, least = e, inside
    return best


@entry_point
def nearest_elements(mesh, grid, x, y, found):
    """`nearest_element` for arrays of points; found: int32 (point,), filled."""
    for i in range(len(x)):
        found[i] = nearest_element(mesh, grid, x[i], y[i])
