"""`calib schema` and the hidden `calib catalog-record`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from calib.cli.root import guarded, main

_SCHEMAS = ("result", "assessment", "control", "case-study", "evidence", "plan", "catalog-control")


@main.command("catalog-record", hidden=True)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@guarded
def catalog_record(folder: Path) -> None:
    """Write down in FOLDER what the catalog asks, for the versions after it (see `make record`)."""
    from calib.catalog.load import load_catalog
    from calib.catalog.migration import record_of
    from calib.files.atomic import replace_file

    record = record_of(load_catalog())
    asked = {one.id: one.model_dump(mode="json", exclude={"id"}) for one in record.asked}
    data = {"version": record.version, "asked": asked}
    path = folder / f"{record.version}.json"
    replace_file(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())
    click.echo(path)


@main.command()
@click.argument("of", type=click.Choice(_SCHEMAS), default="result")
@guarded
def schema(of: str) -> None:
    """Print the JSON Schema of a result, or of one of the files that people write.

    Editors with YAML support complete and check keys by it:

    \b
    calib schema control > control.schema.json
    """
    from calib import model
    from calib.model.catalog import Control

    kinds: dict[str, Any] = {
        "result": model.Result,
        "assessment": model.Header,
        "control": model.ControlResponse,
        "case-study": model.CaseStudy,
        "evidence": model.EvidenceFile,
        "plan": model.PlanFile,
        "catalog-control": Control,
    }
    mode: Any = "serialization" if of == "result" else "validation"
    made = kinds[of].model_json_schema(mode=mode)
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
    if of == "control":
        # In the file, answers are keyed by their criterion.
        answers = made["properties"]["criteria"].pop("items")
        made["properties"]["criteria"] |= {
            "type": "object",
            "additionalProperties": answers,
            "default": {},
        }
        made["$defs"]["CriterionAnswer"]["properties"].pop("criterion")
        made["$defs"]["CriterionAnswer"]["required"] = []
    click.echo(json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True))
