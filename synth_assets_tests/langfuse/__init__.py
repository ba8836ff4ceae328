"""A receiver of traces and scores that answers as Langfuse's API does, and the ways it may fail.

Here: the server and what arrived, decoded and as bytes. Not here: tests of the product's tracing (they live beside its packages).
"""

from synth_assets_tests.langfuse.server import LangfuseReceiver, ReceivedSpan, hanging_host, refusing_host

__all__ = ["LangfuseReceiver", "ReceivedSpan", "hanging_host", "refusing_host"]
