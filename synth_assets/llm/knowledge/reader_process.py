"""Reading one PDF or Office file in a process of its own, which ends when its time or memory is used up.

`read_apart` is the parent's side; the module run as a program is the child's: limits and name as one
line of JSON, then the bytes, on its standard input; a `Reading` as JSON on its standard output. The
child gets nothing of the environment but its import path: no key lies about in the process that takes
hostile files apart.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ValidationError

from synth_assets.errors import Diagnostic
from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.llm.knowledge.model import Reading, warn
from synth_assets.llm.knowledge.office_files import read_docx, read_xlsx
from synth_assets.llm.knowledge.pdf_files import read_pdf

_READERS: dict[str, Callable[[str, bytes, ReadingLimits], Reading]] = {"pdf": read_pdf, "docx": read_docx, "xlsx": read_xlsx}

_STOPPED_HINT = "save the file anew or split it"


class _Order(BaseModel):
    name: str
    reader: str
    limits: ReadingLimits


def read_apart(name: str, reader: str, data: bytes, limits: ReadingLimits) -> Reading:
    """Return what another process reads of the bytes of a file. Never raises: what went wrong is a diagnostic.

    Args:
        reader: `pdf`, `docx` or `xlsx`.
    """
    order = _Order(name=name, reader=reader, limits=limits).model_dump_json().encode() + b"\n"
    environment = {"PYTHONPATH": os.pathsep.join(str(Path(p).absolute()) for p in sys.path), "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    environment |= {n: os.environ[n] for n in ("SYSTEMROOT",) if n in os.environ}  # Windows starts no process without it.
    command = [sys.executable, "-m", "synth_assets.llm.knowledge.reader_process"]
    try:
        done = subprocess.run(command, input=order + data, capture_output=True, env=environment, timeout=limits.seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return _stopped(name, "the file took too long to read", f"more than {limits.seconds:g} seconds")
    except OSError as error:
        return _stopped(name, "no process could be started to read the file", error.strerror or str(error))
    if done.returncode != 0:
        return _stopped(name, "the file's reader ended before it was done", f"exit code {done.returncode}")
    try:
        return Reading.model_validate_json(done.stdout)
    except ValidationError:
        return _stopped(name, "the file's reader gave no answer", done.stdout[:100].decode("utf-8", "replace"))


def main() -> None:
    """Read what standard input orders, and write the `Reading`."""
    order = _Order.model_validate_json(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    _bound_this_process(order.limits)
    sys.stdout.buffer.write(_read(order, data).model_dump_json().encode())


def _read(order: _Order, data: bytes) -> Reading:
    sys.setrecursionlimit(3_000)
    try:
        return _READERS[order.reader](order.name, data, order.limits)
    except MemoryError:
        return _stopped(order.name, "the file needs too much memory to read", f"more than {order.limits.memory_bytes:,} bytes")
    except ImportError as error:  # Memory can be too tight even for the libraries.
        return _stopped(order.name, "the file's reader could not be loaded", str(error))
    except Exception as error:  # noqa: BLE001 - the libraries raise anything for a hostile file; it becomes this file's diagnostic
        return Reading(diagnostics=(_damaged(order.name, order.reader, error),))


def _damaged(name: str, reader: str, error: Exception) -> Diagnostic:
    message = f"the file is damaged, or no {reader.upper()}"
    return warn("LLM153", name, message, f"{type(error).__name__}: {error}", "open it in its own program and save it anew")


def _stopped(name: str, message: str, found: str) -> Reading:
    return Reading(diagnostics=(warn("LLM156", name, message, found, _STOPPED_HINT),))


def _bound_this_process(limits: ReadingLimits) -> None:
    """Limit memory and processor time where the platform can; the parent's clock holds everywhere."""
    if sys.platform != "linux":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    seconds = int(limits.seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
