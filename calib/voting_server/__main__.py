"""`python -m calib.voting_server`: the voting server as a separate process.

`calib open` starts it and writes its configuration as one line of JSON to standard input, where no
other account can read it. The server stops when standard input is closed, so it never outlives the
process that started it.
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
from calib.voting_server.config import ServerConfig
from calib.voting_server.server import serve


async def _run() -> None:
    # Read the file descriptor, not sys.stdin: the waiting thread below would hold the lock of
    # sys.stdin, and the interpreter takes that lock when it shuts down.
    stdin = sys.stdin.fileno()
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(stdin, 1)):
        line += byte
    config = ServerConfig.model_validate_json(line)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop_at_end_of_input() -> None:
        while os.read(stdin, 1):
            pass
        with suppress(RuntimeError):  # the loop has stopped already
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    await serve(config, stop)


def main() -> int:
    """Serve until standard input ends; return 2 for bad input, 3 if nothing can be written."""
    logging.basicConfig(format="calib: %(message)s")
    # Ctrl-C in the terminal goes to the whole process group. The parent decides when to stop, by
    # closing standard input, so that votes already received are written first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(_run())
    except (BadInput, CannotWrite) as error:
        logging.getLogger("calib.voting_server").error("%s", error)  # noqa: TRY400  for users: no traceback
        return 2 if isinstance(error, BadInput) else 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
