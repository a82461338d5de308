"""The commands other than `run`, one module each, loaded when asked for."""
