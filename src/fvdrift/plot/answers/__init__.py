"""Pictures of what statistics found: of NAME.stats.nc, of the summary of an ensemble, or of a dataset of either."""
