"""A newer catalog, and a program that ships it, made from the real ones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
VERSION = "2026.2"
CONTROL = "GENAIPR-001"
ADDED, REMOVED, REWORDED = "exit-plan", "roadmap", "methodology"
QUESTION = "Which one document tells a new consultant how you work, phase by phase?"


def newer_catalog(root: Path) -> Path:
    """Copy the catalog: one criterion added, one removed, one reworded, under a new version."""
    folder = Path(shutil.copytree(ROOT / "data" / "catalog", root / "catalog"))
    head = folder / "catalog.yaml"
    text = head.read_text(encoding="utf-8").replace('version: "2026.1"', f'version: "{VERSION}"')
    head.write_text(text, encoding="utf-8")
    path = folder / "controls" / f"{CONTROL}.yaml"
    control = yaml.safe_load(path.read_text(encoding="utf-8"))
    kept = [c for c in control["criteria"] if c["id"] != REMOVED]
    next(c for c in kept if c["id"] == REWORDED)["question"] = QUESTION
    new = json.loads(json.dumps(kept[0])) | {"id": ADDED, "title": "Plan for the way out"}
    control["criteria"] = [*kept, new]
    for step in control["steps"]:
        step["serves"] = [ADDED if s == REMOVED else s for s in step["serves"]]
    path.write_text(yaml.safe_dump(control, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return folder


def newer_program(root: Path) -> Path:
    """Copy the program as somebody would install its next version, with the newer catalog."""
    home = root / "program"
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "calib", home / "calib", ignore=skip)
    (home / "data").mkdir()
    newer_catalog(home / "data")
    for name in ("review", "examples", "lexicon.yaml"):
        (home / "data" / name).symlink_to(ROOT / "data" / name)
    for name in ("templates", "notebooks"):
        (home / name).symlink_to(ROOT / name)
    return home


def run(home: Path, *args: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the newer program's `calib`."""
    command = [sys.executable, "-m", "calib", *map(str, args)]
    environment = {**os.environ, "PYTHONPATH": str(home), "CALIB_AUTHOR": "Ada"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=home)  # fmt: skip
    assert done.returncode == code, done.stderr
    return done
