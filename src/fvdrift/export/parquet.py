"""Records as Parquet: a folder of parts, as DuckDB, dask, Spark and pandas read it. Never whole in memory."""

import json
from pathlib import Path
from typing import Any

from .frame import attributes_of, empty_frame, slab_frame
from .records import Records

PART = 1 << 22  # records of a part: some hundred MB


def write(records: Records, path: Path) -> int:
    """Write all parts into a new folder; how many records there are. Raises OSError."""
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    path.mkdir()
    schema = _schema(records)
    count = part = in_part = 0
    writer = ParquetWriter(path / "part-00000.parquet", schema, compression="zstd")
    try:
        for slab in records.slabs(records.names):
            frame = slab_frame(records, slab)
            if in_part >= PART and len(frame):
                writer.close()
                part, in_part = part + 1, 0
                writer = ParquetWriter(path / f"part-{part:05d}.parquet", schema, compression="zstd")
            if len(frame):
                writer.write_table(pyarrow.Table.from_pandas(frame, schema=schema, preserve_index=False))
            count, in_part = count + len(frame), in_part + len(frame)
    finally:
        writer.close()
    return count


def _schema(records: Records) -> Any:
    """Types of the columns with their units, and the attributes of the file."""
    import pyarrow

    schema = pyarrow.Schema.from_pandas(empty_frame(records), preserve_index=False)
    told = attributes_of(records)
    for number, name in enumerate(schema.names):
        field = {key: columns[name] for key, columns in told.items() if name in columns}
        schema = schema.set(number, schema.field(number).with_metadata(field))
    # pandas gives PANDAS_ATTRS back as attrs
    more = records.attributes() | {"PANDAS_ATTRS": json.dumps(told, ensure_ascii=False)}
    return schema.with_metadata({**(schema.metadata or {}), **more})
