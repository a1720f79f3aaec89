"""Ballots: `ballots/<control>/<assessor>.yaml`, one file per assessor and control.

They are no part of what is judged: the hash of an assessment stays the same. They do not go through
the journal either, since its log shows every value to everybody, and a ballot is blind.
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
from calib.yamledit.edit import InvalidYaml, NotStorableValue, set_field
from calib.yamledit.fieldpath import UnreachableField

BALLOTS_FOLDER = "ballots"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MAX_ID = 63


def assessor_id(name: str) -> str:
    """Turn the name of an assessor into the one of their files, always the same."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    latin = "".join(c for c in bare if not unicodedata.combining(c))
    found = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:_MAX_ID].strip("-")
    spelt = re.sub(r"[\W_]+", "", latin)
    if found and spelt.isascii():
        return found
    # Of a name in another script little or nothing is left: two of them must not meet.
    mark = hashlib.sha256(_normalize_name(name).encode("utf-8", "replace")).hexdigest()[:8]
    return f"{found[: _MAX_ID - 9].strip('-') or 'assessor'}-{mark}"


def is_same_name(one: str, other: str) -> bool:
    """Say whether two names are of one person: case and spaces are no matter."""
    return _normalize_name(one) == _normalize_name(other)


def _normalize_name(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def load_ballots(folder: Path | str, catalog: Catalog) -> tuple[Ballot, ...]:
    """Read all ballots, by control and assessor; raises BadInput with every problem of every file.

    Nothing is written, except that a change of several files which was cut off is completed. A
    folder without ballots has none, which is no problem.
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
    """List the ballots in order; what lies where no ballot can be is a problem."""
    known = [c.id for c in catalog.controls]
    for room in _list_entries(folder, folder / BALLOTS_FOLDER, problems):
        name = _display_name(folder, room)
        if not room.is_dir():
            if room.suffix in {".yaml", ".yml"}:
                remedy = f"move it into {BALLOTS_FOLDER}/ and the folder of its control"
                problems.append(Problem(name, "lies beside the controls", remedy=remedy))
        elif room.name not in known:
            remedy = _suggest(room.name, known, "remove the folder")
            problems.append(Problem(f"{name}/", "the catalog has no such control", remedy=remedy))
        else:
            yield from _find_in_control(folder, room, problems)


def _find_in_control(folder: Path, room: Path, problems: list[Problem]) -> Iterator[Path]:
    for path in _list_entries(folder, room, problems):
        name = _display_name(folder, path)
        if path.suffix == ".yml":
            problems.append(Problem(name, "ends in .yml", remedy="call it .yaml"))
        elif path.suffix != ".yaml":
            continue
        elif is_unsafe_link(folder, path):
            problems.append(Problem(name, "is a link", remedy="put the file itself there"))
        elif not _ID.fullmatch(path.stem):
            remedy = (
                "lower-case letters, digits and hyphens; merge and delete a sync program's copy"
            )
            problems.append(Problem(name, "is not called as an assessor", remedy=remedy))
        else:
            yield path


def _list_entries(folder: Path, room: Path, problems: list[Problem]) -> list[Path]:
    try:
        return sorted(p for p in room.iterdir() if not p.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        said = f"cannot be read: {error.strerror}"
        problems.append(Problem(_display_name(folder, room), said, remedy="check its permissions"))
        return []


def _suggest(word: str, known: Sequence[str], otherwise: str) -> str:
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else otherwise


def _validate_ballot(document: YamlDocument) -> Ballot | None:
    votes = document.value.get("votes") if isinstance(document.value, dict) else None
    if isinstance(votes, list):
        document.add_problem("must be `criterion:` lines, not a list", ("votes",), "leave out the `- `")
    for criterion, vote in votes.items() if isinstance(votes, dict) else ():
        if isinstance(vote, dict) and isinstance(vote.get("level"), bool):
            place = ("votes", criterion, "level")
            document.add_problem("must be 0 to 4, not yes or no", place, "write a number, or null")
    return strict_yaml.validate_yaml(document, Ballot)


def _check_ballot(document: YamlDocument, ballot: Ballot, path: Path, catalog: Catalog) -> None:
    for key, said, named in (
        ("control", ballot.control, path.parent.name),
        ("assessor", ballot.assessor, path.stem),
    ):
        if said != named:
            what = "folder" if key == "control" else "file"
            document.add_problem(
                f"is {said}, but the {what} is called {named}", (key,), f"write `{key}: {named}`"
            )
    known = [c.id for c in catalog.control(path.parent.name).criteria]
    for vote in ballot.votes:
        if vote.criterion not in known:
            remedy = _suggest(vote.criterion, known, f"it has: {', '.join(known)}")
            place = ("votes", vote.criterion)
            document.add_problem(f"{path.parent.name} has no such criterion", place, remedy)


def save_ballot(folder: Path | str, ballot: Ballot) -> Ballot:
    """Put an assessor's votes into their file, durably; return the whole ballot as it now is.

    Criteria that the ballot does not mention keep their votes, and a hand-written file its
    comments. Raises BadInput where the file cannot be read or is another person's, CannotWrite.
    """
    return save_ballots(folder, (ballot,), replace=True)[0]


def save_ballots(
    folder: Path | str, ballots: Iterable[Ballot], *, replace: bool
) -> tuple[Ballot, ...]:
    """Save several ballots, all of them or none; return them as they now are.

    Without `replace` a vote that stands there already, and is another one, is a problem. Raises
    BadInput with every problem, and CannotWrite; then no file was touched, or, after a failure in
    the middle of writing, whoever opens the folder next completes it.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    folder = folder.resolve()
    with locked_for_change(folder):
        return merge_ballots(folder, ballots, replace=replace)


def merge_ballots(folder: Path, ballots: Iterable[Ballot], *, replace: bool) -> tuple[Ballot, ...]:
    """Do what `save_ballots` does for whoever holds the lock."""
    merging = BallotMerge(folder, replace=replace)
    for ballot in ballots:
        merging.take(ballot)
    if merging.problems:
        raise BadInput(merging.problems)
    write_ballot_files(folder, merging.files)
    return tuple(merging.merged)


def write_ballot_files(folder: Path, files: Mapping[str, bytes | None]) -> None:
    """Write and remove ballots in this order, as one; needs the lock. Raises CannotWrite."""
    for name in files:
        make_folder(folder / BALLOTS_FOLDER)
        make_folder((folder / name).parent)
    alone = next(iter(files.values())) if len(files) == 1 else None
    if alone is not None:
        replace_file(folder / next(iter(files)), alone)
    elif files:
        write_transaction(folder, files, last="")
    for name, data in files.items():
        path = folder / name
        if path.exists() if data is None else path.read_bytes() != data:
            raise CannotWrite(path, "the disk gives back something else")


@dataclass
class BallotMerge:
    """Collect what the files of open ballots shall hold, and what stands against it."""

    folder: Path
    replace: bool
    problems: list[Problem] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    merged: list[Ballot] = field(default_factory=list)
    standing: dict[str, Ballot] = field(default_factory=dict)
    """What the files held before."""

    def take(self, ballot: Ballot) -> None:
        """Merge one ballot into its file's text."""
        file = f"{BALLOTS_FOLDER}/{ballot.control}/{ballot.assessor}.yaml"
        document = YamlDocument(f"{self.folder.name}/{file}")
        try:
            state = read_content(self.folder, file)
            text, bom = state.text, state.bom
            if file in self.files:
                text = self.files[file][len(bom) :].decode()
            if text is not None and self._stands_against(document, file, text, ballot):
                return
            new = _edit_ballot_text(text, ballot)
        except EditBlocked as error:
            self.problems.append(Problem(document.name, str(error)))
        except (InvalidYaml, NotStorableValue, UnreachableField, UnicodeError) as error:
            said = str(error) if not isinstance(error, UnicodeError) else "holds half a character"
            self.problems.append(Problem(document.name, said, remedy="nothing was changed"))
        else:
            self._keep(file, text, bom, new)

    def _stands_against(self, document: YamlDocument, file: str, text: str, ballot: Ballot) -> bool:
        """Note why a file must not take a ballot: broken, another person's, voted already."""
        strict_yaml.parse_yaml(text, document)
        old = _validate_ballot(document)
        if old is not None:
            self.standing.setdefault(file, old)
            if (old.control, old.assessor) != (ballot.control, ballot.assessor):
                document.add_problem(f"is the ballot of {old.assessor} on {old.control}", ("assessor",))
            if old.name and ballot.name and not is_same_name(old.name, ballot.name):
                remedy = f"{ballot.name!r} needs a name that tells the two apart"
                document.add_problem(f"is the ballot of {old.name!r}", ("name",), remedy)
            if not self.replace:
                _report_overwritten_votes(document, old, ballot)
        self.problems.extend(document.problems)
        return bool(document.problems)

    def _keep(self, file: str, before: str | None, bom: bytes, text: str) -> None:
        document = YamlDocument(f"{self.folder.name}/{file}")
        strict_yaml.parse_yaml(text, document)
        ballot = _validate_ballot(document)
        data = bom + text.encode()
        if len(data) > strict_yaml.MAX_BYTES:
            document.add_problem(f"would have {len(data):,} bytes; at most {strict_yaml.MAX_BYTES:,}")
        self.problems.extend(document.problems)
        if ballot is not None:
            self.merged.append(ballot)
        if text != before:
            self.files[file] = data


def _report_overwritten_votes(document: YamlDocument, old: Ballot, new: Ballot) -> None:
    # The two levels are not named: a ballot is blind.
    standing = {v.criterion: v for v in old.votes}
    for vote in new.votes:
        before = standing.get(vote.criterion, vote)
        if before != vote and before != Vote(criterion=vote.criterion):
            remedy = "to take the new vote instead, say --replace"
            document.add_problem(
                f"{new.assessor} has voted otherwise already", ("votes", vote.criterion), remedy
            )


def _edit_ballot_text(text: str | None, ballot: Ballot) -> str:
    """Return the file's text with the votes in it; the rest of a text stays as it is."""
    votes = {v.criterion: {"level": v.level, "comment": v.comment} for v in ballot.votes}
    if text is None:
        head = {"control": ballot.control, "assessor": ballot.assessor, "name": ballot.name}
        return set_field("", (), {**head, "votes": votes}).text
    if ballot.name:
        text = set_field(text, ("name",), ballot.name).text
    for criterion, vote in votes.items():
        text = set_field(text, ("votes", criterion), vote).text
    return text
