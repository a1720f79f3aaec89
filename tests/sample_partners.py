"""Write many different assessments, derived from the three examples; reproducible by seed."""

from __future__ import annotations

import json
import random
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
EXAMPLES = ("northwind", "brightloom", "cloudnova")
WEIGHTS = (3, 5, 3)
FIRST = [
    "Alder",
    "Birch",
    "Cedar",
    "Dune",
    "Ember",
    "Fjord",
    "Grove",
    "Haven",
    "Isle",
    "Juniper",
    "Kestrel",
    "Lumen",
    "Maple",
    "Nimbus",
    "Orchid",
    "Pine",
    "Quarry",
    "Ridge",
    "Stone",
    "Tern",
    "Umber",
    "Vale",
    "Willow",
    "Yarrow",
    "Zephyr",
]
LAST = [
    "Cloud",
    "Data",
    "Digital",
    "Works",
    "Systems",
    "Partners",
    "Consulting",
    "Labs",
    "Technology",
    "Services",
]
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def write_partners(root: Path, count: int, seed: int = 7) -> list[Path]:
    """Write assessments below a folder; return their folders in order."""
    rng = random.Random(seed)
    return [_write_partner(root, number, rng) for number in range(count)]


def _write_partner(root: Path, number: int, rng: random.Random) -> Path:
    example = rng.choices(EXAMPLES, WEIGHTS)[0]
    name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    if rng.random() < 0.05:
        name += " and Sons of the Northern Coast, Professional Services Division"
    folder = root / f"{number:04}-{re.sub('[^a-z]+', '-', name.lower())[:30].strip('-')}"
    shutil.copytree(ROOT / "data" / "examples" / example, folder)
    effort = rng.random()  # share of the work that this partner has done
    _edit(folder / "assessment.yaml", lambda v: _vary_header(v, name, rng))
    for path in sorted((folder / "controls").glob("*.yaml")):
        _edit(path, lambda v: _vary_control(v, effort, rng))
    for path in sorted((folder / "case_studies").glob("*.yaml")):
        if rng.random() < 0.1:
            path.unlink()
    _edit(folder / "evidence.yaml", lambda v: _vary_evidence(v, rng))
    for path in sorted((folder / "evidence").iterdir()):
        if rng.random() < 0.05 * (1 - effort):
            path.unlink()
    return folder


def _edit(path: Path, change: Any) -> None:
    value = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    change(value)
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(text, encoding="utf-8")


def _vary_header(value: Any, name: str, rng: random.Random) -> None:
    value["profile"]["partner"] = name
    value["target_date"] = date(2027, 1, 1) + timedelta(days=rng.randrange(200))


def _vary_control(value: Any, effort: float, rng: random.Random) -> None:
    sentences = re.split(r"(?<=[.!?])\s+", value["narrative"].strip())
    kept = [s for s in sentences if rng.random() < 0.55 + 0.5 * effort]
    value["narrative"] = " ".join(kept) + "\n"
    for answer in value["criteria"].values():
        level = answer.get("claimed_level")
        if level and rng.random() > 0.5 + effort:
            answer["claimed_level"] = max(0, level - rng.randrange(1, 3))


def _vary_evidence(value: Any, rng: random.Random) -> None:
    for item in value["evidence"]:
        if rng.random() < 0.15:
            item["expires"] = date(2026, 9, 1) + timedelta(days=rng.randrange(400))


def break_folders(folders: list[Path]) -> dict[Path, str]:
    """Break four folders, each in a different way; return a part of each error message."""
    a, b, c, d = folders[:4]
    (a / "controls" / "GENAIPR-003.yaml").write_text("control: [\n", encoding="utf-8")
    (b / "assessment.yaml").unlink()
    value = json.dumps({"actions": [{"id": "x", "status": "soon"}, {"owner": "y"}]})
    (c / "plan.yaml").write_text(value, encoding="utf-8")
    (d / "controls" / "GENAIPR-001.yaml").write_bytes(b"\xff\xfe")
    return {
        a: "is not YAML",
        b: "assessment.yaml is missing",
        c: "actions[0].status",
        d: "is not UTF-8",
    }
