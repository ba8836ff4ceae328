"""How our errors look in Dagster: diagnostics as metadata, and the choice between failing and trying again.

With the in-process executor an op-level RetryPolicy swallows cancellation, so a passing failure of
the storage asks for its retry here, by `RetryRequested`, and everything else fails at once.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import dagster as dg

from synth_assets.errors import Diagnostic, StorageError, SynthAssetsError

STORAGE_RETRIES = 2
STORAGE_RETRY_SECONDS = 2.0


@contextmanager
def our_errors_as_failures() -> Iterator[None]:
    """Turn a SynthAssetsError into `dg.Failure` with its diagnostics, or into a retry when storage may recover."""
    try:
        yield
    except StorageError as error:
        if error.retryable:
            raise dg.RetryRequested(max_retries=STORAGE_RETRIES, seconds_to_wait=STORAGE_RETRY_SECONDS) from error
        raise failure_of(error) from error
    except SynthAssetsError as error:
        raise failure_of(error) from error


def failure_of(error: SynthAssetsError) -> dg.Failure:
    """Return the failure that shows an error and everything it carries."""
    metadata = {"diagnostics": diagnostics_table(error.diagnostics)} if error.diagnostics else {}
    return dg.Failure(description=str(error), metadata=metadata, allow_retries=False)


def diagnostics_table(diagnostics: Iterable[Diagnostic]) -> dg.TableMetadataValue:
    """Return diagnostics as a table of severity, code, place, message, found and hint, in the order given."""
    fields = ("severity", "code", "where", "message", "found", "hint")
    records = [dg.TableRecord({f: str(getattr(d, f)) for f in fields}) for d in diagnostics]
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(f, "string") for f in fields]))
