"""How deep and how wide the chunks of tracks are. Not what is in them (that is `packing`)."""

# values: half a megabyte of doubles, what one read of one trajectory or of one time must unpack
CHUNK = 1 << 16
# Rows of a chunk: the more, the better smooth paths pack (49 rows of 200 000 particles: 108 MB in one chunk,
# 136 MB in four; with random walks 3 % apart), and the more are left to pack after the last step
LEAST_ROWS, MOST_ROWS = 16, 64
BANDS = 8  # that a run has at least, where chunks are deeper than the least


def chunk_shape(trajectories: int, rows: int) -> tuple[int, int]:
    """Chunks that serve both one trajectory at all times and all trajectories at one time: (trajectories,
    rows)."""
    bands = max(1, min(-(-rows // LEAST_ROWS), max(BANDS, -(-rows // MOST_ROWS))))
    deep = max(1, -(-rows // bands))
    return max(1, min(trajectories, CHUNK // deep)), deep


def last_band(rows: int) -> int:
    """Rows that can be packed only when the last of them is written."""
    deep = chunk_shape(1, rows)[1]
    return rows - (rows - 1) // deep * deep if rows else 0
