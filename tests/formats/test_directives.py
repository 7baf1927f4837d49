"""Lines of settings inside a string: whichever dialect, and nothing else."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.errors import CollectError
from driftcheck.formats import directives, flatten


def read(text: str) -> dict[str, object]:
    entries = flatten(directives.parse(text, "conf").root, "conf")
    return {".".join(entry.path): entry.value for entry in entries}


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("max_connections = 500\nprefix = '%m '  # stamp\n", {"max_connections": "500", "prefix": "%m "}),
        ("[mysqld]\nport=3306\n[client]\nport = 3307\n", {"mysqld.port": "3306", "client.port": "3307"}),
        ("! a comment\na.b=1\na.c: two words\n", {'"a.b"': "1", '"a.c"': "two words"}),
        ("export A=1\nB='x y'\n# C=2\n", {"A": "1", "B": "x y"}),
        ("maxmemory 256mb\nsave 900 1\nsave 300 10\n", {"maxmemory": "256mb", "save": ("900 1", "300 10")}),
        ("a=1\nb=\nurl=http://x/?a=b#c\n", {"a": "1", "b": "", "url": "http://x/?a=b#c"}),
        ("a=1\nb=2\nc=3\nd=4\nskip-dns\n", {"a": "1", "b": "2", "c": "3", "d": "4", '""': ("skip-dns",)}),
    ],
)  # fmt: skip
def test_settings_are_read_with_their_values(text: str, settings: dict[str, object]) -> None:
    assert read(text) == settings


def test_a_setting_knows_its_line() -> None:
    root = directives.parse("# top\n\na = 1\nb = 2\n", "conf").root
    assert [entry.location.line for entry in flatten(root, "conf")] == [3, 4]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "Dear all,\nplease note: we deploy at noon.\nThank you\n",
        "set -e\necho hello\nexec app\n",
        "http://example.org/a\nhttps://example.org/b\n",
        "a=1\nthis is no setting\n",
    ],
)
def test_a_text_that_is_no_list_of_settings_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        directives.parse(text, "conf")


@given(st.text("ab=: []#;'\"\n\\.$", max_size=80))
def test_no_text_is_worse_than_refused(text: str) -> None:
    with suppress(CollectError):
        directives.parse(text, "conf")
