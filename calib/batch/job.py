"""Run one job, from the assessment folder to the files of its report, in its own process."""

from __future__ import annotations

import gc
import hashlib
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calib.batch.manifest import (
    MANIFEST_FILE,
    Manifest,
    fingerprint,
    load_current_manifest,
    program_fingerprint,
)
from calib.batch.model import BatchLimits, BatchOptions, Job, JobResult, JobStatus
from calib.errors import BadInput, CannotWrite
from calib.report.output_files import SCRATCH, check_output, write_output_files
from calib.report.run_notebook import ReportFailed, read_notebook
from calib.report.write import NAMES, render_report

_MAX_MESSAGE_LENGTH = 500


def warm_up(options: BatchOptions) -> None:
    """Load everything that reports need, so that forked processes start with it.

    Raises BadInput if the options would fail every report.
    """
    program_fingerprint()
    formats = [name for name in options.formats if name != "pdf"]
    render_report({"assessment": "example:strong", **options.parameters}, formats)
    if "pdf" in options.formats:
        from calib.report.typst_pdf import fonts

        # Load the fonts but do not typeset: typst starts a thread pool at its first document. A
        # forked process would inherit the pool without its threads, and wait for them forever.
        fonts()
    if options.notebook:
        read_notebook(Path(options.notebook))


@contextmanager
def warmed_up(options: BatchOptions, limits: BatchLimits) -> Iterator[BatchLimits]:
    """Warm up this process; yield the limits that hold for these options.

    Raises BadInput if the options would fail every report.
    """
    warm_up(options)
    # Exclude the loaded objects from garbage collection: a collection in a forked process would
    # write to their headers, and so copy nearly all memory that is shared with this process.
    gc.collect()
    gc.freeze()
    try:
        # A custom notebook may leave anything behind in its process: never run two jobs in one.
        yield limits.model_copy(update={"lives": 1}) if options.notebook else limits
    finally:
        gc.unfreeze()


def run_job(options: BatchOptions, job: Job) -> JobResult:
    """Generate one report, unless it is up to date; every error becomes a result."""
    start = time.perf_counter()
    try:
        manifest, status = _build_report(options, job)
    except BadInput as error:
        return build_refused_result(job, error, start)
    except CannotWrite as error:
        return build_failed_result(job, JobStatus.CANNOT_WRITE, str(error), start)
    except ReportFailed as error:
        return build_failed_result(job, JobStatus.FAILED, str(error), start)
    except Exception as error:  # noqa: BLE001  a defect costs this report, not the batch
        frame = traceback.extract_tb(error.__traceback__)[-1]
        message = f"internal error in {Path(frame.filename).name}:{frame.lineno}: {error!r}"
        return build_failed_result(job, JobStatus.FAILED, message, start)
    figures = manifest.model_dump(exclude={"fingerprint", "files"})
    return JobResult(
        name=job.name,
        assessment=job.assessment,
        state=status,
        seconds=_seconds_since(start),
        files=tuple(manifest.files),
        **figures,
    )


def _build_report(options: BatchOptions, job: Job) -> tuple[Manifest, JobStatus]:
    # Before any input is read: a file that changes while the report is generated then differs from
    # this fingerprint, and the next batch rebuilds the report.
    expected = fingerprint(job, options)
    output = Path(job.output)
    for leftover in output.glob(f"{SCRATCH}*"):  # of a batch that was killed while writing
        shutil.rmtree(leftover, ignore_errors=True)
    manifest = None if options.again else load_current_manifest(job, expected)
    if manifest is not None:
        return manifest, JobStatus.KEPT
    check_output(output)
    notebook = Path(options.notebook) if options.notebook else None
    parameters = {"assessment": job.assessment, **options.parameters}
    report = render_report(parameters, options.formats, notebook=notebook)
    files = {NAMES[kind]: content for kind, content in report.files.items()}
    manifest = Manifest(
        fingerprint=expected,
        replaced=report.replaced,
        partner=report.result["profile"]["partner"],
        readiness=report.result["readiness"],
        gauge=report.result["gauge"],
        actions=len(report.result["gaps"]),
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    )
    # The manifest is the last file to be moved into place: if it is there, all others are too.
    content = manifest.model_dump_json(indent=1).encode() + b"\n"
    write_output_files({**files, MANIFEST_FILE: content}, output)
    return manifest, JobStatus.MADE


def build_refused_result(job: Job, error: BadInput, start: float) -> JobResult:
    """Build the result of a job with bad input, including every problem."""
    problems = tuple(str(p) for p in error.problems)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return build_failed_result(job, JobStatus.BAD_INPUT, problems[0] + more, start, problems)


def build_failed_result(
    job: Job, status: JobStatus, message: str, start: float, problems: tuple[str, ...] = ()
) -> JobResult:
    """Build the result of a job without a report; `start` is a value of `time.perf_counter`."""
    return JobResult(
        name=job.name,
        assessment=job.assessment,
        state=status,
        message=_to_one_line(message),
        problems=problems,
        seconds=_seconds_since(start),
    )


def _to_one_line(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _MAX_MESSAGE_LENGTH else f"{line[: _MAX_MESSAGE_LENGTH - 1]}…"


def _seconds_since(start: float) -> float:
    return round(time.perf_counter() - start, 3)
