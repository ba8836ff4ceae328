"""What a person asks for: rows, seed, locale, prompt, overrides. One request makes one dataset."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.plan.bounded_yaml import MAX_PROBLEMS, BadYamlError, parse_yaml
from synth_assets.plan.model import AS_OF
from synth_assets.plan.strategies import Strategy

MAX_ROWS = 10_000_000_000
"""More rows in one table than this is taken for a slip of the finger."""

MAX_REQUEST_BYTES = 1_000_000


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnOverride(_Request):
    """What the user wants of one column; None leaves what the rules wrote."""

    strategy: Strategy | None = None
    null_fraction: float | None = Field(default=None, ge=0, le=1)
    unique: bool | None = None


class TableOverride(_Request):
    rows: int | None = Field(default=None, ge=0, le=MAX_ROWS)
    columns: dict[str, ColumnOverride] = {}


class CoherenceRequest(_Request):
    """Which rules about columns that agree are not asked; `all` stands for every one.

    Attributes:
        off: Names of coherence rules, as `synth plan --explain` and docs/plan.md give them.
    """

    off: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_words(cls, value: Any) -> Any:
        """Take `off` and `on` for the whole; YAML reads both, and the key `off`, as booleans."""
        if value is False or value == "off":
            return {"off": ("all",)}
        if value is True or value == "on":
            return {}
        if not isinstance(value, dict):
            return value
        words = {False: "off", True: "on"}
        named = {words.get(key, key): names for key, names in value.items()}
        return {key: (names,) if isinstance(names, str) else names for key, names in named.items()}


class BudgetRequest(_Request):
    """The most a dataset may cost; None sets no limit. Decided before every call.

    Attributes:
        calls: Requests sent, retries included.
        tokens: Input and output tokens.
        dollars: US dollars, by the price list of `synth_assets/llm/prices.yaml`.
    """

    calls: int | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)
    dollars: float | None = Field(default=None, ge=0)

    def over(self, other: "BudgetRequest") -> "BudgetRequest":
        """Return this budget's limits, and the other's where this one sets none."""
        return BudgetRequest.model_validate(other.model_dump() | self.model_dump(exclude_none=True))


class GeminiTableRequest(_Request):
    """What one table wants of Gemini; None takes what the dataset says.

    Attributes:
        rows: Rows whose texts Gemini fills; rows beyond are drawn from those.
        prompt: What the texts of this table should be like, beside the dataset's prompt.
        model: Its name.
        temperature, top_p, max_output_tokens: Sent where the model takes them.
        critique_threshold: Score from 1 to 10 below which a row is filled again.
        instructions: Scenarios written for the table.
    """

    rows: int | None = Field(default=None, ge=0, le=100_000)
    prompt: str = Field(default="", max_length=20_000)
    model: str | None = Field(default=None, max_length=200)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_output_tokens: int | None = Field(default=None, ge=64, le=1_000_000)
    critique_threshold: int | None = Field(default=None, ge=1, le=10)
    instructions: int | None = Field(default=None, ge=1, le=50)


class GeminiRequest(GeminiTableRequest):
    """What a dataset wants of Gemini.

    Attributes:
        budget: The most it may cost.
        tables: What single tables want, by table key (letter case does not matter).
    """

    rows: int = Field(default=200, ge=0, le=100_000)
    critique_threshold: int = Field(default=7, ge=1, le=10)
    instructions: int = Field(default=5, ge=1, le=50)
    budget: BudgetRequest = BudgetRequest()
    tables: dict[str, GeminiTableRequest] = {}

    def of_table(self, key: str) -> "GeminiRequest":
        """Return what holds for one table: its own words where it has any, else the dataset's."""
        own = next((t for name, t in self.tables.items() if name.casefold() == key.casefold()), GeminiTableRequest())
        said = {name: value for name, value in own.model_dump().items() if value not in {None, ""}}
        return self.model_copy(update=said)


AiMode = Literal["auto", "off", "required"]


