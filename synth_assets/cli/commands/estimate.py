"""`synth estimate`: what Gemini will be asked, and what that costs, before it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from synth_assets.cli.options import (
    AsJson,
    DdlFile,
    Dialect,
    Fit,
    Knowledge,
    Locale,
    RequestFile,
    Rows,
    Seed,
    build_request,
    documents_beside,
    read_schema,
)
from synth_assets.cli.reporting import EXIT_BAD_INPUT, print_columns, print_json, print_text, reporting

if TYPE_CHECKING:
    from synth_assets.llm.estimate import Estimate, TableEstimate
    from synth_assets.plan.request import BudgetRequest, DatasetRequest
    from synth_assets.schema.model import Schema


def estimate(
    file: DdlFile,
    request: RequestFile = None,
    rows: Rows = None,
    fit: Fit = False,
    seed: Seed = None,
    locale: Locale = None,
    knowledge: Knowledge = None,
    dialect: Dialect = None,
    as_json: AsJson = False,
) -> None:
    """Say what a dataset will ask of Gemini: calls, tokens and dollars by table. Asks nothing and needs no key."""
    with reporting(as_json=as_json):
        from synth_assets.pipeline.estimate import estimate_dataset
        from synth_assets.settings import load_llm_settings

        wanted = build_request(rows, seed, locale, request, fit=fit)
        schema, result = read_schema(file, dialect)
        passages = _quoted(schema, wanted, documents_beside(file, knowledge))
        made = estimate_dataset(schema, wanted, load_llm_settings(), passages=passages)
        if as_json:
            print_json(_document(made, wanted.gemini.budget))
        else:
            _print_estimate(made, wanted.gemini.budget)
        if result.errors:
            raise typer.Exit(EXIT_BAD_INPUT)


def _quoted(schema: "Schema", request: "DatasetRequest", folder: Path | None) -> "dict[str, tuple[str, ...]]":
    """Return what the documents of a folder would be quoted with; images and meanings, which only Gemini reads, are left out."""
    if folder is None or request.ai == "off":
        return {}
    from synth_assets.pipeline.knowledge import find_table_passages, load_knowledge

    return find_table_passages(schema, request, load_knowledge(folder, None).index, None).texts


def _document(made: "Estimate", budget: "BudgetRequest") -> dict[str, Any]:
    return {
        "calls": made.calls,
        "most_calls": made.most_calls,
        "tokens": made.tokens,
        "most_tokens": made.most_tokens,
        "dollars": made.dollars,
        "most_dollars": made.most_dollars,
        "prices_of": made.day.isoformat(),
        "budget": budget.model_dump(mode="json"),
        "over_budget": list(_over(made, budget)),
        "tables": [_table_document(t) for t in made.tables],
    }


def _table_document(table: "TableEstimate") -> dict[str, Any]:
    calls = table.calls
    return {
        "table": table.table,
        "calls": {**vars(calls), "expected": calls.expected, "most": calls.most},
        "tokens": vars(table.tokens),
        "most_tokens": vars(table.most_tokens),
        "dollars": table.dollars,
        "most_dollars": table.most_dollars,
    }


def _print_estimate(made: "Estimate", budget: "BudgetRequest") -> None:
    if not made.tables:
        print_text("nothing is asked of Gemini")
        return
    rows: list[tuple[str, ...]] = [("table", "plan", "scenarios", "rows", "critique", "refills", "calls", "tokens", "dollars")]
    for table in made.tables:
        calls = table.calls
        counts = (calls.plan, calls.instructions, calls.rows, calls.critique, f"<= {calls.refills + calls.second_critique}")
        rows.append((table.table, *map(str, counts), str(calls.expected), f"{table.tokens.total:,}", _money(table.dollars)))
    print_columns(rows)
    print_text(f"\nexpected: {made.calls:,} calls, {made.tokens:,} tokens, {_money(made.dollars)}")
    print_text(f"at most:  {made.most_calls:,} calls, {made.most_tokens:,} tokens, {_money(made.most_dollars)}")
    print_text(f"Prices of {made.day.isoformat()}. Answers that are kept cost nothing; requests that must be sent again come on top.")
    for name in _over(made, budget):
        print_text(f"The budget in {name} may end before the dataset is done: gemini.budget.{name} is {getattr(budget, name):,}.")


def _over(made: "Estimate", budget: "BudgetRequest") -> tuple[str, ...]:
    """Name the limits that the most of the estimate is over."""
    most = {"calls": made.most_calls, "tokens": made.most_tokens, "dollars": made.most_dollars}
    return tuple(
        name for name, value in most.items() if value is not None and (limit := getattr(budget, name)) is not None and value > limit
    )


def _money(dollars: float | None) -> str:
    return "price unknown" if dollars is None else f"${dollars:,.4f}"
