"""The text of a request on disk: short, and read back as the same request."""

import yaml

from synth_assets.plan.request import DatasetRequest

_DEFAULTS = DatasetRequest().model_dump(mode="json", exclude_none=True)


def dump_request(request: DatasetRequest) -> str:
    """Return a request as YAML, without the settings left at their default; `read_request` gives it back unchanged."""
    # Only whole settings are left out: inside an override, what says the kind of a strategy is a default too.
    document = request.model_dump(mode="json", exclude_none=True)
    given = {name: value for name, value in document.items() if name not in _DEFAULTS or value != _DEFAULTS[name]}
    return yaml.safe_dump(given, sort_keys=False, allow_unicode=True, width=120)
