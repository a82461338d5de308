"""The commands other than `run`, one module each, loaded when called. None knows another."""
