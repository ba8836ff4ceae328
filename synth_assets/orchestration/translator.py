"""Every name Dagster sees, made in one place: asset keys, groups, ops, jobs, sensors, tags, partitions.

Dagster allows `[A-Za-z0-9_]` in op and group names, and op names must be unique in the whole code
location; SQL names may hold anything. Names are made from what a table is called alone, so that
adding a table renames no other, except where two tables would share a name: then those whose own
spelling differs from it carry a digest of their spelling.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

import dagster as dg
from anyascii import anyascii

from synth_assets.schema.model import Schema

UPLOADS = "uploads"
"""First part of the asset keys, and the group, of uploaded files."""

SCHEMA_TAG = "synth/schema"
DATASET_TAG = "synth/dataset"
LABELLED_TAG = "synth/labelled"
FINGERPRINT_TAG = "synth/fingerprint"
TABLE_POOL = "tables"
"""Concurrency pool of the steps that write a table; its limit is set in dagster.yaml or the UI."""

UPLOAD_CHECK = "readable"
KNOWLEDGE_CHECK = "everything_read"
PROOF_CHECK = "database_accepts"
UPLOADS_SENSOR = "uploads"
REAPER_SENSOR = "dead_runs"

_MAX_NAME = 100
_DATASET_KEY = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,98}[a-z0-9_-])?")
_MAX_TAG = 63
_MAX_PUBLISHED = 40
"""Of the 63 bytes of a PostgreSQL name; the rest is for namespaces and versions."""
_CHECKS_SUFFIX = "__checks"
_LATE_SUFFIX = "__late_checks"


def identifier(text: str) -> str:
    """Return `text` in `[A-Za-z0-9_]`, transliterated, without underscores at its ends, at most 100 characters."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", anyascii(text)).strip("_")
    return (plain if len(plain) <= _MAX_NAME else f"{plain[: _MAX_NAME - 9]}_{_digest(text)[:8]}") or f"name_{_digest(text)[:8]}"


def distinct_identifiers(texts: Iterable[str]) -> dict[str, str]:
    """Return one identifier a text, all different; a text that is its own identifier keeps it."""
    wanted = {text: identifier(text) for text in texts}
    shared = Counter(wanted.values())
    names = {text: name for text, name in wanted.items() if text == name}
    taken = set(names.values())
    for text in sorted(wanted.keys() - names.keys()):
        name, length = wanted[text], 6
        if shared[name] > 1:
            name = f"{wanted[text]}_{_digest(text)[:length]}"
        while name in taken:
            length += 6
            name = f"{wanted[text]}_{_digest(text)[:length]}"
        taken.add(name)
        names[text] = name
    return {text: names[text] for text in wanted}


def is_dataset_key(text: str) -> bool:
    """Tell whether a partition key can name a dataset: the UI takes any text, the store only what is safe as a folder."""
    return _DATASET_KEY.fullmatch(text) is not None


def dataset_base_name(text: str) -> str:
    """Return the dataset key nearest to what a user wrote: `Spring fair!` becomes `spring-fair`."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", anyascii(text).lower()).strip("-._")
    return plain[:80].rstrip("-._") or f"dataset-{_digest(text)[:8]}"


def upload_keys(files: Iterable[str]) -> dict[str, dg.AssetKey]:
    """Return the asset key of each uploaded file, all different."""
    return {file: dg.AssetKey([UPLOADS, name]) for file, name in distinct_identifiers(files).items()}


def tag_value(text: str) -> str:
    """Return `text` as an asset tag's value: `[A-Za-z0-9_.-]`, at most 63 characters."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", anyascii(text))[:_MAX_TAG]


class TableNames:
    """The Dagster names of tables under one prefix.

    Attributes:
        prefix: First part of the asset keys, and the group.
    """

    def __init__(self, prefix: str, tables: dict[str, str]) -> None:
        """Name tables, given with the identifier that each has below the prefix."""
        self.prefix = prefix
        self._tables = tables

    @property
    def group(self) -> str:
        return self.prefix

    def table_key(self, table: str) -> dg.AssetKey:
        """Return the asset key of a table given by its own key."""
        return dg.AssetKey([self.prefix, self._tables[table]])

    def table_op(self, table: str) -> str:
        return f"{self.prefix}__{self._tables[table]}"

    def checks_op(self, table: str) -> str:
        return self.table_op(table) + _CHECKS_SUFFIX


