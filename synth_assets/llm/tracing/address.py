"""Where traces go, and what this process knows of the project they belong to."""

import base64
import threading
from dataclasses import dataclass, field

from synth_assets.settings import LlmSettings

CLOUD = "https://cloud.langfuse.com"


@dataclass(frozen=True)
class Address:
    """Where traces go, and by which keys."""

    host: str
    public_key: str
    secret_key: str = field(repr=False)

    @property
    def authorization(self) -> str:
        return "Basic " + base64.b64encode(f"{self.public_key}:{self.secret_key}".encode()).decode()


def address_of(settings: LlmSettings) -> Address | None:
    """Return where traces go; None without both keys."""
    public, secret = settings.langfuse_public_key, settings.langfuse_secret_key
    if public is None or secret is None:
        return None
    host = (settings.langfuse_base_url or CLOUD).rstrip("/")
    return Address(host, public.get_secret_value(), secret.get_secret_value())


_projects: dict[tuple[str, str], str] = {}
_lock = threading.Lock()


def known_project(address: Address) -> str | None:
    """Return the id of the keys' project, empty where the server does not say; None before it was asked."""
    with _lock:
        return _projects.get((address.host, address.public_key))


def remember_project(address: Address, project: str) -> None:
    """Keep what the server said of the keys' project."""
    with _lock:
        _projects[address.host, address.public_key] = project
