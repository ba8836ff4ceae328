"""Accepted answers, kept: the same question is asked once, by whatever process, and a run that was killed goes on where it was.

Here: what is kept of an answer, and the file. Not here: which answers are accepted (`gateway`). The file holds JSON text only:
it is data, never code. Prompts are not in it; answers are.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import time
from typing import Any

from synth_assets.llm.questions import BytesPart, Question, Usage
from synth_assets.llm.sqlite_files import opened

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
        if not self.path.exists():
            return None
        with opened(self.path, _TABLES) as db:
            row = db.execute("SELECT * FROM answer WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        usage, notes = Usage(**json.loads(row["usage"])), tuple(json.loads(row["notes"]))
        return StoredAnswer(row["text"], row["model"], usage, row["dollars"], row["attempts"], notes)

    def put(self, key: str, answer: StoredAnswer, *, purpose: str, prompt: str, replace: bool = False) -> StoredAnswer:
        """Keep an answer and return the one that is kept: the first to come, so that all who asked go on with the same.

        Args:
            key: The question's.
            answer: An accepted answer.
            purpose, prompt: Of the question, for people who look into the file.
            replace: Put it in the place of one that is there already.
        """
        kept = asdict(answer)
        values = (key, answer.text, answer.model, json.dumps(kept["usage"]), answer.dollars, answer.attempts, json.dumps(answer.notes))
        verb = "REPLACE" if replace else "IGNORE"
        with opened(self.path, _TABLES) as db:
            db.execute(f"INSERT OR {verb} INTO answer VALUES (?,?,?,?,?,?,?,?,?,?)", (*values, purpose, prompt, time()))  # noqa: S608
        return answer if replace else self.get(key) or answer


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
