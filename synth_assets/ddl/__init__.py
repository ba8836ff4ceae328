"""SQL DDL to Schema: five dialects in, one model out, every doubt as a diagnostic with its line and column.

Here: decoding, dialect detection, the statement splitter, the reading of CREATE and ALTER statements, and CHECK
expressions (the only importer of sqlglot for reading DDL). Not here: the model itself (schema), anything about
values to generate (plan), opening files (pipeline).
"""

from synth_assets.ddl.codes import CODES
from synth_assets.ddl.dialects import DIALECTS, detect_dialect
from synth_assets.ddl.reading import ReadResult, read_ddl
from synth_assets.ddl.scripts import DdlStatement, qualifiers_of, quote_name, relocate, split_ddl

__all__ = [
    "CODES",
    "DIALECTS",
    "DdlStatement",
    "ReadResult",
    "detect_dialect",
    "qualifiers_of",
    "quote_name",
    "read_ddl",
    "relocate",
    "split_ddl",
]
