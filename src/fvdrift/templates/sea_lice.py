"""How larvae of salmon lice swim: up by day, down where the water is too fresh for them.

In the run file: custom = "sea_lice.py:swim". fvdrift compiles `swim` and calls it for every louse at every step.
"""

SALINITY = 20.0  # fresher water they leave (copepodids gathered at such steps: Heuch 1995, J. Mar. Biol. Assoc. 75, 927)
UP = 0.5e-3  # m/s, by day: the order used by Johnsen et al. 2014 (Aquacult. Environ. Interact. 5, 99)
DOWN = 1.0e-3  # m/s, out of fresh water: as there
SHALLOW = 0.5  # m that they rise to; CHANGE
DEEP = 10.0  # m below which they rise at night too; CHANGE: how deep light and pressure let yours sink


def swim(depth: float, salinity: float, sun: float) -> float:
    """Speed upwards in m/s. Diel migration of copepodids: Heuch, Parsons & Boxaspen 1995 (Can. J. Fish. Aquat. Sci. 52, 681)."""
    if salinity < SALINITY:
        return -DOWN
    if depth > DEEP or (sun > 0.0 and depth > SHALLOW):
        return UP
    return 0.0
