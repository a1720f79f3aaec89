"""What is no regular file is refused without waiting; a file is read as any reader would."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from calib import load_assessment
from calib.cli import main
from calib.files.regular import NotRegularFile, open_regular, read_regular
from calib.model import FileState
from calib.store.session import Store

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")


def test_a_file_is_read_through_a_link_too(tmp_path):
    file, link = tmp_path / "a", tmp_path / "b"
    file.write_bytes(b"\r\n\x1a text")
    link.symlink_to(file)
    assert read_regular(file) == read_regular(link) == b"\r\n\x1a text"
    with pytest.raises(NotRegularFile, match="a link"):
        open_regular(link, follow=False)


def test_what_is_no_file_is_named(tmp_path):
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    (tmp_path / "link").symlink_to(pipe)
    with pytest.raises(NotRegularFile, match="a named pipe, not a file"):
        read_regular(tmp_path / "link")
    with pytest.raises(NotRegularFile, match="a folder"):
        read_regular(folder)
    with pytest.raises(NotRegularFile, match="a device"):
        read_regular(Path("/dev/zero"))
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none")


def test_a_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        with pytest.raises(NotRegularFile, match="a socket"):
            read_regular(Path("s"))


def test_a_pipe_that_takes_the_place_of_a_file_meanwhile_is_refused(tmp_path, monkeypatch):
    file, pipe = tmp_path / "file", tmp_path / "pipe"
    file.write_text("x")
    os.mkfifo(pipe)
    opened = os.open
    monkeypatch.setattr(os, "open", lambda _, flags: opened(pipe, flags))
    with pytest.raises(NotRegularFile):
        read_regular(file)


def test_evidence_that_is_a_pipe_is_missing(halfway, catalog):
    item = next(e for e in load_assessment(halfway, catalog).evidence if e.file)
    (halfway / item.file).unlink()
    os.mkfifo(halfway / item.file)
    assert dict(load_assessment(halfway, catalog).files)[item.id] is FileState.MISSING


def test_a_log_tells_which_journal_it_lacks(halfway):
    store = Store.open(halfway, "Ada")
    partner = store.get("assessment.yaml", "profile.partner")
    store.set("assessment.yaml", "profile.partner", partner, "Renamed")
    os.mkfifo(halfway / ".calib" / "journal" / "0000.jsonl")
    done = CliRunner().invoke(main, ["log", str(halfway), "--json"])
    assert done.exit_code == 2
    assert [row["new"] for row in json.loads(done.stdout)] == ["Renamed"]
    assert "0000.jsonl: cannot be read: it is a named pipe, not a file" in done.stderr
    assert Store.open(halfway, "Ben").get("assessment.yaml", "profile.partner") == "Renamed"
