"""`python -m synth_assets_tests.gemini`: the emulator for a shell, until Ctrl-C."""

import argparse
import contextlib

from synth_assets_tests.gemini.faults import FAULTS, Fault
from synth_assets_tests.gemini.server import GeminiEmulator


def main() -> None:
    known = "\n".join(f"  {kind:<22} {words}" for kind, words in FAULTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m synth_assets_tests.gemini",
        description="Gemini's REST protocol on a local port, for trying things without a key.",
        epilog=f"faults:\n{known}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8089)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--requests-per-minute", type=int, default=None, help="answer 429 above this")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND[;times=2;match=Reviews;...]", help="may be repeated")
    options = parser.parse_args()
    emulator = GeminiEmulator(options.host, options.port, latency=options.latency, requests_per_minute=options.requests_per_minute)
    emulator.faults.extend(Fault.parse(text) for text in options.fault)
    print(f"export GEMINI_API_KEY=emulated SYNTH_GEMINI_BASE_URL={emulator.url}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        emulator.serve()


if __name__ == "__main__":
    main()
