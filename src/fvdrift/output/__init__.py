"""What a run leaves behind: tracks (`tracks`), the record of the run (`run_record`), and their names (`paths`).

Nothing is imported here: `paths` must load fast, and `tracks` needs the compiled package.
"""
