"""Prompts as versioned files: `prompts/<name>@<version>.yaml`, their variables declared, their data fenced.

A published version never changes (`prompts/published.yaml` holds the SHA-256 of each): whoever wants other words writes the next
version. Here: reading and rendering them. Not here: what a part of the package asks, or does with the answer.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synth_assets.errors import Diagnostic, PromptError, closest_name
from synth_assets.llm.fences import DATA_RULE, Fence
from synth_assets.llm.questions import BytesPart, Question, Sampling
from synth_assets.plan.request import GeminiTableRequest

PROMPTS = Path(__file__).with_name("prompts")
PUBLISHED = PROMPTS / "published.yaml"

_SLOT = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")
_WORD = re.compile(r"[^\x00-\x1f\x7f<>{}]{0,200}")
_INLINE = frozenset({"word", "integer", "number"})


class Variable(BaseModel):
    """A variable of a prompt.

    Attributes:
        type: `data` and `data_list` are quoted inside fences, always; `word` (one short line of ours, such as a locale), `integer` and
            `number` stand in the text as they are.
        description: What it is, for whoever renders the prompt.
        limit: Characters of one piece of data; what is beyond is left out, and the prompt says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["data", "data_list", "word", "integer", "number"]
    description: str
    limit: int = Field(default=100_000, ge=1)


