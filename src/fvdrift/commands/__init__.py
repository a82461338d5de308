"""The commands other than `run`, one module each, loaded when called. Know no ranks: `cli` connects them."""
