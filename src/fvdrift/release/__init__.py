"""Where and when particles start: `plan_releases` reads all [[release]] blocks; `place` (compiled) finds the places."""

from fvdrift.mesh.shapes import DEPTH_KINDS

from .plan import EVENT, Depths, ReleasePlan, plan_releases

__all__ = ["DEPTH_KINDS", "EVENT", "Depths", "ReleasePlan", "plan_releases"]
