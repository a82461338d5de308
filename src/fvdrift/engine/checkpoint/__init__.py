"""Checkpoints: all that a run needs to go on from where it came to. `archive`: one file; `shelf`: those of a run; `identity`:
what a file belongs to; `contents`: what stands in it.

Nothing is imported here: `shelf` must load fast.
"""
