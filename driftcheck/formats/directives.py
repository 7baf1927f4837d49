"""Lines of settings in a text: postgresql.conf, my.cnf, properties and env files, and redis.conf with blanks between.

For texts inside other files, whose dialect nobody declares; a file of its own is read by its own format's module. Every
line counts: one that is no setting goes to `""`, so that a difference in it is still seen.
"""

from __future__ import annotations

import re

from driftcheck.errors import CollectError
from driftcheck.formats import Document, Leaf, Mapping, Node, Sequence
from driftcheck.model import Location
from driftcheck.pattern import Pattern

_SETTING = Pattern(r"(?:export\s+)?([A-Za-z_][\w./-]*)\s*(?:=|:(?![:/]))\s*(.*)")
_SECTION = Pattern(r"\[([^\[\]]+)\]")
_BLANKS = Pattern(r"([a-z][a-z-]*)\s+(\S.*)")
_COMMENT = Pattern(r"""\s+#(?=\s|$)[^"']*$""")

REDIS = frozenset(
    """
    acllog-max-len activedefrag activerehashing active-expire-effort aof-load-truncated aof-use-rdb-preamble
    appenddirname appendfilename appendfsync appendonly auto-aof-rewrite-min-size auto-aof-rewrite-percentage bind
    client-output-buffer-limit client-query-buffer-limit cluster-config-file cluster-enabled cluster-node-timeout
    cluster-require-full-coverage daemonize databases dbfilename dir dynamic-hz hash-max-listpack-entries
    hash-max-listpack-value hash-max-ziplist-entries hash-max-ziplist-value hz include io-threads io-threads-do-reads
    latency-monitor-threshold lazyfree-lazy-eviction lazyfree-lazy-expire lazyfree-lazy-server-del list-compress-depth
    list-max-listpack-size list-max-ziplist-size loadmodule logfile loglevel lua-time-limit masterauth masteruser
    maxclients maxmemory maxmemory-clients maxmemory-policy maxmemory-samples min-replicas-max-lag
    min-replicas-to-write no-appendfsync-on-rewrite notify-keyspace-events pidfile port proc-title-template
    protected-mode rdbchecksum rdbcompression rename-command repl-backlog-size repl-diskless-sync
    repl-diskless-sync-delay repl-ping-replica-period repl-timeout replica-lazy-flush replica-priority
    replica-read-only replica-serve-stale-data replicaof requirepass save sentinel set-max-intset-entries
    slowlog-log-slower-than slowlog-max-len stop-writes-on-bgsave-error stream-node-max-bytes supervised
    syslog-enabled tcp-backlog tcp-keepalive timeout tls-auth-clients tls-ca-cert-file tls-cert-file tls-key-file
    tls-port tracking-table-max-keys unixsocket user zset-max-listpack-entries zset-max-ziplist-entries
    """.split()
)
"""The names that a line of redis.conf (and Valkey's) may begin with: only these make `name value` a setting."""

_MOSTLY = 4
"""Settings for each line that is none, at least, or the text is something else: a script, a letter, a certificate."""


def parse(text: str, path: str) -> Document:
    """Return settings as texts, sections as mappings, what is written several times as a list.

    Raises CollectError where the lines are mostly no settings. A `#` after a blank ends a value; `;`, `//` and `!`
    begin a comment at the start of a line only.
    """
    root = Mapping(1)
    section = root
    settings, others = 0, Sequence()
    for number, written in enumerate(text.splitlines(), 1):
        line = written.strip()
        if not line or line.startswith(("#", ";", "!", "//")):
            continue
        if found := _SECTION.fullmatch(line):
            held = root.setdefault(found[1], Mapping(number))
            section = held if isinstance(held, Mapping) else root
            continue
        found = _SETTING.fullmatch(line) or _directive(line)
        if found is None:
            others.append(Leaf(line, number))
            continue
        settings += 1
        _add(section, found[1], Leaf(_unquoted(found[2]), number))
    if settings < max(1, _MOSTLY * len(others)):
        raise CollectError("holds no lines of settings", Location(path, 1))
    if others:
        root[""] = others
    return Document(root, [])


def _directive(line: str) -> re.Match[str] | None:
    found = _BLANKS.fullmatch(line)
    return found if found and found[1] in REDIS else None


def _add(section: Mapping, key: str, leaf: Leaf) -> None:
    """Set a key; a second value makes a list of both, as `save` has them in redis.conf."""
    held: Node | None = section.get(key)
    if isinstance(held, Sequence):
        held.append(leaf)
    elif held is None:
        section[key] = leaf
    else:
        several = Sequence(leaf.line)
        several += [held, leaf]
        section[key] = several


def _unquoted(text: str) -> str:
    value = _COMMENT.sub("", text).rstrip().removesuffix(";").rstrip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
