"""The base class of all models: frozen, strict about keys, tuples inside."""

from __future__ import annotations

import ast
import inspect
from functools import lru_cache
from itertools import pairwise
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

NonEmptyStr = Annotated[str, Field(min_length=1)]


class FrozenModel(BaseModel):
    """Immutable base model.

    Unknown keys are errors. A key without a value (`owner:`) counts as left out, so people may
    keep empty lines in a file.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        # A validator is built when its model is first used: most commands use few of the models.
        defer_build=True,
        # A customer called 2024 is a text, not a year.
        coerce_numbers_to_str=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: object) -> object:
        if not isinstance(data, dict) or None not in data.values():
            return data
        # Unknown keys stay, even without a value, so that `extra="forbid"` reports them.
        return {k: v for k, v in data.items() if v is not None or k not in cls.model_fields}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe each field by the docstring below it.

        pydantic's `use_attribute_docstrings` does the same, but parses the source of every model at
        import, which took a third of the time that importing the models takes.
        """
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for base in reversed(cls.__mro__):
            if issubclass(base, FrozenModel):
                for name, description in _attribute_docstrings(base).items():
                    if name in properties:
                        properties[name]["description"] = description
        return schema


@lru_cache(maxsize=128)
def _attribute_docstrings(model: type[FrozenModel]) -> dict[str, str]:
    """Return the docstring below each field of a class, by field name."""
    definition = ast.parse(inspect.getsource(model)).body[0]
    statements = definition.body if isinstance(definition, ast.ClassDef) else []
    found = {}
    for field, below in pairwise(statements):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            found[field.target.id] = inspect.cleandoc(below.value.value)
    return found


def entries_from_mapping(data: object, key: str) -> object:
    """Turn `{id: {...}}`, as people write it in YAML, into a list of dicts with the id as `key`.

    Other values are returned unchanged; the model's own validation then reports them.
    """
    if not isinstance(data, dict):
        return data
    entries = []
    for name, value in data.items():
        body = {} if value is None else value
        # A body that is not a mapping stays as it is and fails validation at its own place.
        entries.append({key: name, **body} if isinstance(body, dict) else body)
    return entries