class PromptFile(BaseModel):
    """One version of one prompt.

    Attributes:
        name, version: As in the file's name.
        purpose: See `Question`.
        thinking: How long the model should think: `low`, `medium`, `high`, or empty for its default.
        variables: Every variable of `system` and `text`, by name.
        system: The system instruction; holds inline variables only.
        text: The content; `{{name}}` is a variable.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: int = Field(ge=1)
    purpose: str
    thinking: Literal["", "minimal", "low", "medium", "high"] = "low"
    variables: dict[str, Variable]
    system: str
    text: str

    @model_validator(mode="after")
    def _declares_what_it_uses(self) -> "PromptFile":
        in_system, in_text = set(_SLOT.findall(self.system)), set(_SLOT.findall(self.text))
        if "{{" in _SLOT.sub("", self.system + self.text):
            raise ValueError("'{{' begins no variable: write {{name}}")
        if unknown := (in_system | in_text) - set(self.variables):
            raise ValueError(f"uses variables that are not declared: {', '.join(sorted(unknown))}")
        if unused := set(self.variables) - in_system - in_text:
            raise ValueError(f"declares variables that it does not use: {', '.join(sorted(unused))}")
        if quoted := {name for name in in_system if self.variables[name].type not in _INLINE}:
            raise ValueError(f"data has no place in the system instruction: {', '.join(sorted(quoted))}")
        return self

    @property
    def key(self) -> str:
        """`name@version`, as in `plan_table@1`."""
        return f"{self.name}@{self.version}"

    def render(self, values: Mapping[str, object]) -> "RenderedPrompt":
        """Return the prompt with its variables filled, all data inside fences.

        Args:
            values: One value for each declared variable: text, a sequence of texts for `data_list`, a number.

        Raises:
            PromptError: A variable is missing, unknown, or of another type (LLM122).
        """
        self._require(values)
        fence = Fence(text for name, v in self.variables.items() if v.type not in _INLINE for text in _texts(values[name]))
        fill = self._filler(values, fence)
        rules = [] if all(v.type in _INLINE for v in self.variables.values()) else [DATA_RULE]
        system = "\n\n".join([_SLOT.sub(fill, self.system).strip(), *rules])
        return RenderedPrompt(self, system, _SLOT.sub(fill, self.text).strip())

    def _require(self, values: Mapping[str, object]) -> None:
        problems = [
            self._problem(f"the variable '{name}' is missing", v.description) for name, v in self.variables.items() if name not in values
        ]
        problems += [
            self._problem(f"there is no variable '{name}'", "", closest_name(name, self.variables))
            for name in values
            if name not in self.variables
        ]
        problems += [
            self._problem(f"the variable '{name}' is no {v.type}", repr(values[name])[:80])
            for name, v in self.variables.items()
            if name in values and not _FITS[v.type](values[name])
        ]
        if problems:
            raise PromptError(f"the prompt {self.key} cannot be rendered", problems)

    def _problem(self, message: str, found: str, hint: str = "") -> Diagnostic:
        return Diagnostic(code="LLM122", where=self.key, message=message, found=found, hint=hint)

    def _filler(self, values: Mapping[str, object], fence: Fence) -> Callable[[re.Match[str]], str]:
        def fill(slot: re.Match[str]) -> str:
            variable, value = self.variables[slot[1]], values[slot[1]]
            match variable.type:
                case "data":
                    return fence.quote(str(value), variable.limit)
                case "data_list":
                    return fence.quote_all(_texts(value), variable.limit)
                case _:
                    return str(value)

        return fill


@dataclass(frozen=True)
class RenderedPrompt:
    """A prompt ready to be sent: system instruction and content."""

    prompt: PromptFile
    system: str
    text: str

    def as_question(
        self,
        *,
        label: str,
        response_schema: dict[str, Any] | None,
        wishes: GeminiTableRequest | None = None,
        seed: int = 0,
        attachments: Sequence[BytesPart] = (),
    ) -> Question:
        """Return the question this prompt asks.

        Args:
            label: Whom the cost belongs to, see `Question`.
            response_schema: JSON schema of the answer, as `Model.model_json_schema()` gives it; None for plain text.
            wishes: Model and sampling the request asks for (`request.gemini.of_table(key)`); None takes the configured ones.
            seed: Makes equal prompts different questions.
            attachments: Images and pages that go before the text.
        """
        wanted = wishes or GeminiTableRequest()
        return Question(
            purpose=self.prompt.purpose,
            prompt=self.prompt.key,
            system=self.system,
            parts=(*attachments, self.text),
            response_schema=response_schema,
            label=label,
            seed=seed,
            model=wanted.model or "",
            sampling=Sampling(wanted.temperature, wanted.top_p, wanted.max_output_tokens),
            thinking=self.prompt.thinking,
        )


@lru_cache(maxsize=64)
def load_prompt(key: str, folder: Path = PROMPTS) -> PromptFile:
    """Return a prompt by `name@version`. Raises PromptError when it is not there, or is not what it should be (LLM121)."""
    path = folder / f"{key}.yaml"
    try:
        prompt = PromptFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise _unusable(key, "there is no such prompt", "", closest_name(key, prompt_keys(folder))) from None
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise _unusable(key, "the prompt's file is not what it should be", str(error)[:400]) from None
    if prompt.key != key:
        raise _unusable(key, "the file says another name or version than its own name", prompt.key)
    return prompt


def prompt_keys(folder: Path = PROMPTS) -> tuple[str, ...]:
    """Return `name@version` of every prompt, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*@*.yaml")))


def published_digests() -> dict[str, str]:
    """Return the SHA-256 of every published version, as it was when it was published."""
    digests: dict[str, str] = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))
    return digests


def digest_of(key: str) -> str:
    """Return the SHA-256 of a prompt's file, line ends apart."""
    text = (PROMPTS / f"{key}.yaml").read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def _texts(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Sequence) else ()


def _is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_FITS: Mapping[str, Callable[[object], bool]] = {
    "data": lambda value: isinstance(value, str),
    "data_list": lambda value: isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value),
    "word": _is_word,
    "integer": _is_integer,
    "number": lambda value: _is_integer(value) or (isinstance(value, float) and value == value and abs(value) != float("inf")),
}


def _unusable(key: str, message: str, found: str, hint: str = "") -> PromptError:
    return PromptError(
        "a prompt cannot be used", [Diagnostic(code="LLM121", where=f"prompts/{key}.yaml", message=message, found=found, hint=hint)]
    )
