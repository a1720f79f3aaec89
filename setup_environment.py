"""Create the project's virtual environment, with the locked versions and an editable install.

Run by `make`. It only uses the standard library, so that it can report missing tools.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NO_VENV = """\
This Python has no venv module, and neither virtualenv nor uv is installed. Do one of the following:
  - Debian or Ubuntu:  apt install python3-venv
  - any Python:        {python} -m pip install --user virtualenv
  - conda:             conda env create -f environment.yml && conda activate calib
Then run the command again."""


def venv_commands(target: Path) -> list[list[str]]:
    """Return the commands that can create a virtual environment, the standard one first."""
    found = [
        [sys.executable, "-m", "venv", str(target)],
        [sys.executable, "-m", "virtualenv", str(target)],
    ]
    uv = shutil.which("uv")
    if uv:
        found.append([uv, "venv", "--seed", "--python", sys.executable, str(target)])
    return found


def main() -> None:
    """Create the environment, or exit with 1 and a message about missing tools."""
    if sys.version_info < (3, 11):
        sys.exit(
            f"Python 3.11 or newer is required; {sys.executable} is {sys.version.split()[0]}. "
            "Choose another one with `make PYTHON=python3.12 …`."
        )
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ".venv")
    folder = target / ("Scripts" if os.name == "nt" else "bin")
    python = folder / ("python.exe" if os.name == "nt" else "python")
    for command in venv_commands(target):
        print(f"Setting up {target} ...", flush=True)  # noqa: T201
        made = subprocess.run(command, capture_output=True, check=False)
        if made.returncode == 0 and python.exists() and has_pip(python):
            break
        shutil.rmtree(target, ignore_errors=True)
    else:
        sys.exit(NO_VENV.format(python=sys.executable))
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    locked = [*install, "-c", "requirements.lock", "-e", ".[test,app,cluster]"]
    done = subprocess.run(locked, check=False)
    if done.returncode:
        sys.exit("The packages could not be installed; see the errors above.")


def has_pip(python: Path) -> bool:
    """Return whether the new environment has pip."""
    done = subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    main()
