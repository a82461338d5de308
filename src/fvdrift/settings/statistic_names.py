"""Names of variables in NAME.stats.nc: those of one [[statistic]] must not be those of another."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from fvdrift.tools.quantity import shown

_AMOUNTS, _AXES = ("mass", "number"), ("x", "y", "lon", "lat")
_WORDS = """
age age_bounds alive amount arrivals ashore ashore_per_km beached began cell_area centre_z cloud_name
concentration connectivity count dead decayed density deviation dispersion e_folding_time
e_folding_time_kept elapsed entries exited exponent exposure first_arrival fraction_inside fraction_kept
inside landings landings_per_km layer layer_bounds look lost maximum mean mean_age mean_age_at_entry
mean_residence_time mean_residence_time_is_lower_bound mean_stay mean_stay_is_lower_bound
mean_time_inside mean_time_inside_is_lower_bound minimum negative net observed on_bed on_dry on_shore
outside particles polygon_name positive region_name released residence section_name segment_along
segment_coastline segment_length segment_name settled side_segment source_name spread still_inside
still_kept threshold time time_above time_bounds too_young variance_x variance_y variance_z volume
wet_looks youngest covariance_xy
"""
# what stands behind the name of a statistic, of all kinds
ENDS = frozenset(
    (
        *_WORDS.split(),
        *(f"{of}_{kind}" for of in ("ashore", "beached", "negative", "net", "positive") for kind in _AMOUNTS),
        *(f"ashore_{kind}_per_km" for kind in _AMOUNTS),
        *(f"{axis}{bounds}" for axis in _AXES for bounds in ("", "_bounds")),
        *(f"{of}_{axis}" for of in ("centre", "segment", "segment_ends", "side", "start") for axis in _AXES),
    )
)
MESH = "mesh"
_OF_MESH = frozenset(
    ("face_nodes", *(f"{of}_{axis}" for of in ("face", "node") for axis in _AXES))
)  # of the mesh itself, beside it


def names_that_meet(titles: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Numbers of statistics of which a variable would have the name of one of another, and why."""
    for (_, one), (number, other) in permutations(enumerate([*titles, MESH]), 2):
        ends = _OF_MESH if one == MESH else ENDS
        between = other.removeprefix(f"{one}_")
        if between == other or number == len(titles):
            continue
        same = next((end for end in sorted(ENDS) if f"{between}_{end}" in ends), None)
        if same is not None:
            whose = "the mesh" if one == MESH else f"[[statistic]] {shown(one)}"
            yield number, f"{shown(other)}: {other}_{same} is a variable of {whose} too: give it another name"
