"""What drivers raise, in our words; never with a password."""

from synth_assets.databases.urls import DatabaseUrl
from synth_assets.errors import DatabaseError, Diagnostic

_HINTS = {
    "DB102": "check that the server runs and that host and port are right",
    "DB103": "check user, password and database of the URL",
    "DB104": "give a role that may create databases, or schemas in this one",
    "DB107": "look into the server's log, then try again",
}
_MESSAGES = {
    "DB102": "the database server cannot be reached",
    "DB103": "the database server refuses the login",
    "DB104": "there is no place to try the rows in: the role may create neither a database nor a schema",
    "DB107": "the database failed on the way",
}
_SQLITE_HINT = "name a folder that exists and may be written to, or write sqlite:// to work in memory"
_SQLITE_MESSAGE = "no scratch file can be made in that folder"


def database_error(url: DatabaseUrl, code: str, error: Exception) -> DatabaseError:
    """Return the error of a server; `code` is DB102 unreachable, DB103 login, DB104 no scratch place, DB107 anything later."""
    hint = _SQLITE_HINT if (url.kind, code) == ("sqlite", "DB102") else _HINTS[code]
    message = _SQLITE_MESSAGE if hint == _SQLITE_HINT else _MESSAGES[code]
    found = url.scrub(" ".join(str(error).split()))[:300]
    problem = Diagnostic(code=code, where=url.label, message=message, found=found, hint=hint)
    return DatabaseError(f"{url.server_name} failed" if code == "DB107" else f"{url.server_name} cannot be used", [problem])
