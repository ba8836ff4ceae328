"""What happened with each question, where people look at it: traces, generations and scores in Langfuse.

Here: the trace of an asset or a command, masking before anything is sent, and a sender that no run waits for longer than a moment.
Not here: which asset a trace belongs to (orchestration), what a question took (`llm.calls`). Nothing of Langfuse is loaded before its
server has answered, and nothing at all without keys. No failure in here reaches a run: it is told in the trace's outcome.
"""

from synth_assets.llm.tracing.subject import TraceOutcome, TraceSubject, score_id_of
from synth_assets.llm.tracing.trace import Trace, current_trace_url, observers_of, traced, traced_command

__all__ = [
    "Trace",
    "TraceOutcome",
    "TraceSubject",
    "current_trace_url",
    "observers_of",
    "score_id_of",
    "traced",
    "traced_command",
]
