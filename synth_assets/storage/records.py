"""The record beside every stored table: what is in the file, and what it was made from."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class TableProvenance(BaseModel):
    """What a table's bytes follow from.

    Attributes:
        plan_fingerprint: Digest of everything in the plan that decides this table.
        schema_fingerprint: Digest of the table as the DDL has it.
        engine_version: Version of the generator.
        seed: The plan's seed.
        filled: SHA-256 of the filled texts the rows were made with, by table key: its own, and those its own may name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan_fingerprint: str
    schema_fingerprint: str
    engine_version: str
    seed: int
    filled: dict[str, str] = Field(default={}, exclude_if=lambda filled: not filled)


class TableRecord(BaseModel):
    """One stored table: `rows`, size of the file in `bytes`, its SHA-256, and where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    rows: int
    bytes: int
    sha256: str
    provenance: TableProvenance


class StoredTable(BaseModel):
    """A record together with the path of its Parquet file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    record: TableRecord
