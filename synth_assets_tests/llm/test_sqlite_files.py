"""The small files that processes share: whoever comes first makes them, and nobody finds them half made."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from synth_assets.errors import StorageError
from synth_assets.llm.ledger import Ledger
from synth_assets.llm.rate_limit import RateLimit


def test_many_threads_make_one_file(tmp_path: Path) -> None:
    for attempt in range(10):
        ledger = Ledger(tmp_path / str(attempt) / "ledger.sqlite")
        with ThreadPoolExecutor(8) as pool:
            assert {t.calls for t in pool.map(lambda _, of=ledger: of.totals("shop/one"), range(16))} == {0}


def test_a_file_that_was_only_begun_gets_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as begun:
        begun.execute("PRAGMA journal_mode=WAL")
    assert Ledger(path).totals("shop/one").calls == 0


def test_a_file_that_is_none_is_told_in_our_words(tmp_path: Path) -> None:
    for name, use in (("ledger.sqlite", lambda p: Ledger(p).totals("shop/one")), ("rate.sqlite", lambda p: RateLimit(p, 9).wait("test"))):
        (tmp_path / name).write_text("no database, but long enough to be looked at as one", encoding="utf-8")
        with pytest.raises(StorageError) as caught:
            use(tmp_path / name)
        assert [d.code for d in caught.value.diagnostics] == ["STO102"]
