"""Where Dagster keeps runs, events and schedules: SQLite by default, PostgreSQL when DAGSTER_POSTGRES_URL is set.

Named in dagster.yaml, so that the same file serves a laptop and a deployment.
"""

from pathlib import Path
from typing import Any, Self

from dagster import Field, StringSource
from dagster._core.storage.base_storage import DagsterStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData

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

            # dagster-postgres carries psycopg2; a bare URL means another driver from SQLAlchemy 2.1 on.
            with_driver = url.replace("postgresql://", "postgresql+psycopg2://", 1)
            storage = DagsterPostgresStorage(postgres_url=with_driver, inst_data=inst_data)
        else:
            from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

            folder = Path(config_value["sqlite_dir"]).expanduser().resolve()
            folder.mkdir(parents=True, exist_ok=True)
            storage = DagsterSqliteStorage.from_local(str(folder), inst_data)
        return storage  # type: ignore[no-any-return]
