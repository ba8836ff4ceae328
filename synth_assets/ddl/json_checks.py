"""Text columns that hold JSON, as their CHECK says: json_valid(c), ISJSON(c) = 1, c IS JSON."""

import re

from synth_assets.ddl.drafts import Name
from synth_assets.schema.types import LogicalType, TextType

_NAME = r"(?P<{0}>`[^`]+`|\"[^\"]+\"|\[[^\]]+\]|\w+)"
_VALID = [
    r"JSON_VALID\(" + _NAME.format("a") + r"\)",
    r"ISJSON\(" + _NAME.format("b") + r"\)(?:=\(?1\)?|>\(?0\)?)",
    _NAME.format("c") + r"\x00IS\x00JSON(?:\x00\w+|\(\w+\)|\x00\(\w+\))*",
]
_FORM = re.compile(
    rf"(?:[`\"\[]?\w+[`\"\]]?\x00IS\x00NULL\x00OR\x00)?(?:{'|'.join(_VALID)})(?:\x00OR\x00\S+\x00IS\x00NULL)?", re.IGNORECASE
)
_WRAPPED = re.compile(r"(?<!\w)\(\s*((?:JSON_VALID|ISJSON)\s*\([^()]*\)|\S+\s+IS\s+NULL)\s*\)", re.IGNORECASE)
_ROOM = 255
"""Characters a column needs before documents are put into it."""


def json_column(sql: str) -> Name | None:
    """Return the column a CHECK demands to hold JSON (or NULL), or None for any other CHECK."""
    text = sql.strip()
    while text.startswith("(") and text.endswith(")") and _is_one_group(text):
        text = text[1:-1].strip()
    text = _WRAPPED.sub(r"\1", text)
    found = _FORM.fullmatch(re.sub(r"(?<=[(=>])\x00|\x00(?=[()=>])", "", re.sub(r"\s+", "\0", text)))
    if found is None:
        return None
    written = next(name for name in found.groupdict().values() if name)
    quoted = written[0] in '`"['
    return Name(written[1:-1] if quoted else written, quoted, 0)


def may_hold_documents(logical: LogicalType) -> bool:
    """Tell whether a column of this type is text with room for JSON documents."""
    return isinstance(logical, TextType) and not logical.fixed and (logical.max_length is None or logical.max_length >= _ROOM)


def _is_one_group(text: str) -> bool:
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return at == len(text) - 1
    return False
