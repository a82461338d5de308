"""The Earth as FVCOM has it: a sphere."""

EARTH_RADIUS = 6_371_000.0  # m
