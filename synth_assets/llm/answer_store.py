"""Accepted answers, kept: the same question is asked once, by whatever process, and a run that was killed goes on where it was.

Here: what is kept of an answer, and the file. Not here: which answers are accepted (`gateway`). The file holds JSON text only:
it is data, never code. Prompts are not in it; answers are.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import time
from typing import Any

from synth_assets.llm.questions import BytesPart, Question, Usage
from synth_assets.llm.sqlite_files import Connection, opened

_KEY_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS answer(
  key TEXT PRIMARY KEY, text TEXT NOT NULL, model TEXT NOT NULL, usage TEXT NOT NULL, dollars REAL NOT NULL, attempts INTEGER NOT NULL,
  notes TEXT NOT NULL, purpose TEXT NOT NULL, prompt TEXT NOT NULL, stored_at REAL NOT NULL) STRICT;
"""


@dataclass(frozen=True)
class StoredAnswer:
    """What is kept of an answer.

    Attributes:
        text: As the model wrote it; of an embedding, its vector as a JSON list.
        model: The version that answered.
        usage, dollars, attempts: What it took when it was asked.
        notes: What was left out or changed, in sentences.
    """

    text: str
    model: str
    usage: Usage = field(default_factory=Usage)
    dollars: float = 0.0
    attempts: int = 1
    notes: tuple[str, ...] = ()


class AnswerStore:
    """The file of accepted answers. Safe over threads and processes. Every method raises StorageError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, key: str) -> StoredAnswer | None:
        """Return the answer with a key, if there is one."""
        return self.get_all([key]).get(key)

    def get_all(self, keys: Sequence[str]) -> dict[str, StoredAnswer]:
        """Return the answers there are, by key."""
        if not self.path.exists():
            return {}
        with opened(self.path, _TABLES) as db:
            return _select(db, keys)

    def put(self, key: str, answer: StoredAnswer, *, purpose: str, prompt: str, replace: bool = False) -> StoredAnswer:
        """Keep an answer and return the one that is kept; see `put_all`."""
        return self.put_all({key: answer}, purpose=purpose, prompt=prompt, replace=replace)[key]

    def put_all(self, answers: Mapping[str, StoredAnswer], *, purpose: str, prompt: str, replace: bool = False) -> dict[str, StoredAnswer]:
        """Keep answers, all or none, and return those that are kept: the first to come, so that all who asked go on with the same.

        Args:
            answers: Accepted ones, by the question's key.
            purpose, prompt: Of the questions, for people who look into the file.
            replace: Put them in the place of those that are there already.
        """
        now = time()
        rows = [
            (key, a.text, a.model, json.dumps(asdict(a.usage)), a.dollars, a.attempts, json.dumps(a.notes), purpose, prompt, now)
            for key, a in answers.items()
        ]
        with opened(self.path, _TABLES) as db:
            db.executemany(f"INSERT OR {'REPLACE' if replace else 'IGNORE'} INTO answer VALUES (?,?,?,?,?,?,?,?,?,?)", rows)  # noqa: S608
            return _select(db, list(answers))


def _select(db: Connection, keys: Sequence[str]) -> dict[str, StoredAnswer]:
    found = {}
    for key in keys:
        row = db.execute("SELECT * FROM answer WHERE key = ?", (key,)).fetchone()
        if row is not None:
            usage, notes = Usage(**json.loads(row["usage"])), tuple(json.loads(row["notes"]))
            found[key] = StoredAnswer(row["text"], row["model"], usage, row["dollars"], row["attempts"], notes)
    return found


def key_of(question: Question) -> str:
    """Return the key of a question whose model is named: the SHA-256 of everything that changes its answer."""
    parts = [_digest_part(part) if isinstance(part, BytesPart) else part for part in question.parts]
    return _sha256(
        {
            "version": _KEY_VERSION,
            "prompt": question.prompt,
            "system": question.system,
            "parts": parts,
            "schema": question.response_schema,
            "seed": question.seed,
            "model": question.model,
            "sampling": asdict(question.sampling),
            "thinking": question.thinking,
        }
    )


def key_of_embedding(text: str, model: str, size: int) -> str:
    """Return the key of a text's vector."""
    return _sha256({"version": _KEY_VERSION, "embed": text, "model": model, "size": size})


def _digest_part(part: BytesPart) -> dict[str, str]:
    return {"mime_type": part.mime_type, "sha256": hashlib.sha256(part.data).hexdigest()}


def _sha256(document: dict[str, Any]) -> str:
    # Property order of a schema is part of the question: models answer in that order. So keys inside it are not sorted.
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()
