"""Traces of what a command asks Gemini: sent before it ends, and named on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

from synth_assets.cli.reporting import say_error
from synth_assets.errors import LlmError, SynthAssetsError


@contextmanager
def traced(command: str) -> Iterator[None]:
    """Trace what is asked inside, where there are keys for Langfuse; a failure of that changes neither result nor exit code."""
    from synth_assets.llm.tracing import traced_command

    with traced_command(command) as traces:
        error = ""
        try:
            yield
        except SynthAssetsError as failed:
            codes = [failed.code] if isinstance(failed, LlmError) else [d.code for d in failed.diagnostics]
            error = codes[0] if codes else type(failed).__name__
            raise
        finally:
            for outcome in traces.finish(error):
                if outcome.state != "off":
                    say_error(f"tracing: {outcome.in_words()} {outcome.url}".rstrip())