class DatasetRequest(_Request):
    """The request of one dataset.

    Attributes:
        dataset: Name of the dataset; None lets the system name it.
        rows: Rows of every table that has no number of its own.
        rows_by_table: Rows of single tables, by table key (letter case does not matter).
        fit: Tables that cannot hold their rows get as many as they can, and the plan says so; else they are refused.
        seed, locale, as_of, prompt: See `Plan`.
        ai: Whether Gemini writes: `auto` where there is a key, `off` never, `required` or the dataset fails.
        gemini: How much Gemini writes, with which model, and what it may cost.
        coherence: Which coherence rules are switched off.
        overrides: What the user decides over the rules, by table and column.
    """

    dataset: str | None = Field(default=None, max_length=100)
    rows: int = Field(default=1000, ge=0, le=MAX_ROWS)
    rows_by_table: dict[str, int] = {}
    fit: bool = False
    seed: int = Field(default=42, ge=-(2**63), lt=2**63)
    locale: str = "en_US"
    as_of: date = AS_OF
    prompt: str = Field(default="", max_length=20_000)
    ai: AiMode = "auto"
    gemini: GeminiRequest = GeminiRequest()
    coherence: CoherenceRequest = CoherenceRequest()
    overrides: dict[str, TableOverride] = {}

    @field_validator("ai", mode="before")
    @classmethod
    def _read_off(cls, value: Any) -> Any:
        """YAML reads the word `off` as a boolean."""
        return "off" if value is False else value

    def within(self, budget: BudgetRequest) -> "DatasetRequest":
        """Return the request with the limits of another budget over its own."""
        return self.model_copy(update={"gemini": self.gemini.model_copy(update={"budget": budget.over(self.gemini.budget)})})

    def asks_for_the_same(self, other: "DatasetRequest") -> bool:
        """Tell whether two requests differ at most in what the dataset may cost: that decides how far it gets, never what it is."""
        budget = {"gemini": {"budget"}}
        return self.model_dump(exclude=budget) == other.model_dump(exclude=budget)


def read_request(text: str, source: str) -> DatasetRequest:
    """Parse a request from YAML (or JSON) text. Raises RequestError with every problem found.

    Args:
        text: The document; empty means all defaults.
        source: What to call it in diagnostics, usually a file name.
    """
    if len(text.encode(errors="surrogatepass")) > MAX_REQUEST_BYTES:
        raise RequestError("the request is too large", [_problem("REQ101", source, "is larger than 1 MB", "", "")])
    try:
        document, _ = parse_yaml(text)
    except BadYamlError as error:
        hint = error.hint or "write `key: value` lines, as in `rows: 1000`"
        problem = _problem("REQ101", f"{source}{error.place}", error.problem, error.found, hint)
        raise RequestError("the request is not YAML", [problem]) from None
    return build_request({} if document is None else document, source)


def build_request(document: Any, source: str) -> DatasetRequest:
    """Validate a parsed document as a request. Raises RequestError with every problem found."""
    if not isinstance(document, dict):
        hint = "write `key: value` lines, as in `rows: 1000`"
        raise RequestError("bad request", [_problem("REQ102", source, "is not a mapping", short_form(document), hint)])
    try:
        request = DatasetRequest.model_validate(document)
    except ValidationError as error:
        told = [_from_pydantic(e, source) for e in error.errors()[:MAX_PROBLEMS]]
        more = error.error_count() - len(told)
        told += [_problem("REQ105", source, f"{more:,} more problems of this kind", "", "")] if more else []
        raise RequestError("bad request", told) from None
    wrong = {t: n for t, n in request.rows_by_table.items() if not 0 <= n <= MAX_ROWS}
    if wrong:
        hint = f"give a number from 0 to {MAX_ROWS:,}"
        raise RequestError(
            "bad request",
            [_problem("REQ103", f"{source}: rows_by_table.{t}", "the row count is out of range", str(n), hint) for t, n in wrong.items()],
        )
    return request


def _from_pydantic(error: Any, source: str) -> Diagnostic:
    path = ".".join(str(part) for part in error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        known = ", ".join(DatasetRequest.model_fields)
        return _problem("REQ104", f"{source}: {path}", "no such setting", path, f"known settings: {known}" if "." not in path else "")
    if path.split(".")[0] == "coherence":
        hint = "write `coherence: off`, or `coherence: {off: [totals_add_up, roles_differ]}`"
        return _problem("REQ105", f"{source}: {path}", "does not say which rules are off", short_form(error.get("input")), hint)
    code = "REQ103" if kind in {"greater_than_equal", "less_than_equal", "less_than"} else "REQ105"
    return _problem(code, f"{source}: {path}", error["msg"][:1].lower() + error["msg"][1:], short_form(error.get("input")), "")


def short_form(value: Any) -> str:
    """Return at most 80 characters of a value as the user wrote it; numbers of any length included."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**80:
        return f"a number of about {int(value.bit_length() * 0.30103)} digits"
    try:
        return str(value)[:80]
    except ValueError:  # Python spells no number of more than 4,300 digits, wherever inside a value it stands
        return f"a {type(value).__name__} that holds a number of thousands of digits"


def _problem(code: str, where: str, message: str, found: str, hint: str) -> Diagnostic:
    return Diagnostic(code=code, where=where, message=message, found=found, hint=hint)
