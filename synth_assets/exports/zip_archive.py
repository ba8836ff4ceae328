"""One ZIP with a CSV a table, the manifest and the DDL: the same bytes for the same dataset."""

import zipfile
from collections.abc import Callable, Mapping
from typing import Any

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest date a ZIP can hold: members carry no clock."""

_LEVEL = 6


def zip_dataset(sink: Any, members: Mapping[str, Callable[[Any], object] | str]) -> None:
    """Write an archive whose members are sorted by name and dated 1980-01-01; streams, so size does not matter.

    Args:
        sink: A binary file; it need not be seekable.
        members: By name: a text, or a function that writes the member's bytes to the sink it is given.
    """
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            content = members[name]
            with archive.open(info, "w", force_zip64=True) as member:
                if isinstance(content, str):
                    member.write(content.encode())
                else:
                    content(member)
