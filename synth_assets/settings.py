"""Everything the environment can change, in one place: this module alone reads it.

Here: the settings of a process and their defaults. Not here: what a dataset asks for (its request
is stored with it), and what dagster.yaml settles.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of this process, each read from `SYNTH_<NAME>`.

    Attributes:
        data_dir: Uploads, datasets and exports live below it; relative to the working directory.
        executor: `in_process` runs the steps of a run one after another, `multiprocess` side by side.
        max_concurrent_steps: Steps at once with `multiprocess`.
        sensor_interval_seconds: Least time between two looks at the uploads, and between two looks for dead runs.
        settle_seconds: A file changed less than this ago may still be on its way and waits for the next look.
        owners: Dagster owners of every asset, as a JSON list of `team:<name>` and e-mail addresses.
        dagster_postgres_url: Where Dagster keeps its runs and events, from `DAGSTER_POSTGRES_URL`; None is SQLite.
        proof_database_url: The database that judges whole datasets; None has SQLite judge them in a scratch file.
        publish_database_url: The PostgreSQL that datasets are published to; None publishes nothing.
        publish_readers: Roles that may read what is published, as a JSON list.
        webserver_url: Where the Dagster UI answers; used in printed links and where a code server cannot be asked directly.
    """

    model_config = SettingsConfigDict(env_prefix="SYNTH_", extra="ignore")

    data_dir: Path = Path("data")
    executor: Literal["in_process", "multiprocess"] = "in_process"
    max_concurrent_steps: int = Field(default=2, ge=1, le=256)
    sensor_interval_seconds: int = Field(default=10, ge=1)
    settle_seconds: float = Field(default=1.0, ge=0)
    owners: list[str] = ["team:synthetic-data"]
    dagster_postgres_url: str | None = Field(default=None, validation_alias="DAGSTER_POSTGRES_URL", repr=False)
    proof_database_url: str | None = Field(default=None, repr=False)
    publish_database_url: str | None = Field(default=None, repr=False)
    publish_readers: list[str] = []
    webserver_url: str = "http://127.0.0.1:3000"

    @field_validator("proof_database_url", "publish_database_url")
    @classmethod
    def _none_of_empty(cls, url: str | None) -> str | None:
        """A compose file can only leave a variable empty, not unset."""
        return url or None

    @property
    def uploads_dir(self) -> Path:
        """Folder watched for `.sql`, `.ddl` and `.txt` files."""
        return self.data_dir.resolve() / "uploads"

    @property
    def datasets_dir(self) -> Path:
        """Root of the dataset store."""
        return self.data_dir.resolve() / "datasets"


def load_settings() -> Settings:
    """Read the environment now; a process may change it between two calls."""
    return Settings()
