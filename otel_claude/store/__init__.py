"""The local store: where calls are kept when nobody configured another place for them.

The *store* is a directory of *daily files*; each line of a daily file is one OTLP/JSON `TracesData` object
and so a valid body for any OTLP/HTTP endpoint. `otel_claude.store.writer` appends to it,
`otel_claude.store.reader` reads it. This module imports neither, so that asking where the store is costs
nothing.
"""

from otel_claude.store.location import default_directory, existing_directories, is_off, prepare, project_root

__all__ = ["default_directory", "existing_directories", "is_off", "prepare", "project_root"]
