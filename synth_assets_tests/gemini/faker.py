"""Values that a schema allows, made up from its names: JSON Schema and Gemini's own form (OpenAPI, upper-case types).

Equal seeds give equal values. `violations` says what of a value a schema does not allow.
"""

import datetime as dt
import hashlib
import json
import random
import re
import uuid
from dataclasses import dataclass, replace
from typing import Any

FIRST = ["Ada", "Bram", "Chloe", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Iris", "Jonas", "Kofi", "Lena"]
LAST = ["Okafor", "Silva", "Novak", "Tanaka", "Haddad", "Moreau", "Larsen", "Kaya", "Rossi", "Ortega", "Singh", "Weber"]
CITIES = ["Lisbon", "Oslo", "Accra", "Osaka", "Quito", "Zagreb", "Leeds", "Turin", "Perth", "Izmir"]
WORDS = [
    "amber",
    "basin",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "harbor",
    "inlet",
    "juniper",
    "kiln",
    "lagoon",
    "meadow",
    "north",
    "opal",
    "prairie",
    "quartz",
    "ridge",
    "saddle",
    "timber",
    "upland",
    "valley",
    "willow",
    "yonder",
    "zephyr",
    "copper",
    "linen",
    "marble",
    "paper",
    "silver",
    "velvet",
    "walnut",
]
DEEPEST = 8


def stable_seed(*parts: Any) -> int:
    """Return 64 bits that depend on JSON values and nothing else."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@dataclass(frozen=True)
class Place:
    """Where in an answer a value is made: its schema's root, its path, and what it is called."""

    seed: int
    root: dict[str, Any]
    path: str = "$"
    name: str = ""
    index: int | None = None
    depth: int = 0
    rows: int | None = None

    def below(self, step: str, **changes: Any) -> "Place":
        return replace(self, path=f"{self.path}{step}", depth=self.depth + 1, **changes)

    @property
    def rng(self) -> random.Random:
        return random.Random(stable_seed(self.seed, self.path))


def fake_value(schema: dict[str, Any], *, seed: int, rows: int | None = None) -> Any:
    """Return a value that a schema allows.

    Args:
        schema: Either form; `$ref` into its own `$defs`.
        seed: Equal seeds give equal values.
        rows: Items of the outermost list, within its bounds; None makes three.
    """
    return _fake(schema, Place(seed, schema, rows=rows))


def _fake(schema: dict[str, Any], place: Place) -> Any:
    schema = resolve(schema, place.root)
    rng = place.rng
    if "const" in schema:
        return schema["const"]
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        return _fake_branch(branches, place)
    if is_nullable(schema) and rng.random() < 0.1:
        return None
    if schema.get("enum"):
        return rng.choice(schema["enum"])
    match kind_of(schema):
        case "object":
            return _fake_object(schema, place)
        case "array":
            return _fake_array(schema, place)
        case "integer":
            return _fake_integer(schema, place)
        case "number":
            low, high = float(schema.get("minimum", 0)), float(schema.get("maximum", schema.get("minimum", 0) + 1000))
            return round(rng.uniform(min(low, high), max(low, high)), 2)
        case "boolean":
            return rng.random() < 0.5
        case "null":
            return None
    return _fake_text(schema, place)


def _fake_branch(branches: list[dict[str, Any]], place: Place) -> Any:
    rng = place.rng
    real = [b for b in branches if kind_of(resolve(b, place.root)) != "null"] or branches
    if len(real) < len(branches) and rng.random() < 0.1:
        return None
    return _fake(rng.choice(real), replace(place, path=place.path + "|"))


def _fake_object(schema: dict[str, Any], place: Place) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    required = set(schema.get("required") or properties)
    ordered = [p for p in schema.get("propertyOrdering") or [] if p in properties]
    names = [*ordered, *(p for p in properties if p not in ordered)]
    kept = [n for n in names if n in required or (place.depth <= 6 and place.rng.random() >= 0.15)]
    return {n: _fake(properties[n], place.below(f".{n}", name=n, rows=place.rows if place.depth == 0 else None)) for n in kept}


def _fake_array(schema: dict[str, Any], place: Place) -> list[Any]:
    low, high = int(schema.get("minItems") or 0), schema.get("maxItems")
    count = place.rows if place.rows is not None else max(low, 3)
    count = max(low, count if high is None else min(count, int(high)))
    items = schema.get("items") or {}
    return [_fake(items, place.below(f"[{i}]", index=i, rows=None)) for i in range(low if place.depth > DEEPEST else count)]


def _fake_integer(schema: dict[str, Any], place: Place) -> int:
    low = schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else schema.get("minimum")
    high = schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else schema.get("maximum")
    first = int(low) if low is not None else min(0, int(high or 0))
    last = int(high) if high is not None else first + 1000
    if place.index is not None and re.search(r"(^|_)(id|pk|row|number)$", place.name.lower()):
        return min(last, first + place.index)  # numbers that count the rows they stand in
    return place.rng.randint(min(first, last), max(first, last))


def _fake_text(schema: dict[str, Any], place: Place) -> str:
    rng = place.rng
    value = _text_of_format((schema.get("format") or "").lower(), place.name.lower(), rng)
    if (pattern := schema.get("pattern")) and not re.search(pattern, value):
        value = _matching(pattern, rng) or value
    if (most := schema.get("maxLength")) is not None:
        value = value[: int(most)]
    return value.ljust(int(schema.get("minLength") or 0), "x")


def _text_of_format(form: str, name: str, rng: random.Random) -> str:
    day = dt.date(2024, 1, 1) + dt.timedelta(days=rng.randrange(700))
    clock = f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:00"
    if form == "date" or (not form and name.endswith("_date")):
        return day.isoformat()
    if form == "date-time" or (not form and name.endswith("_at")):
        return f"{day.isoformat()}T{clock}Z"
    if form == "time":
        return clock
    if form == "uuid" or name in {"uuid", "guid"}:
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    if form == "email" or "email" in name:
        return f"{rng.choice(FIRST)}.{rng.choice(LAST)}{rng.randrange(10_000)}@example.test".lower()
    return _text_of_name(name, rng)


def _text_of_name(name: str, rng: random.Random) -> str:
    if "first" in name and "name" in name:
        return rng.choice(FIRST)
    if "last" in name and "name" in name:
        return rng.choice(LAST)
    if name.endswith("name"):
        return f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    if "city" in name:
        return rng.choice(CITIES)
    if "country" in name:
        return rng.choice(["PT", "NO", "GH", "JP", "EC", "HR", "GB", "IT", "AU", "TR"])
    if "phone" in name:
        return f"+1555{rng.randrange(10**7):07d}"
    words = [rng.choice(WORDS) for _ in range(rng.randrange(8, 16) if re.search("text|body|comment|review|description", name) else 4)]
    return " ".join(words).capitalize() + ("." if len(words) > 4 else "")


def _matching(pattern: str, rng: random.Random) -> str | None:
    """Return a text for the simple anchored patterns that tables have: literals, classes, {n,m}, + and ?; None for others."""
    if re.search(r"[(|*]", pattern):
        return None
    out = []
    for atom, count in re.findall(r"(\\.|\[[^\]]+\]|.)(\{\d+(?:,\d*)?\}|[+?])?", pattern.strip("^$")):
        low, high = _repeats(count)
        out += [rng.choice(_characters(atom)) for _ in range(rng.randint(low, high))]
    value = "".join(out)
    return value if re.search(pattern, value) else None


def _repeats(count: str) -> tuple[int, int]:
    if not count:
        return 1, 1
    if count in {"+", "?"}:
        return (1, 6) if count == "+" else (0, 1)
    low, _, high = count.strip("{}").partition(",")
    return int(low), int(high or low)


def _characters(atom: str) -> str:
    if atom.startswith("\\"):
        return {"d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyz0123456789", "s": " "}.get(atom[1], atom[1])
    if not atom.startswith("["):
        return atom
    pieces = re.findall(r".-.|.", atom[1:-1])
    return "".join("".join(map(chr, range(ord(p[0]), ord(p[2]) + 1))) if len(p) == 3 else p for p in pieces)


def resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Follow `$ref` within a root."""
    for _ in range(50):
        if "$ref" not in schema:
            break
        definitions = root.get("$defs") or root.get("defs") or {}
        schema = root if schema["$ref"] == "#" else definitions.get(schema["$ref"].split("/")[-1], {})
    return schema


def kind_of(schema: dict[str, Any]) -> str | None:
    """Return the type of a schema in lower case, without NULL; None where it has none."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if str(k).lower() != "null"), "null")
    if kind is None:
        shapes = {"properties": "object", "items": "array", "prefixItems": "array"}
        return next((name for key, name in shapes.items() if key in schema), None)
    return str(kind).lower()


def is_nullable(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    return bool(schema.get("nullable")) or (isinstance(kind, list) and any(str(k).lower() == "null" for k in kind))


def violations(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, path: str = "$") -> list[str]:
    """Return what of a value a schema does not allow; nothing where it conforms."""
    root = schema if root is None else root
    schema = resolve(schema, root)
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        return [] if any(not violations(value, b, root, path) for b in branches) else [f"{path}: no branch"]
    if value is None:
        return [] if is_nullable(schema) or kind_of(schema) in {None, "null"} else [f"{path}: null"]
    if schema.get("enum") and value not in schema["enum"]:
        return [f"{path}: {value!r} is not in the list"]
    kind = kind_of(schema)
    shapes: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": int | float}
    expected = shapes.get(kind or "", object)
    if not isinstance(value, expected) or (isinstance(value, bool) and kind in {"integer", "number"}):
        return [f"{path}: {type(value).__name__} is not {kind}"]
    return _violations_inside(value, kind, schema, root, path)


def _violations_inside(value: Any, kind: str | None, schema: dict[str, Any], root: dict[str, Any], path: str) -> list[str]:
    found = []
    if kind == "object":
        properties = schema.get("properties") or {}
        found += [f"{path}.{name}: missing" for name in schema.get("required") or [] if name not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{path}.{name}: extra" for name in value if name not in properties]
        found += [v for n, inner in value.items() if n in properties for v in violations(inner, properties[n], root, f"{path}.{n}")]
    elif kind == "array":
        if not int(schema.get("minItems") or 0) <= len(value) <= int(schema.get("maxItems", len(value))):
            found.append(f"{path}: {len(value)} items")
        found += [v for i, inner in enumerate(value) for v in violations(inner, schema.get("items") or {}, root, f"{path}[{i}]")]
    elif kind in {"integer", "number"} and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{path}: {value} out of range")
    return found
