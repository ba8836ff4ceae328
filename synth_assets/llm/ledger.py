"""What asking costs, decided before every request: budgets that hold over threads, processes and restarts.

Here: one row a request, written before it is sent (its reservation) and again when it is over. A budget is the sum of those rows,
so the journal and the budget cannot differ. Not here: what a request will cost at most (`attempts` says so).

What a killed process had reserved is given back: at once where its process is gone, otherwise when its lease has run out. The
request itself stays counted, as it may have been sent.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from time import time

from synth_assets.llm.failures import over_budget
from synth_assets.llm.questions import Usage
from synth_assets.llm.sqlite_files import Connection, Row, opened
from synth_assets.plan.request import BudgetRequest

_TABLES = """
CREATE TABLE IF NOT EXISTS request(
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, label TEXT NOT NULL, purpose TEXT NOT NULL, prompt TEXT NOT NULL, model TEXT NOT NULL,
  key TEXT NOT NULL, attempt INTEGER NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, started_at REAL NOT NULL, lease_ends REAL NOT NULL,
  ended_at REAL, outcome TEXT NOT NULL, tokens INTEGER NOT NULL, dollars REAL NOT NULL,
  input_tokens INTEGER NOT NULL DEFAULT 0, cached_input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0, thought_tokens INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX IF NOT EXISTS request_account ON request(account);
CREATE INDEX IF NOT EXISTS request_open ON request(outcome) WHERE outcome = 'open';
"""
_OPEN, _ABANDONED = "open", "abandoned"


@dataclass(frozen=True)
class Order:
    """One request that is about to be sent.

    Attributes:
        account: The dataset whose budget it takes from: `<schema>/<dataset>`.
        label: Whom within it: a table key, `_plan`, ...
        purpose, prompt, model, key: Of the question.
        attempt: Counted from 1.
        input_tokens: The most that it asks with.
        tokens, dollars: The most that it can cost.
        lease_seconds: After this it cannot be under way any more.
    """

    account: str
    label: str
    purpose: str
    prompt: str
    model: str
    key: str
    attempt: int
    input_tokens: int
    tokens: int
    dollars: float
    lease_seconds: float


@dataclass(frozen=True)
class JournalEntry:
    """One request as the journal has it.

    Attributes:
        outcome: `open` while it is under way, `abandoned` when its process died, `answered`, or the code of what went wrong.
        tokens, dollars: What counts against the budget: reserved while open, then what it took.
    """

    account: str
    label: str
    purpose: str
    prompt: str
    model: str
    key: str
    attempt: int
    outcome: str
    tokens: int
    dollars: float
    usage: Usage
    started_at: float
    ended_at: float | None


@dataclass(frozen=True)
class LedgerTotals:
    """What an account, or one label of it, has cost so far; open requests with what they reserve."""

    calls: int = 0
    tokens: int = 0
    dollars: float = 0.0


class Ledger:
    """The file of all requests ever sent. Safe over threads and processes. Every method raises StorageError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def reserve(self, order: Order, budget: BudgetRequest) -> int:
        """Write a request down before it is sent, if the budget allows it, and return its number.

        Raises:
            LlmError: `LLM102`, when what is spent, what is reserved and this request together go over the budget.
        """
        now = time()
        with opened(self.path, _TABLES) as db:
            _give_back(db, now)
            _refuse_over(_totals(db, order.account), order, budget)
            cursor = db.execute(
                "INSERT INTO request(account, label, purpose, prompt, model, key, attempt, host, pid, started_at, lease_ends, outcome, "
                "tokens, dollars) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    *(order.account, order.label, order.purpose, order.prompt, order.model, order.key, order.attempt),
                    *(socket.gethostname(), os.getpid(), now, now + order.lease_seconds, _OPEN, order.tokens, order.dollars),
                ),
            )
        return int(cursor.lastrowid or 0)

    def settle(self, number: int, usage: Usage, dollars: float, outcome: str) -> None:
        """Write down what a request took, in the place of what was reserved for it."""
        spent = (usage.total, dollars, usage.input_tokens, usage.cached_input_tokens, usage.output_tokens, usage.thought_tokens)
        with opened(self.path, _TABLES) as db:
            db.execute(
                "UPDATE request SET tokens = ?, dollars = ?, input_tokens = ?, cached_input_tokens = ?, output_tokens = ?, "
                "thought_tokens = ?, ended_at = ?, outcome = ? WHERE id = ?",
                (*spent, time(), outcome, number),
            )

    def totals(self, account: str, label: str | None = None) -> LedgerTotals:
        """Return what an account has cost, or one label of it."""
        with opened(self.path, _TABLES) as db:
            _give_back(db, time())
            return _totals(db, account, label)

    def entries(self, account: str | None = None) -> tuple[JournalEntry, ...]:
        """Return the requests of an account, or all, in the order they were written down."""
        where, values = ("WHERE account = ?", (account,)) if account is not None else ("", ())
        with opened(self.path, _TABLES) as db:
            rows = db.execute(f"SELECT * FROM request {where} ORDER BY id", values).fetchall()  # noqa: S608
        return tuple(_entry(row) for row in rows)


def _totals(db: Connection, account: str, label: str | None = None) -> LedgerTotals:
    row = db.execute(
        "SELECT count(*), coalesce(sum(tokens), 0), coalesce(sum(dollars), 0.0) FROM request "
        "WHERE account = ? AND (? IS NULL OR label = ?)",
        (account, label, label),
    ).fetchone()
    return LedgerTotals(*row)


def _refuse_over(spent: LedgerTotals, order: Order, budget: BudgetRequest) -> None:
    where = f"{order.account}: {order.label}"
    limits = (
        ("calls", spent.calls, 1, budget.calls, "{:,}"),
        ("tokens", spent.tokens, order.tokens, budget.tokens, "{:,}"),
        ("dollars", spent.dollars, order.dollars, budget.dollars, "{:.4f}"),
    )
    for name, so_far, more, limit, form in limits:
        if limit is not None and so_far + more > limit:
            found = f"{form.format(so_far)} {name} spent or reserved, up to {form.format(more)} needed, of {form.format(limit)}"
            hint = f"raise gemini.budget.{name} and run it again: what was answered already is kept and costs nothing again"
            raise over_budget(where, found, hint)


def _give_back(db: Connection, now: float) -> None:
    """Free what dead processes reserved; their requests stay counted."""
    host = socket.gethostname()
    for row in db.execute("SELECT id, host, pid, lease_ends FROM request WHERE outcome = ?", (_OPEN,)).fetchall():
        if row["lease_ends"] < now or (row["host"] == host and not _is_alive(row["pid"])):
            db.execute("UPDATE request SET outcome = ?, tokens = 0, dollars = 0, ended_at = ? WHERE id = ?", (_ABANDONED, now, row["id"]))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's process
        return True
    return True


def _entry(row: Row) -> JournalEntry:
    usage = Usage(row["input_tokens"], row["cached_input_tokens"], row["output_tokens"], row["thought_tokens"])
    names = ("account", "label", "purpose", "prompt", "model", "key", "attempt", "outcome", "tokens", "dollars")
    return JournalEntry(**{name: row[name] for name in names}, usage=usage, started_at=row["started_at"], ended_at=row["ended_at"])
