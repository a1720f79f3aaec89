"""`python -m calib.voting_server`: the voting server as a process of its own, started by `calib open`.

What it needs comes as one line of JSON on standard input, where no other account can read it. The
end of standard input is the end of the server: it never outlives who started it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from contextlib import suppress

from calib.errors import BadInput, CannotWrite
from calib.voting_server.config import Setting
from calib.voting_server.server import serve


async def _run() -> None:
    # Not through sys.stdin, whose lock would be held by a thread that waits at the end.
    given = sys.stdin.fileno()
    line = b""
    while not line.endswith(b"\n") and (more := os.read(given, 1)):
        line += more
    setting = Setting.model_validate_json(line)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def wait() -> None:
        while os.read(given, 1):
            pass
        with suppress(RuntimeError):  # it has stopped already
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, daemon=True).start()
    await serve(setting, stop)


def main() -> int:
    """Run until the input ends; 2 for bad input, 3 where nothing can be written."""
    logging.basicConfig(format="calib: %(message)s")
    # Ctrl-C in the terminal reaches it too; whoever started it says when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(_run())
    except (BadInput, CannotWrite) as error:
        logging.getLogger("calib.voting_server").error("%s", error)  # noqa: TRY400  a person reads it
        return 2 if isinstance(error, BadInput) else 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
