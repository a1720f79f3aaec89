"""Open ballots: `ballots/<control>/<assessor>.yaml`, one file per assessor and control.

Ballots do not affect the result, so they are not part of the content hash of an assessment. They
are not written through the journal, because its log shows every value, and votes are blind until
they are revealed.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from calib.errors import BadInput, CannotWrite, Problem
from calib.files import strict_yaml
from calib.files.atomic import make_folder, replace_file
from calib.files.strict_yaml import YamlDocument
from calib.model import Ballot, Catalog, Vote
from calib.store.apply import EditBlocked, read_content
from calib.store.filenames import is_unsafe_link
from calib.store.load import check_is_assessment
from calib.store.transaction import write_transaction
from calib.store.writer import finish_interrupted, locked_for_change
from calib.text import strip_format_characters
from calib.yamledit.edit import InvalidYaml, NotStorableValue, set_field
from calib.yamledit.fieldpath import UnreachableField

BALLOTS_FOLDER = "ballots"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MAX_ID = 63


def assessor_id(name: str) -> str:
    """Return the file name for the name of an assessor; the same name always gives the same one."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    latin = "".join(c for c in decomposed if not unicodedata.combining(c))
    slug = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:_MAX_ID].strip("-")
    letters = re.sub(r"[\W_]+", "", latin)
    if slug and letters.isascii():
        return slug
    # Little or nothing is left of a name in another script. A hash keeps two such names apart.
    suffix = hashlib.sha256(_normalize_name(name).encode("utf-8", "replace")).hexdigest()[:8]
    return f"{slug[: _MAX_ID - 9].strip('-') or 'assessor'}-{suffix}"


def is_same_name(left: str, right: str) -> bool:
    """Compare two names of people; case, spaces and format characters are ignored."""
    # Two names that differ in a joiner alone look the same, so they count as one.
    left, right = strip_format_characters(left), strip_format_characters(right)
    return _normalize_name(left) == _normalize_name(right)


