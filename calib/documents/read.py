"""Read documents, each in a process of its own, with the cache in front."""

from __future__ import annotations

import hashlib
import os
import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path

from calib.documents.cache import DocumentCache
from calib.documents.limits import DEFAULT_LIMITS, Limits
from calib.documents.model import Document
from calib.documents.pool import Worker
from calib.files.regular import NotRegularFile, open_regular

Progress = Callable[[Path], None]
_MAX_WORKERS = 4
_CHUNK = 1 << 20


def read_document(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read one document; a file that cannot be read gives a Document with the reason."""
    [document] = read_documents([path], limits=limits)
    return document


def read_documents(
    paths: Iterable[Path],
    progress: Progress | None = None,
    *,
    folder: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Document]:
    """Yield the documents in the order of `paths`, each as soon as it and those before are read.

    Args:
        paths: Any number of files; only a few are in memory at a time.
        progress: Called with each path when its document is ready.
        folder: Files outside of this folder, or behind a link that leads out of it, are rejected.
        limits: Bounds for each document.
    """
    # Results under other limits are not stored: they may be incomplete.
    cache = DocumentCache() if limits == DEFAULT_LIMITS else None
    count = min(_MAX_WORKERS, os.cpu_count() or 1)
    everyone = [Worker(limits) for _ in range(count)]
    workers: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    for worker in everyone:
        workers.put(worker)

    def read(path: Path) -> Document:
        return _read(path, folder, limits, cache, workers)

    executor = ThreadPoolExecutor(count, thread_name_prefix="documents")
    waiting = iter(paths)
    running: deque[tuple[Path, Future[Document]]] = deque()
    try:
        while True:
            ahead = islice(waiting, 2 * count - len(running))
            running.extend((path, executor.submit(read, Path(path))) for path in ahead)
            if not running:
                break
            path, future = running.popleft()
            document = future.result()
            if progress is not None:
                progress(path)
            yield document
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        for worker in everyone:
            worker.interrupt()  # one may still read, if the caller stopped early
        for _ in everyone:
            workers.get().close()
        if cache is not None:
            cache.prune()


def _read(
    path: Path,
    folder: Path | None,
    limits: Limits,
    cache: DocumentCache | None,
    workers: queue.SimpleQueue[Worker],
) -> Document:
    try:
        sha256 = _hash(path, folder, limits)
    except _Rejected as error:
        return Document(path.name, "unknown", readable=False, why=error.why, remedy=error.remedy)
    found = cache.get(sha256, path.name) if cache else None
    if found is not None:
        return found
    worker = workers.get()
    try:
        document, why, remedy = worker.read(path, sha256)
    finally:
        workers.put(worker)
    if document is None:
        unread = Document(path.name, "unknown", readable=False, why=why, remedy=remedy)
        return replace(unread, sha256=sha256)
    if cache is not None:
        cache.put(document)
    return document


class _Rejected(Exception):
    """A path is not that of a file to read."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.why, self.remedy = why, remedy


def _hash(path: Path, folder: Path | None, limits: Limits) -> str:
    """Return the SHA-256 of a file; raises _Rejected for anything but a file of allowed size."""
    try:
        if path.is_symlink():
            raise _Rejected("is a link", "put the file itself there")
        if folder is not None and not path.resolve().is_relative_to(folder.resolve()):
            raise _Rejected("is outside of the folder", "put the file itself there")
        with open_regular(path, follow=False) as file:
            size = os.fstat(file.fileno()).st_size
            if size > limits.max_bytes:
                limit = f"the limit is {limits.max_bytes:,}"
                raise _Rejected(f"has {size:,} bytes; {limit}", "split it, or reduce its images")
            digest = hashlib.sha256()
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
            return digest.hexdigest()
    except FileNotFoundError as error:
        raise _Rejected("does not exist", "check the name and the folder") from error
    except NotRegularFile as error:
        reason = str(error.strerror).removeprefix("it ")
        raise _Rejected(reason, "put a file there") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _Rejected(f"cannot be read: {reason}", "check its permissions") from error