class SchemaNames(TableNames):
    """The Dagster names of one schema.

    `_knowledge`, `_plan`, `_export` and `_publish` never meet a table: no identifier starts with an underscore.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema_name = schema.name
        name = identifier(schema.name)
        super().__init__(f"{name}_schema" if name == UPLOADS else name, self._name_tables(schema))

    @staticmethod
    def _name_tables(schema: Schema) -> dict[str, str]:
        names = distinct_identifiers(t.key for t in schema.tables)
        # `orders__checks` would share its op's name with the checks of `orders`.
        clashing = {k for k, n in names.items() if n.endswith((_CHECKS_SUFFIX, _LATE_SUFFIX))}
        return {key: f"{name}_{_digest(key)[:6]}" if key in clashing else name for key, name in names.items()}

    @property
    def partitions_name(self) -> str:
        return f"datasets_{self.prefix}"

    @cached_property
    def partitions(self) -> dg.DynamicPartitionsDefinition:
        """The datasets of this schema; each schema has its own, so none shows another's as missing."""
        return dg.DynamicPartitionsDefinition(name=self.partitions_name)

    @property
    def plan_key(self) -> dg.AssetKey:
        return dg.AssetKey([self.prefix, "_plan"])

    @property
    def knowledge_key(self) -> dg.AssetKey:
        return dg.AssetKey([self.prefix, "_knowledge"])

    @property
    def knowledge_op(self) -> str:
        return f"read_knowledge_{self.prefix}"

    @property
    def knowledge_job(self) -> str:
        return f"knowledge_{self.prefix}"

    @property
    def export_key(self) -> dg.AssetKey:
        return dg.AssetKey([self.prefix, "_export"])

    @property
    def table_keys(self) -> tuple[str, ...]:
        """The schema's tables by their own keys, in declaration order."""
        return tuple(self._tables)

    def late_checks_op(self, table: str) -> str:
        """Op of the checks that wait for a parent whose edge was left out to break a cycle."""
        return self.table_op(table) + _LATE_SUFFIX

    @property
    def plan_op(self) -> str:
        return f"plan_{self.prefix}"

    @property
    def export_op(self) -> str:
        return f"export_{self.prefix}"

    @property
    def proof_op(self) -> str:
        return f"prove_{self.prefix}"

    @property
    def publish_key(self) -> dg.AssetKey:
        return dg.AssetKey([self.prefix, "_publish"])

    @property
    def publish_op(self) -> str:
        return f"publish_{self.prefix}"

    def published_schema(self, dataset: str) -> str:
        """Return the database schema a dataset is published to: `shop_1` for `shop-1`, `shop_spring_fair` for `spring-fair`.

        Keys that differ give names that differ: one with other characters than letters, digits and single hyphens carries
        a digest, and so does a long one.
        """
        plain = re.sub(r"[^a-z0-9]+", "_", dataset.lower()).strip("_")
        stem = re.sub(r"_+", "_", self.prefix.lower()).strip("_")
        name = plain if plain.startswith(f"{stem}_") else f"{stem}_{plain}"
        name = name if name[0].isalpha() else f"s_{name}"
        exact = re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", dataset) is not None
        return name if exact and len(name) <= _MAX_PUBLISHED else f"{name[: _MAX_PUBLISHED - 7].rstrip('_')}_{_digest(dataset)[:6]}"

    @property
    def job(self) -> str:
        return f"generate_{self.prefix}"

    @property
    def feedback_job(self) -> str:
        return f"feedback_{self.prefix}"

    @property
    def new_dataset_job(self) -> str:
        return f"new_dataset_{self.prefix}"

    @property
    def new_dataset_op(self) -> str:
        return f"request_dataset_{self.prefix}"

    @property
    def schedule(self) -> str:
        return f"refresh_{self.prefix}"

    @property
    def asset_tags(self) -> dict[str, str]:
        return {SCHEMA_TAG: tag_value(self.prefix)}

    def run_tags(self, dataset: str) -> dict[str, str]:
        return {SCHEMA_TAG: self.prefix, DATASET_TAG: dataset}

    @property
    def location_names(self) -> frozenset[str]:
        """Every name that must be this schema's alone within the code location."""
        ops = [f(t) for t in self._tables for f in (self.table_op, self.checks_op, self.late_checks_op)]
        # The prefix is no op's or job's name: files `shop` and `plan_shop` may stand side by side.
        own = [
            f"{self.prefix}/",
            self.knowledge_op,
            self.knowledge_job,
            self.plan_op,
            self.export_op,
            self.proof_op,
            self.publish_op,
            self.feedback_job,
            self.new_dataset_op,
            self.job,
            self.new_dataset_job,
            self.schedule,
        ]
        return frozenset([*ops, *own])


class LabelledNames(TableNames):
    """The Dagster names of one labelled text dataset: `<name>/messages`, and `<name>/<split>` for each split."""

    def __init__(self, name: str, tables: Iterable[str]) -> None:
        """Name a dataset with these tables: `messages`, then its splits."""
        plain = identifier(name)
        super().__init__(f"{plain}_labelled" if plain == UPLOADS else plain, distinct_identifiers(tables))

    @property
    def job(self) -> str:
        return f"label_{self.prefix}"

    @property
    def asset_tags(self) -> dict[str, str]:
        return {LABELLED_TAG: tag_value(self.prefix)}

    def run_tags(self, fingerprint: str) -> dict[str, str]:
        """Return the tags of a run that makes what the file with that fingerprint asks for."""
        return {LABELLED_TAG: tag_value(self.prefix), FINGERPRINT_TAG: fingerprint[:_MAX_TAG]}

    @property
    def location_names(self) -> frozenset[str]:
        """Every name that must be this dataset's alone within the code location."""
        ops = [f(t) for t in self._tables for f in (self.table_op, self.checks_op)]
        return frozenset([*ops, f"{self.prefix}/", self.job])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
