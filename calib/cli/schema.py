"""`calib schema`, and the hidden `calib catalog-record`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from calib.cli.root import handle_errors, main

if TYPE_CHECKING:
    from pydantic import BaseModel

_SCHEMAS = ("result", "assessment", "control", "case-study", "evidence", "plan", "catalog-control")


@main.command("catalog-record", hidden=True)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@handle_errors
def catalog_record(folder: Path) -> None:
    """Save the questions of this catalog version in FOLDER (see `make record`).

    Later versions compare their questions with this record when an assessment is migrated.
    """
    from calib.catalog.load import load_catalog
    from calib.catalog.migration import build_catalog_record
    from calib.files.atomic import replace_file

    record = build_catalog_record(load_catalog())
    asked = {one.id: one.model_dump(mode="json", exclude={"id"}) for one in record.asked}
    data = {"version": record.version, "asked": asked}
    path = folder / f"{record.version}.json"
    replace_file(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())
    click.echo(path)


@main.command()
@click.argument("kind", metavar="[KIND]", type=click.Choice(_SCHEMAS), default="result")
@handle_errors
def schema(kind: str) -> None:
    """Show the JSON Schema of a file or of the result.

    Editors with YAML support use these schemas to complete and check keys.

    \b
    KIND is one of:
      result            output of `calib score --json` (the default)
      assessment        assessment.yaml
      control           controls/CONTROL.yaml
      case-study        case_studies/NAME.yaml
      evidence          evidence.yaml
      plan              plan.yaml
      catalog-control   a control of the catalog

    \b
    Examples:
      calib schema > result.schema.json
      calib schema control > control.schema.json
    """
    from calib import model
    from calib.model.catalog import Control

    models: dict[str, type[BaseModel]] = {
        "result": model.Result,
        "assessment": model.Header,
        "control": model.ControlResponse,
        "case-study": model.CaseStudy,
        "evidence": model.EvidenceFile,
        "plan": model.PlanFile,
        "catalog-control": Control,
    }
    # calib writes results and reads all others; defaults are optional only in files to read.
    mode: Literal["serialization", "validation"] = (
        "serialization" if kind == "result" else "validation"
    )
    generated = models[kind].model_json_schema(mode=mode)
    generated = {"$schema": "https://json-schema.org/draft/2020-12/schema", **generated}
    if kind == "control":
        # In the YAML file `criteria` is a mapping by criterion id; in the model it is a list.
        answers = generated["properties"]["criteria"].pop("items")
        generated["properties"]["criteria"] |= {
            "type": "object",
            "additionalProperties": answers,
            "default": {},
        }
        generated["$defs"]["CriterionAnswer"]["properties"].pop("criterion")
        generated["$defs"]["CriterionAnswer"]["required"] = []
    click.echo(json.dumps(generated, ensure_ascii=False, indent=1, sort_keys=True))
