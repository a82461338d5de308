"""The commands, one module each, loaded when called. Know nothing of how particles are moved: `on_all_ranks` asks for it."""
