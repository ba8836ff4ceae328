"""A Gemini of our own: the REST protocol on a local port, answers made up from the schema that is asked for, faults on demand.

Here: what the tests of everything that asks Gemini run against, with the real google-genai SDK on the wire. Not here: the SDK
(the server is the standard library alone, so that it changes nothing in the process it is tested in), and any knowledge of what
the product asks. The server's own checks are our model of Google's, not a recording of it.

    with GeminiEmulator() as gemini:
        gemini.on("Reviews", {"rows": []})         # an answer, where the prompt holds these words
        gemini.inject("http_503", times=2)         # the next two requests fail
        ...                                        # a client with base_url=gemini.url
        gemini.calls("generateContent")[0].body    # what was asked

From a shell: `python -m synth_assets_tests.gemini --port 8089 --fault "http_503;times=1"`.
"""

from synth_assets_tests.gemini.faults import FAULTS, Fault
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.gemini.wire import RecordedRequest, Reply

__all__ = ["FAULTS", "Fault", "GeminiEmulator", "RecordedRequest", "Reply"]
