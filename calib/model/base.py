"""The base of every noun: frozen, strict about keys, tuples inside."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1)]


class FrozenModel(BaseModel):
    """Hold facts that never change after construction.

    Unknown keys are errors. A key without a value (`owner:`) counts as left out, so that a person
    may keep empty lines in a file.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        # A customer called 2024 is a text, not a year.
        coerce_numbers_to_str=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict) or None not in data.values():
            return data
        return {k: v for k, v in data.items() if v is not None or k not in cls.model_fields}


def keyed(data: Any, key: str) -> Any:
    """Turn `{id: {...}}` as written in YAML into a list of dicts that carry their id as `key`."""
    if not isinstance(data, dict):
        return data
    rows = []
    for name, value in data.items():
        body = {} if value is None else value
        rows.append({key: name, **body} if isinstance(body, dict) else body)
    return rows
