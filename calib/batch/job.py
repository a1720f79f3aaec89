"""One job, from the folder to the report in its place; runs in a process of its own."""

from __future__ import annotations

import gc
import hashlib
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calib.batch.manifest import RECORD, Record, current, fingerprint, program
from calib.batch.model import Job, Limits, Options, Outcome, State
from calib.errors import BadInput, CannotWrite
from calib.report.output_files import SCRATCH, check_output, write_output_files
from calib.report.run_notebook import ReportFailed, read_notebook
from calib.report.write import NAMES, render_report


def warm_up(options: Options) -> None:
    """Load what reports need, so that processes which begin as copies of this one have it.

    Raises BadInput where the options would fail every report.
    """
    program()
    formats = [kind for kind in options.formats if kind != "pdf"]
    render_report({"assessment": "example:strong", **options.parameters}, formats)
    if "pdf" in options.formats:
        from calib.report.typst_pdf import fonts

        # Not a whole PDF: typst would start threads, and a copy of this process has none of them.
        fonts()
    if options.notebook:
        read_notebook(Path(options.notebook))


@contextmanager
def warmed(options: Options, limits: Limits) -> Iterator[Limits]:
    """Have everything loaded; gives the limits that hold for these options.

    Raises BadInput where the options would fail every report.
    """
    warm_up(options)
    # What is loaded stays: a copy of this process neither looks at it nor copies its pages.
    gc.collect()
    gc.freeze()
    try:
        # What a notebook of somebody's own leaves behind in its process is not known.
        yield limits.model_copy(update={"lives": 1}) if options.notebook else limits
    finally:
        gc.unfreeze()


def make(options: Options, job: Job) -> Outcome:
    """Make one report, unless it is there; whatever goes wrong is in the outcome."""
    start = time.perf_counter()
    try:
        record, state = _made(options, job)
    except BadInput as error:
        return refused(job, error, start)
    except CannotWrite as error:
        return failed(job, State.CANNOT_WRITE, str(error), start)
    except ReportFailed as error:
        return failed(job, State.FAILED, str(error), start)
    except Exception as error:  # noqa: BLE001  the next report has nothing to do with it
        at = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(at.filename).name}:{at.lineno}"
        return failed(job, State.FAILED, f"a defect of calib, in {where}: {error!r}", start)
    told = record.model_dump(exclude={"fingerprint", "files"})
    return Outcome(
        name=job.name,
        assessment=job.assessment,
        state=state,
        seconds=_since(start),
        files=tuple(record.files),
        **told,
    )


def _made(options: Options, job: Job) -> tuple[Record, State]:
    mark = fingerprint(job, options)  # before anything is read: what changes later is noticed
    output = Path(job.output)
    for left in output.glob(f"{SCRATCH}*"):  # by a batch that was killed
        shutil.rmtree(left, ignore_errors=True)
    found = None if options.again else current(job, mark)
    if found is not None:
        return found, State.KEPT
    check_output(output)
    notebook = Path(options.notebook) if options.notebook else None
    values = {"assessment": job.assessment, **options.parameters}
    made = render_report(values, options.formats, notebook=notebook)
    files = {NAMES[kind]: content for kind, content in made.files.items()}
    record = Record(
        fingerprint=mark,
        replaced=made.replaced,
        partner=made.result["profile"]["partner"],
        readiness=made.result["readiness"],
        gauge=made.result["gauge"],
        actions=len(made.result["gaps"]),
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    )
    # Moved in last: it stands for all the others.
    write_output_files({**files, RECORD: record.model_dump_json(indent=1).encode() + b"\n"}, output)
    return record, State.MADE


def refused(job: Job, error: BadInput, start: float) -> Outcome:
    """Return the outcome of a job whose input is bad, with all that is wrong in it."""
    said = tuple(str(p) for p in error.problems)
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    return failed(job, State.BAD_INPUT, said[0] + more, start, said)


def failed(
    job: Job, state: State, message: str, start: float, problems: tuple[str, ...] = ()
) -> Outcome:
    """Return the outcome of a job that came to nothing; `start` is of `time.perf_counter`."""
    return Outcome(
        name=job.name,
        assessment=job.assessment,
        state=state,
        message=_line(message),
        problems=problems,
        seconds=_since(start),
    )


def _line(message: str) -> str:
    """Write a message in one line of a length that can be read."""
    line = " ".join(message.split())
    return line if len(line) <= 500 else f"{line[:499]}…"


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 3)
