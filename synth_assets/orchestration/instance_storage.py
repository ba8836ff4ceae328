"""Where Dagster keeps runs, events and schedules: SQLite by default, PostgreSQL when DAGSTER_POSTGRES_URL is set.

Named in dagster.yaml, so that the same file serves a laptop and a deployment.
"""

from pathlib import Path
from typing import Any, Self

from dagster import Field, StringSource
from dagster._core.storage.base_storage import DagsterStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.settings import load_settings


class EnvSwitchedStorage(DagsterStorage, ConfigurableClass):
    """Makes one of Dagster's own storages; never an instance of itself."""

    @classmethod
    def config_type(cls) -> Any:
        return {"sqlite_dir": Field(StringSource, is_required=False, default_value=".dagster")}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """Return the PostgreSQL storage of the variable's URL, or the SQLite storage in `sqlite_dir`.

        A relative `sqlite_dir` is below the working directory of the process.
        """
        url = load_settings().dagster_postgres_url
        storage: Any
        if url:
            from dagster_postgres.storage import DagsterPostgresStorage

            storage = DagsterPostgresStorage(postgres_url=_usable_url(url), inst_data=inst_data)
        else:
            from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

            folder = Path(config_value["sqlite_dir"]).expanduser().resolve()
            folder.mkdir(parents=True, exist_ok=True)
            storage = DagsterSqliteStorage.from_local(str(folder), inst_data)
        return storage  # type: ignore[no-any-return]


def _usable_url(url: str) -> str:
    """Return the URL with its driver named. Raises StorageError, which never holds the URL: it carries a password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    address = url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url
    try:
        parsed = make_url(address)
    except (ArgumentError, ValueError):
        parsed = None
    # An '@' in a password is taken for its end: what follows would be looked up, and shown, as the host.
    if parsed is None or parsed.get_backend_name() != "postgresql" or "@" in (parsed.host or ""):
        hint = "write postgresql://user:password@host:port/database, and %40 for an '@' in the password"
        problem = Diagnostic(code="STO108", where="DAGSTER_POSTGRES_URL", message="is not the address of a PostgreSQL database", hint=hint)
        raise StorageError("dagster's records cannot be opened", [problem])
    # dagster-postgres carries psycopg2; a bare URL means another driver from SQLAlchemy 2.1 on.
    return address.replace("postgresql://", "postgresql+psycopg2://", 1)
