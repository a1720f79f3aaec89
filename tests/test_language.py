"""Texts are plain English: none has the phrases by which a translation gives itself away.

Checked are docstrings, comments and strings of the code, the docs, the notebooks, the templates and
the texts in `data/`. Write "is not a valid X" for "is no X", "the fields that changed" for "what is
otherwise", and name who does something. A phrase that is right where it occurs gets a line with its
reason in `ALLOWED`.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent

PHRASES = {
    "stands": r"\b(?:stands?|stood|standing)\b(?!-| for\b)",
    "is no": r"(?<!there )\b(?:is|are|was|were|be) no (?!longer\b|more\b|fewer\b|risk\b)",
    "told": r"\b(?:tells?|told|telling)\b",
    "says": r"(?<!-)\b(?:says|said)\b",
    "speaks of": r"\b(?:speaks?|spoke|spoken) of\b",
    "the own": r"\b(?:the|an) own\b",
    "nobody": r"\b(?:nobody|somebody|everybody|whoever)\b",
    "mend": r"\bmend(?:s|ed|ing)?\b",
    "what is": r"\bwhat (?:is|are|was|were|it|they|has|have|had)\b",
    "left alone": r"\b(?:left|leaves?|leaving)(?: \w+)? alone\b",
    "lies in": r"\b(?:lies?|lay|lying) (?:in|on|at|below|beside|under|within|there|outside)\b",
    "gate holds": r"\bgates?(?: \w+)? (?:hold|holds|held|not hold)\b",
    "one and the same": r"\bone and the same\b",
    "otherwise": r"\b(?:is|are|asked|worded|written|laid out|sees it) otherwise\b",
}  # fmt: skip
PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in PHRASES.items()}


ALLOWED = {
    # A quotation of what submissions contain.
    "README.md": ['an answer says "we follow best practices"'],
    # Headings of columns in files that people have already: the import of ballots reads its own.
    "calib/exchange/ballot_form.py": ["What is asked"],
    "calib/exchange/gap_register.py": ["what is missing"],
}
"""File -> texts that may contain a phrase."""
CATALOG_PHRASES = {"says", "told", "what is"}
"""Allowed in the catalog: it describes responses, which do say things, and asks authors questions."""


# --- which texts ---


def python_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield comments and the strings that have a space, with their lines."""
    source = path.read_text(encoding="utf-8")
    comment, start = "", 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            start = start or token.start[0]
            comment += token.string.lstrip("#: ") + " "
        elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT) and comment:
            yield start, comment
            comment, start = "", 0
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def markdown_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of prose, without code blocks and code spans."""
    paragraph, start = "", 1
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("    "):
            yield start, paragraph
            paragraph, start = "", number + 1
        else:
            paragraph += re.sub(r"`[^`]*`", "`...`", line) + " "
    yield start, paragraph


def script_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield comments, strings with a space and, in HTML, the text between tags."""
    source = path.read_text(encoding="utf-8")
    pattern = r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
    if path.suffix in {".html", ".j2"}:
        pattern = r">[^<>{}]+<|{#.*?#}"
    for found in re.finditer(pattern, source, re.DOTALL):
        if " " in found[0]:
            yield source.count("\n", 0, found.start()) + 1, found[0]


def notebook_texts(path: Path) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        yield number, "".join(cell["source"])


def yaml_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield comments and values; the worked examples and the cues are in the words of partners."""
    source = path.read_text(encoding="utf-8")
    yield (
        1,
        " ".join(line.strip("# ") for line in source.splitlines() if line.lstrip().startswith("#")),
    )
    content = yaml.safe_load(source)
    for example in content.get("examples", {}).values():
        example["text"] = ""
    for point in [p for c in content.get("criteria", ()) for p in c.get("points", ())]:
        point |= {"cues": "", "context": ""}
    lines = source.splitlines()
    for text in strings_in(content):
        start = text.split("\n")[0][:30]
        yield next((n for n, line in enumerate(lines, start=1) if start in line), 1), text


def strings_in(value: object) -> Iterator[str]:
    """Yield all strings of nested lists and mappings, without the keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings_in(item)


READERS = {
    ".py": python_texts, ".md": markdown_texts, ".ipynb": notebook_texts, ".yaml": yaml_texts,
    ".js": script_texts, ".css": script_texts, ".typ": script_texts, ".html": script_texts,
    ".j2": script_texts,
}  # fmt: skip
FOLDERS = (
    "calib",
    "bench",
    "calibration",
    "docs",
    "notebooks",
    "templates",
    "data/catalog",
    "data/exchange",
)
FILES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "data/lexicon.yaml")
TEXTS = sorted(
    [p for f in FOLDERS for p in (ROOT / f).rglob("*") if p.suffix in READERS]
    + [ROOT / f for f in FILES]
)


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_texts_are_plain_english(path):
    name = path.relative_to(ROOT).as_posix()
    allowed = ALLOWED.get(name, ())
    found = [
        f"{name}:{line}: {phrase!r} in “…{text[max(0, m.start() - 40) : m.end() + 40]}…”"
        for line, text in read_texts(path)
        for phrase, pattern in PATTERNS.items()
        if not (phrase in CATALOG_PHRASES and name.startswith("data/catalog/"))
        for m in pattern.finditer(text)
        if not is_question(text, m.start()) and not any(a in text for a in allowed)
    ]
    assert not found, "\n".join(found)


def read_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts of a file with their lines; line breaks within a text become spaces."""
    for line, text in READERS[path.suffix](path):
        yield line, " ".join(text.split())


def is_question(text: str, start: int) -> bool:
    """Return whether the sentence from `start` on ends with a question mark."""
    end = re.search(r"[.!?](?=\s|[\"”)]|$)", text[start:])
    return bool(end) and end[0] == "?"


def test_every_exception_is_needed():
    for name, excerpts in ALLOWED.items():
        texts = " ".join(text for _, text in read_texts(ROOT / name))
        for excerpt in excerpts:
            assert excerpt in texts, f"{name}: {excerpt}"


@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_is_found(phrase):
    example = {
        "stands": "The name stands twice.", "is no": "It is no YAML file.",
        "told": "Hidden sheets are told of.", "says": "The page says so.",
        "speaks of": "A sentence that speaks of it.", "the own": "He sees the own votes.",
        "nobody": "Somebody has changed it.", "mend": "How to mend it.",
        "what is": "It names what is odd.", "left alone": "They are left alone.",
        "lies in": "The key lies in the folder.", "gate holds": "The gate holds.",
        "one and the same": "One and the same answer.", "otherwise": "It is asked otherwise.",
    }[phrase]  # fmt: skip
    assert PATTERNS[phrase].search(example)
    assert not is_question(example, 0)
