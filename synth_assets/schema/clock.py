"""The clock in conditions, stopped: a verdict must not depend on when it is given."""

import re
from datetime import date


def pin_today(sql: str, today: date) -> str:
    """Return a condition in DuckDB's SQL with the clock replaced by the end of `today`."""
    moment = f"{today.isoformat()} 23:59:59.999999"
    pieces = re.split(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")", sql)
    for i in range(0, len(pieces), 2):
        text = re.sub(r"\bcurrent_date\b(\s*\(\s*\))?", f"DATE '{today.isoformat()}'", pieces[i], flags=re.IGNORECASE)
        text = re.sub(r"\bcurrent_timestamp\b(\s*\(\s*\))?|\bnow\s*\(\s*\)", f"TIMESTAMPTZ '{moment}+00'", text, flags=re.IGNORECASE)
        pieces[i] = re.sub(r"\blocaltimestamp\b(\s*\(\s*\))?", f"TIMESTAMP '{moment}'", text, flags=re.IGNORECASE)
    return "".join(pieces)