def _normalize_name(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def load_ballots(folder: Path | str, catalog: Catalog) -> tuple[Ballot, ...]:
    """Load all open ballots, sorted by control and assessor; an empty tuple if there are none.

    An interrupted transaction is completed first; otherwise nothing is written. Raises BadInput
    with every problem of every file.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    folder = folder.resolve()
    finish_interrupted(folder)
    problems: list[Problem] = []
    ballots = []
    for path in _find_ballot_files(folder, catalog, problems):
        document = strict_yaml.read_yaml(path, _display_name(folder, path))
        ballot = _validate_ballot(document)
        if ballot is not None:
            _check_ballot(document, ballot, path, catalog)
            ballots.append(ballot)
        problems.extend(document.problems)
    if problems:
        raise BadInput(problems)
    return tuple(ballots)


def _display_name(folder: Path, path: Path) -> str:
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"


def _find_ballot_files(folder: Path, catalog: Catalog, problems: list[Problem]) -> Iterator[Path]:
    """Yield the ballot files in order; a YAML file in the wrong place is a problem."""
    known = [c.id for c in catalog.controls]
    for subfolder in _list_entries(folder, folder / BALLOTS_FOLDER, problems):
        name = _display_name(folder, subfolder)
        if not subfolder.is_dir():
            if subfolder.suffix in {".yaml", ".yml"}:
                remedy = f"move it into the folder of its control in {BALLOTS_FOLDER}/"
                problems.append(Problem(name, "is not in the folder of a control", remedy=remedy))
        elif subfolder.name not in known:
            remedy = _suggest(subfolder.name, known, "remove the folder")
            problems.append(Problem(f"{name}/", "the catalog has no such control", remedy=remedy))
        else:
            yield from _find_in_control(folder, subfolder, problems)


def _find_in_control(folder: Path, subfolder: Path, problems: list[Problem]) -> Iterator[Path]:
    for path in _list_entries(folder, subfolder, problems):
        name = _display_name(folder, path)
        if path.suffix == ".yml":
            problems.append(Problem(name, "ends in .yml", remedy="rename it to .yaml"))
        elif path.suffix != ".yaml":
            continue
        elif is_unsafe_link(folder, path):
            problems.append(Problem(name, "is a link", remedy="replace it by the file itself"))
        elif not _ID.fullmatch(path.stem):
            remedy = (
                "use lower-case letters, digits and hyphens; merge and delete conflicted copies"
            )
            problems.append(Problem(name, "is not a valid assessor file name", remedy=remedy))
        else:
            yield path


def _list_entries(folder: Path, subfolder: Path, problems: list[Problem]) -> list[Path]:
    try:
        return sorted(p for p in subfolder.iterdir() if not p.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        name = _display_name(folder, subfolder)
        problems.append(Problem(name, message, remedy="check its permissions"))
        return []


def _suggest(word: str, known: Sequence[str], otherwise: str) -> str:
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else otherwise


def _validate_ballot(document: YamlDocument) -> Ballot | None:
    votes = document.value.get("votes") if isinstance(document.value, dict) else None
    if isinstance(votes, list):
        document.add_problem(
            "must be `criterion:` lines, not a list", ("votes",), "remove the `- `"
        )
    for criterion, vote in votes.items() if isinstance(votes, dict) else ():
        if isinstance(vote, dict) and isinstance(vote.get("level"), bool):
            field_path = ("votes", criterion, "level")
            document.add_problem(
                "must be 0 to 4, not yes or no", field_path, "write a number, or null"
            )
    return strict_yaml.validate_yaml(document, Ballot)


def _check_ballot(document: YamlDocument, ballot: Ballot, path: Path, catalog: Catalog) -> None:
    for key, value, expected in (
        ("control", ballot.control, path.parent.name),
        ("assessor", ballot.assessor, path.stem),
    ):
        if value != expected:
            kind = "folder" if key == "control" else "file"
            document.add_problem(
                f"is {value}, but the {kind} is called {expected}",
                (key,),
                f"write `{key}: {expected}`",
            )
    known = [c.id for c in catalog.control(path.parent.name).criteria]
    for vote in ballot.votes:
        if vote.criterion not in known:
            remedy = _suggest(vote.criterion, known, f"it has: {', '.join(known)}")
            field_path = ("votes", vote.criterion)
            document.add_problem(f"{path.parent.name} has no such criterion", field_path, remedy)


def save_ballot(folder: Path | str, ballot: Ballot) -> Ballot:
    """Save an assessor's votes to their file, durably; return the complete ballot.

    Criteria that are not in the ballot keep their votes, and a hand-written file its comments.
    Raises CannotWrite, and BadInput if the file is invalid or belongs to another person.
    """
    return save_ballots(folder, (ballot,), replace=True)[0]


def save_ballots(
    folder: Path | str, ballots: Iterable[Ballot], *, replace: bool
) -> tuple[Ballot, ...]:
    """Save several ballots in one transaction; return the complete ballots.

    Without `replace`, an existing vote that differs is a problem. Raises BadInput with every
    problem, and CannotWrite. On an error no file was changed; after a failure in the middle of
    writing, the next program that opens the folder completes the transaction.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    folder = folder.resolve()
    with locked_for_change(folder):
        return merge_ballots(folder, ballots, replace=replace)


def merge_ballots(folder: Path, ballots: Iterable[Ballot], *, replace: bool) -> tuple[Ballot, ...]:
    """Save ballots as `save_ballots` does; requires the lock."""
    merge = BallotMerge(folder, replace=replace)
    for ballot in ballots:
        merge.add(ballot)
    if merge.problems:
        raise BadInput(merge.problems)
    write_ballot_files(folder, merge.files)
    return tuple(merge.merged)


def write_ballot_files(folder: Path, files: Mapping[str, bytes | None]) -> None:
    """Write ballots, or remove those that are None, in this order and in one transaction.

    Requires the lock; raises CannotWrite.
    """
    for name in files:
        make_folder(folder / BALLOTS_FOLDER)
        make_folder((folder / name).parent)
    only = next(iter(files.values())) if len(files) == 1 else None
    if only is not None:  # the usual case of one vote: atomic without a transaction
        replace_file(folder / next(iter(files)), only)
    elif files:
        write_transaction(folder, files, last="")
    # A vote cannot be repeated once the participants have moved on: make sure that it is on disk.
    for name, data in files.items():
        path = folder / name
        if path.exists() if data is None else path.read_bytes() != data:
            raise CannotWrite(
                path, "verification failed: the file has other content than was written"
            )


@dataclass
class BallotMerge:
    """Merge ballots into the texts of their files, and collect problems; nothing is written."""

    folder: Path
    replace: bool
    problems: list[Problem] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    merged: list[Ballot] = field(default_factory=list)
    existing: dict[str, Ballot] = field(default_factory=dict)
    """The ballots before the merge, by file."""

    def add(self, ballot: Ballot) -> None:
        """Merge one ballot into the text of its file."""
        file = f"{BALLOTS_FOLDER}/{ballot.control}/{ballot.assessor}.yaml"
        document = YamlDocument(f"{self.folder.name}/{file}")
        try:
            content = read_content(self.folder, file)
            text, bom = content.text, content.bom
            if file in self.files:
                text = self.files[file][len(bom) :].decode()
            if text is not None and self._find_problems(document, file, text, ballot):
                return
            new = _edit_ballot_text(text, ballot)
        except EditBlocked as error:
            self.problems.append(Problem(document.name, str(error)))
        except (InvalidYaml, NotStorableValue, UnreachableField, UnicodeError) as error:
            is_surrogate = isinstance(error, UnicodeError)
            message = "contains half of a surrogate pair" if is_surrogate else str(error)
            self.problems.append(Problem(document.name, message, remedy="nothing was changed"))
        else:
            self._store(file, text, bom, new)

    def _find_problems(self, document: YamlDocument, file: str, text: str, ballot: Ballot) -> bool:
        """Add the reasons against a ballot: invalid file, another person's, or already voted."""
        strict_yaml.parse_yaml(text, document)
        old = _validate_ballot(document)
        if old is not None:
            self.existing.setdefault(file, old)
            if (old.control, old.assessor) != (ballot.control, ballot.assessor):
                document.add_problem(
                    f"is the ballot of {old.assessor} on {old.control}", ("assessor",)
                )
            if old.name and ballot.name and not is_same_name(old.name, ballot.name):
                remedy = f"give {ballot.name!r} a name that distinguishes the two"
                document.add_problem(f"is the ballot of {old.name!r}", ("name",), remedy)
            if not self.replace:
                _report_overwritten_votes(document, old, ballot)
        self.problems.extend(document.problems)
        return bool(document.problems)

    def _store(self, file: str, before: str | None, bom: bytes, text: str) -> None:
        document = YamlDocument(f"{self.folder.name}/{file}")
        strict_yaml.parse_yaml(text, document)
        ballot = _validate_ballot(document)
        data = bom + text.encode()
        if len(data) > strict_yaml.MAX_BYTES:
            document.add_problem(
                f"would have {len(data):,} bytes; at most {strict_yaml.MAX_BYTES:,}"
            )
        self.problems.extend(document.problems)
        if ballot is not None:
            self.merged.append(ballot)
        if text != before:
            self.files[file] = data


def _report_overwritten_votes(document: YamlDocument, old: Ballot, new: Ballot) -> None:
    # The message does not contain the levels: a ballot is blind.
    existing = {v.criterion: v for v in old.votes}
    for vote in new.votes:
        before = existing.get(vote.criterion, vote)
        # An abstention may be followed by a vote.
        if before != vote and before != Vote(criterion=vote.criterion):
            remedy = "use --replace to replace it"
            document.add_problem(
                f"{new.assessor} has already voted differently", ("votes", vote.criterion), remedy
            )


def _edit_ballot_text(text: str | None, ballot: Ballot) -> str:
    """Return the text of the file with the votes; the rest of an existing text is unchanged."""
    votes = {v.criterion: {"level": v.level, "comment": v.comment} for v in ballot.votes}
    if text is None:
        head = {"control": ballot.control, "assessor": ballot.assessor, "name": ballot.name}
        return set_field("", (), {**head, "votes": votes}).text
    if ballot.name:
        text = set_field(text, ("name",), ballot.name).text
    for criterion, vote in votes.items():
        text = set_field(text, ("votes", criterion), vote).text
    return text
