"""`calib evidence`: read the documents of partners."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.options import JSON_OPTION, progress_bar
from calib.cli.root import handle_errors, main, print_message, printable
from calib.text import plural

if TYPE_CHECKING:
    from calib.documents import Document


@main.group()
def evidence() -> None:
    """Read documents: their text, with the location of each passage.

    \b
    Examples:
      calib evidence read handbook.pdf         # print its passages
      calib evidence read *.docx --json        # one JSON object per document
      calib evidence clear-cache               # delete the text that was kept
    """


@evidence.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@JSON_OPTION
@handle_errors
def read(files: tuple[Path, ...], as_json: bool) -> None:
    """Print the passages of documents with their locations.

    Reads PDF, Word, PowerPoint, Excel, CSV, Markdown, text, HTML and mails (.eml), also in a .zip
    archive. Each document is read in a process of its own with limits on time and memory. A
    document that cannot be read is reported with the reason, and the others are read.

    The text is kept in your private cache folder, so that the same file is read only once; delete
    it with `calib evidence clear-cache`.

    \b
    Examples:
      calib evidence read handbook.pdf
      calib evidence read evidence/* --json > passages.jsonl
    """
    from calib.documents import read_documents

    unreadable = 0
    with progress_bar(len(files), "Reading") as step:
        documents = read_documents(files, lambda path: step(path.name))
        for path, document in zip(files, documents, strict=True):
            unreadable += not document.readable
            if as_json:
                from calib.documents.model import document_to_json

                row = {"file": str(path), **document_to_json(document)}
                click.echo(json.dumps(row, ensure_ascii=False))
            else:
                _print_document(path, document)
    if unreadable:
        print_message(f"{plural(unreadable, 'document')} could not be read.")


def _print_document(path: Path, document: Document) -> None:
    click.echo(printable(f"{path}  ({document.kind}, {plural(len(document.passages), 'passage')})"))
    if document.why:
        remedy = f" ({document.remedy})" if document.remedy else ""
        click.echo(printable(f"  {document.why}{remedy}"))
    for fact in document.metadata:
        click.echo(printable(f"  {fact.field}: {fact.value}  [{fact.where}]"))
    for passage in document.passages:
        role = "" if passage.role == "body" else f" ({passage.role})"
        click.echo(printable(f"  [{passage.where}]{role} {passage.text}"))
    click.echo()


@evidence.command("clear-cache")
@handle_errors
def clear_cache() -> None:
    """Delete the text of documents that earlier commands kept.

    \b
    Example:
      calib evidence clear-cache
    """
    from calib.documents.cache import clear_cache

    print_message(f"Deleted the text of {plural(clear_cache(), 'document')}.")
