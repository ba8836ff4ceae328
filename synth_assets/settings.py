"""Everything the environment can change, in one place: this module alone reads it.

Here: the settings of a process and their defaults. Not here: what a dataset asks for (its request
is stored with it), and what dagster.yaml settles.
"""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
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


CacheMode = Literal["readwrite", "replay", "refresh", "off"]


class LlmSettings(BaseSettings):
    """Settings of everything that asks Gemini; keys never show in a repr, a log or an error.

    Attributes:
        api_key: From `GEMINI_API_KEY`, or else `GOOGLE_API_KEY`; None is no key.
        base_url: Another address than Google's, such as the emulator's; from `SYNTH_GEMINI_BASE_URL`, as all below are named.
        vertex_project, vertex_location: Vertex AI instead of an API key; its login is Google's own (application default credentials).
        model: What is asked where a request names no model.
        critique_model: What judges rows; None takes the model that wrote them.
        embedding_model: What makes vectors of texts.
        requests_per_minute: The most that all processes of this folder together send.
        workers: Questions of one table that are asked side by side.
        timeout_seconds: Until a request without an answer counts as lost.
        max_wait_seconds: The longest that one question waits between its attempts, all waits added up.
        cache: `readwrite`; `replay` takes every answer from the cache and sends nothing; `refresh` asks again and replaces; `off`.
        llm_dir: Where answers, the ledger and the rate limit are kept, from `SYNTH_LLM_DIR`; None is `llm` below the data folder.
        langfuse_public_key, langfuse_secret_key, langfuse_base_url: Where traces go, from `LANGFUSE_*`; without both keys nowhere.
    """

    model_config = SettingsConfigDict(
        env_prefix="SYNTH_GEMINI_",
        extra="ignore",
        env_ignore_empty=True,  # a compose file can only leave a variable empty, not unset
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("GEMINI_API_KEY", "GOOGLE_API_KEY"))
    base_url: str | None = None
    vertex_project: str | None = None
    vertex_location: str = "global"
    model: str = Field(default="gemini-3.8-flash", min_length=1)
    critique_model: str | None = None
    embedding_model: str = Field(default="gemini-embedding-2", min_length=1)
    requests_per_minute: int = Field(default=300, ge=1, le=1_000_000)
    workers: int = Field(default=4, ge=1, le=64)
    timeout_seconds: float = Field(default=120, gt=0, le=86_400)
    max_wait_seconds: float = Field(default=120, ge=0, le=86_400)
    cache: CacheMode = "readwrite"
    llm_dir: Path | None = Field(default=None, validation_alias="SYNTH_LLM_DIR")
    data_dir: Path = Field(default=Path("data"), validation_alias="SYNTH_DATA_DIR")
    langfuse_public_key: SecretStr | None = Field(default=None, validation_alias="LANGFUSE_PUBLIC_KEY")
    langfuse_secret_key: SecretStr | None = Field(default=None, validation_alias="LANGFUSE_SECRET_KEY")
    langfuse_base_url: str | None = Field(default=None, validation_alias=AliasChoices("LANGFUSE_BASE_URL", "LANGFUSE_HOST"))

    @field_validator("api_key", "langfuse_public_key", "langfuse_secret_key")
    @classmethod
    def _keep_what_can_be_sent(cls, key: SecretStr | None) -> SecretStr | None:
        """Take a key without the blanks and line ends around it; what no header can hold would be quoted by the transport's errors."""
        value = key.get_secret_value().strip() if key is not None else ""
        if not all("!" <= letter <= "~" for letter in value):
            raise ValueError("it holds blanks, line ends or letters that no key has")
        return SecretStr(value) if value else None

    @property
    def may_ask(self) -> bool:
        """Whether there is something to ask with: a key, or a Vertex project."""
        return self.api_key is not None or self.vertex_project is not None

    @property
    def may_trace(self) -> bool:
        """Whether there are keys for Langfuse."""
        return self.langfuse_public_key is not None and self.langfuse_secret_key is not None

    @property
    def folder(self) -> Path:
        """Where answers, the ledger and the rate limit are kept."""
        return (self.llm_dir or self.data_dir / "llm").resolve()


def load_llm_settings() -> LlmSettings:
    """Read the environment now; a process may change it between two calls."""
    return LlmSettings()
