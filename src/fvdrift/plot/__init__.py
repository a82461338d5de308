"""Pictures of tracks and of runs. Loads matplotlib, which no other part of fvdrift does."""
