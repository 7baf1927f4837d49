"""Whatever a path leads to, the answer is its text or an error that names file, reason and remedy."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from driftcheck.errors import CollectError
from driftcheck.formats import LARGEST_FILE, read_text


def complaint(path: Path | str) -> str:
    with pytest.raises(CollectError) as caught:
        read_text(str(path), "shown.env")
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"K=\xc3\xa4\r\n",
        b"\xef\xbb\xbfK=\xc3\xa4\r\n",
        "K=\u00e4\r\n".encode("utf-16"),
        b"\xfe\xff\0K\0=\0\xe4\0\r\0\n",
    ],
    ids=["UTF-8", "UTF-8 with BOM", "UTF-16 LE", "UTF-16 BE"],
)
def test_text_comes_without_bom_and_with_its_newlines(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "f").write_bytes(data)
    assert read_text(str(tmp_path / "f"), "f") == "K=\u00e4\r\n"


def test_an_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert read_text(str(tmp_path / "f"), "f") == ""


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("K=1", encoding="utf-8")
    (tmp_path / "link").symlink_to("f")
    assert read_text(str(tmp_path / "link"), "link") == "K=1"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x7fELF\0\1", "shown.env: is a binary file"),
        (b"K=1\n" * 5000 + b"\0", "shown.env: is a binary file"),
        (b"A=1\nB=2\nC=\xe4\n", "shown.env:3: is not UTF-8"),
        (b"\xff\xfeK", "shown.env:1: is not UTF-16"),
    ],
    ids=["binary", "binary far behind", "Latin-1", "half of UTF-16"],
)
def test_what_is_no_text_is_named(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "f").write_bytes(data)
    assert complaint(tmp_path / "f") == reason


def test_a_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    assert complaint(tmp_path / "missing") == "shown.env: no such file"
    assert complaint(tmp_path / "broken") == "shown.env: no such file"
    assert complaint(tmp_path / "loop") == "shown.env: is a symbolic link that leads back to itself"
    assert complaint(tmp_path / "file" / "below") == "shown.env: Not a directory"
    assert complaint(tmp_path / ("x" * 300)) == "shown.env: File name too long"
    assert complaint("a\0b") == "shown.env: is not a path"


def test_what_is_no_regular_file_is_named_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        assert complaint(tmp_path / "socket") == "shown.env: is not a regular file"
    assert complaint(tmp_path / "pipe") == "shown.env: is not a regular file"
    assert complaint("/dev/zero") == "shown.env: is not a regular file"
    assert complaint(tmp_path) == "shown.env: is a directory, not a file"


def test_a_file_that_is_far_too_large_is_refused_without_reading_it(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        file.truncate(100 << 30)  # sparse
    assert complaint(tmp_path / "f") == "shown.env: is 102400 MiB, more than the 64 MiB that are read"
    assert LARGEST_FILE == 64 << 20


def test_a_file_of_another_user_is_named() -> None:
    """Root may read everything: the reading happens in a process of nobody's."""
    code = (
        "import os, sys, tempfile\n"
        "from driftcheck.errors import CollectError\n"
        "from driftcheck.formats import read_text\n"
        "folder = tempfile.mkdtemp()\n"
        "path = os.path.join(folder, 'f')\n"
        "open(path, 'w').close()\n"
        "os.chmod(path, 0)\n"
        "os.chmod(folder, 0o755)\n"
        "child = os.fork()\n"
        "if child:\n"
        "    status = os.waitpid(child, 0)[1]\n"
        "    os.unlink(path)\n"
        "    os.rmdir(folder)\n"
        "    sys.exit(os.waitstatus_to_exitcode(status))\n"
        "if os.getuid() == 0:\n"
        "    os.setuid(65534)\n"
        "try:\n"
        "    read_text(path, 'shown.env')\n"
        "except CollectError as error:\n"
        "    print(error, error.hint, sep='; ', flush=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "shown.env: permission denied; let this user read it\n"
