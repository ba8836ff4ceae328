"""YAML from outside, read within bounds: no aliases, no deep nesting, no value that Python cannot hold."""

from typing import Any

import yaml

MAX_NESTING = 100
MAX_PROBLEMS = 100
"""Problems of one document that are told; each takes a search for its line, and nobody reads more."""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadYamlError(ValueError):
    """The text is not YAML that we take.

    Attributes:
        place: `:line:column`, or an empty string when it is not known.
        problem: What is wrong, as the end of a sentence. found, hint: As in a diagnostic.
    """

    def __init__(self, place: str, problem: str, found: str = "", hint: str = "") -> None:
        super().__init__(problem)
        self.place, self.problem, self.found, self.hint = place, problem, found, hint


def parse_yaml(text: str) -> tuple[Any, Any]:
    """Return the document and its node tree (for line numbers).

    Aliases are refused, because a few of them can stand for billions of values.

    Raises:
        BadYamlError: With the place and the problem.
    """
    try:
        _refuse_bombs(text)
        root = yaml.compose(text, Loader=_Loader)
        return yaml.load(text, Loader=_Loader), root  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        found = str(getattr(error, "problem", "") or "")
        raise BadYamlError(place_of(getattr(error, "problem_mark", None)), "is not valid YAML", found) from None
    except BadYamlError:
        raise
    except ValueError as error:
        raise BadYamlError("", "holds an impossible value", str(error)[:80]) from None


def _refuse_bombs(text: str) -> None:
    """Walk the events, which cost no more than the text is long, before anything is built of them."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise BadYamlError(place_of(event.start_mark), "uses an alias", hint="write values out in full")
        if depth > MAX_NESTING:
            raise BadYamlError(place_of(event.start_mark), "is nested too deeply", hint="write values out in full")


def place_of(mark: Any) -> str:
    """Return `:line:column` of a mark, or an empty string."""
    return f":{mark.line + 1}:{mark.column + 1}" if mark else ""
