"""`python -m benchmarks.corpus [--dialect D] [--only WORD] [--json FILE]`: the corpus before real servers.

Two processes at a time, each file in one of its own that is ended after a minute. A run that is narrowed prints its
page and leaves docs/corpus.md alone.
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.corpus.files import CANONICAL, DDL, GROUPS, ORACLE, ROOT, CorpusFile, corpus_files
from benchmarks.corpus.one_file import ROWS, SEED, Servers, load_result, run_file
from benchmarks.corpus.report import not_judged_line, render_report, render_summary
from benchmarks.corpus.results import ERROR, TIMEOUT, FileResult
from synth_assets_tests.acceptance.mariadb import AVAILABLE, mariadb_server

PROCESSES = 2
TIMEOUT_SECONDS = 60
PAGE = ROOT / "docs" / "corpus.md"


def main() -> None:
    """Run the files asked for, print the summary, write the page."""
    arguments = _arguments()
    if not DDL.is_dir():
        print("make corpus: ../shared/ddl is not beside the repository; nothing to do")
        return
    files = corpus_files(arguments.dialect, arguments.only)
    if not files:
        sys.exit("make corpus: no file of the corpus is called that")
    with start_servers({f.dialect for f in files}) as (servers, judges):
        results = run_all(files, servers)
    page = render_report(results, judges=judges, rows=ROWS, seed=SEED)
    if arguments.json:
        arguments.json.write_text(json.dumps([r.as_dict() for r in results], indent=1) + "\n", encoding="utf-8")
    if arguments.dialect is None and arguments.only is None:
        PAGE.write_text(page, encoding="utf-8")
        print(render_summary(results, judges) + not_judged_line(results, judges) + f"\n{PAGE.relative_to(ROOT)} is written")
    else:
        print(page)


@contextmanager
def start_servers(dialects: set[str]) -> Iterator[tuple[Servers, dict[str, str]]]:
    """Start the servers that these dialects need; yield them, and by group who judges or why nobody does."""
    judges = {"sqlite": "SQLite", "tsql": "no server", "oracle": "no server"}
    with ExitStack() as stack:
        postgres, mariadb = None, None
        if "postgres" in dialects and ORACLE.exists():
            from benchmarks.corpus.postgres_judge import postgres_server

            postgres = stack.enter_context(postgres_server())
        if "mysql" in dialects and AVAILABLE:
            mariadb = stack.enter_context(mariadb_server()).socket
        judges[CANONICAL] = judges["postgres"] = "PostgreSQL" if postgres else "no oracle here"
        judges["mysql"] = "MariaDB" if mariadb else "MariaDB is not installed"
        yield Servers(postgres, mariadb), judges


def run_all(files: list[CorpusFile], servers: Servers) -> list[FileResult]:
    """Run every file, the largest first so that none is left alone at the end; return results in the order given."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.corpus.one_file"])
    done = 0

    def run(file: CorpusFile) -> FileResult:
        nonlocal done
        result = run_in_process(file, servers, context)
        done += 1
        print(f"{done:>4}/{len(files)} {file.group:<21}{file.family:<28}{result.outcome:<14}{result.seconds:>6.1f} s", flush=True)
        return result

    largest_first = sorted(files, key=lambda f: -f.path.stat().st_size)
    with ThreadPoolExecutor(PROCESSES) as pool:
        by_file = dict(zip(largest_first, pool.map(run, largest_first), strict=True))
    return [by_file[f] for f in sorted(files, key=lambda f: (GROUPS.index(f.group), f.family))]


def run_in_process(file: CorpusFile, servers: Servers, context: multiprocessing.context.BaseContext) -> FileResult:
    """Run one file in a process that is ended after a minute; a process that dies leaves the stage it died in."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        report = folder / "result.json"
        started = time.perf_counter()
        process = context.Process(target=run_file, args=(file, servers, report, folder))  # type: ignore[attr-defined]
        process.start()
        process.join(TIMEOUT_SECONDS)
        timed_out = process.is_alive()
        if timed_out:
            process.kill()
            process.join()
        result = load_result(report) if report.exists() else FileResult(file.group, file.family)
        if timed_out or process.exitcode:
            what = f"after {TIMEOUT_SECONDS} s" if timed_out else f"exit code {process.exitcode}"
            result.outcome, result.reason = TIMEOUT if timed_out else ERROR, f"in stage {result.stage}: {what}"
            result.seconds = round(time.perf_counter() - started, 2)
        return result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make corpus", description=__doc__)
    parser.add_argument("--dialect", choices=[CANONICAL, "postgres", "mysql", "sqlite", "tsql", "oracle"], help="this dialect alone")
    parser.add_argument("--only", help="families whose name holds this word")
    parser.add_argument("--json", type=Path, help="also write every result here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
