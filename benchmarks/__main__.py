"""`python -m benchmarks [--rows N] [--ddl FILE] [--json FILE]`: how fast rows are made, stored and exported.

Every case makes the same dataset; the first row is the base of the ratios. Best of three runs, because the
machine's other work only ever slows a run down.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from benchmarks.row_by_row import generate_row_by_row
from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.exports import write_csv
from synth_assets.pipeline.create import create_table
from synth_assets.plan import infer_plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.storage import DatasetStore

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT.parent / "shared" / "ddl" / "seed_samples" / "library_mgm.postgres.ddl"
REPEATS = 3


def main() -> None:
    arguments = _arguments()
    ddl = arguments.ddl or (LIBRARY if LIBRARY.exists() else ROOT / "examples" / "bookshop.sql")
    generator = _generator(ddl, arguments.rows)
    total = sum(t.row_count for t in generator.plan.tables)
    cells = sum(t.row_count * len(t.columns) for t in generator.plan.tables)
    print(f"{ddl.name}: {len(generator.plan.tables)} tables, {total:,} rows, {cells:,} cells; best of {REPEATS}")
    _run_engine(generator, threads=None)  # compile and build the vocabularies before the clock starts
    results = _measure(generator, ddl, arguments.baseline_rows)
    base = results[0]["rows_per_second"]
    print(f"{'case':<46}{'rows/s':>14}{'cells/s':>16}{'ratio':>9}")
    for result in results:
        result["ratio"] = result["rows_per_second"] / base
        rate = result["rows_per_second"]
        print(f"{result['case']:<46}{rate:>14,.0f}{rate * cells / total:>16,.0f}{result['ratio']:>9.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"ddl": ddl.name, "rows": total, "cells": cells, "results": results}, indent=1))


def _measure(generator: Generator, ddl: Path, baseline_rows: int) -> list[dict[str, object]]:
    total = sum(t.row_count for t in generator.plan.tables)
    small = _generator(ddl, baseline_rows)
    small_total = sum(t.row_count for t in small.plan.tables)
    cases: list[tuple[str, int, Callable[[], object]]] = [
        ("engine alone, all cores", total, lambda: _run_engine(generator, threads=None)),
        ("engine alone, one thread", total, lambda: _run_engine(generator, threads=1)),
        ("engine to Parquet, all cores", total, lambda: _to_parquet(generator)),
        ("engine to CSV, all cores", total, lambda: _to_csv(generator)),
        (f"row by row in Python ({baseline_rows:,} rows a table)", small_total, lambda: generate_row_by_row(small.schema, small.plan)),
    ]
    return [{"case": name, "rows_per_second": rows / _best(run)} for name, rows, run in cases]


def _best(run: Callable[[], object]) -> float:
    def timed() -> float:
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    return min(timed() for _ in range(REPEATS))


def _generator(ddl: Path, rows: int) -> Generator:
    schema = read_ddl(ddl.read_text(), source=ddl.name).schema
    if schema is None:
        raise SystemExit(f"{ddl} holds no table")
    return Generator(schema, infer_plan(schema, DatasetRequest(rows=rows)))


def _chunks(generator: Generator, threads: int | None) -> Iterator[tuple[str, Iterator[pa.Table]]]:
    for table in generator.plan.tables:
        yield table.table, generator.generate_chunks(table.table, threads=threads)


def _run_engine(generator: Generator, threads: int | None) -> int:
    return sum(chunk.num_rows for _, chunks in _chunks(generator, threads) for chunk in chunks)


def _to_parquet(generator: Generator) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = DatasetStore(Path(folder))
        for table in generator.plan.tables:
            create_table(store, generator.schema, generator.plan, "bench", table.table)


def _to_csv(generator: Generator) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for table, chunks in _chunks(generator, None):
            with (Path(folder) / f"{table}.csv").open("wb") as sink:
                write_csv(sink, generator.schema.table(table), chunks, generator.schema.dialect)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="rows of every table")
    parser.add_argument("--baseline-rows", type=int, default=500, help="rows of every table for the row-by-row baseline")
    parser.add_argument("--ddl", type=Path, help="DDL file; the library schema if it is at hand, else the bundled bookshop")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
