"""Settings of Redis and its forks: one name and one spelling for each, in redis.conf as in a server's own answer.

The names and units are those of redis.conf as Redis 7 documents it; older names (`slave-`, `-ziplist-`) are aliases.
"""

from __future__ import annotations

from collections.abc import Mapping

from driftcheck.model import Path, Value
from driftcheck.pattern import Pattern
from driftcheck.values import number, size, spell

_SIZES = frozenset(
    """
    active-defrag-ignore-bytes auto-aof-rewrite-min-size client-query-buffer-limit cluster-link-sendbuf-limit
    hash-max-listpack-value hll-sparse-max-bytes maxmemory maxmemory-clients proto-max-bulk-len repl-backlog-size
    set-max-listpack-value stream-node-max-bytes zset-max-listpack-value
    """.split()
)
_MICROSECONDS = {
    **dict.fromkeys(
        """
        cluster-node-timeout busy-reply-threshold latency-monitor-threshold cluster-ping-interval
        """.split(),
        1000,
    ),
    **dict.fromkeys(
        """
        min-replicas-max-lag repl-backlog-ttl repl-diskless-sync-delay repl-ping-replica-period repl-timeout
        shutdown-timeout tcp-keepalive timeout tls-session-cache-timeout
        """.split(),
        1_000_000,
    ),
    "lfu-decay-time": 60_000_000,
    "slowlog-log-slower-than": 1,
}
"""The unit of a duration's bare number."""

_MODES = frozenset(
    """
    appendfsync enable-debug-command enable-module-command enable-protected-configs oom-score-adj sanitize-dump-payload
    supervised tls-auth-clients
    """.split()
)
"""To these, yes and no are two words of several."""

DEFAULTS = frozenset(
    line.strip()
    for line in """
    acl-pubsub-default allchannels; acl-pubsub-default resetchannels; aof-disable-auto-gc no; aof-timestamp-enabled no;
    appenddirname appendonlydir; cluster-allow-pubsubshard-when-down yes; cluster-link-sendbuf-limit 0; cluster-port 0;
    cluster-preferred-endpoint-type ip; enable-debug-command no; enable-module-command no; enable-protected-configs no;
    gopher-enabled no; key-load-delay 0; latency-tracking yes; latency-tracking-info-percentiles 50 99 99.9;
    locale-collate; lua-replicate-commands yes; maxmemory-clients 0; propagation-error-behavior ignore;
    rdb-key-save-delay 0; repl-diskless-sync no; repl-diskless-sync yes; repl-diskless-sync-max-replicas 0;
    replica-ignore-disk-write-errors no; set-max-listpack-entries 128; set-max-listpack-value 64;
    shutdown-on-sigint default; shutdown-on-sigterm default; shutdown-timeout 10; socket-mark-id 0;
    tls-auth-clients yes; tls-ciphers; tls-ciphersuites; tls-client-key-file-pass; tls-cluster no; tls-key-file-pass;
    tls-prefer-server-ciphers no; tls-protocols; tls-replication no; tls-session-cache-size 20480;
    tls-session-cache-timeout 300; tls-session-caching yes; use-exit-on-panic no; watchdog-period 0
    """.split(";")
)
"""Settings with their defaults that not all of Redis 6.2, 7.0 and 7.2 have, or have alike.

Servers of 6.2 and 7.0 were asked; what 7.2 added is as its redis.conf documents it.
"""

IDENTITY = frozenset(
    """
    aclfile bind bind-source-addr cluster-announce-bus-port cluster-announce-hostname cluster-announce-human-nodename
    cluster-announce-ip cluster-announce-port cluster-announce-tls-port cluster-config-file dbfilename dir logfile
    masteruser oom-score-adj-values pidfile port proc-title-template replica-announce-ip replica-announce-port replicaof
    syslog-ident tls-ca-cert-dir tls-ca-cert-file tls-cert-file tls-client-cert-file tls-client-key-file
    tls-dh-params-file tls-key-file tls-port unixsocket unixsocketperm
    """.split()
)
"""Settings that say who a server is: names, addresses, folders."""

_RENAMED = {"lua-time-limit": "busy-reply-threshold"}
_OUTPUT_BUFFERS = "client-output-buffer-limit"
_EVERY_EVENT = frozenset("g$lshzxetd")
"""What `A` stands for in `notify-keyspace-events`; a module's events (`d`) came with Redis 6.2."""
_WHOLE = Pattern(r"-?\d{1,18}")


def canonical(name: str) -> str:
    """Return the one name of a setting: `slave-priority` is `replica-priority`."""
    name = name.lower().replace("slave", "replica").replace("ziplist", "listpack")
    return _RENAMED.get(name, name)


def values(name: str, text: str) -> Mapping[Path, Value]:
    """Return what a setting says, by path below its own place; `name` is canonical.

    Most say one value, `save` a list of changes per time (`1/3600s`). The limits of output buffers are one setting for
    each class of clients and each limit.
    """
    if name == "save":
        words = text.split()
        return {(name,): tuple(f"{n}/{seconds}s" for seconds, n in zip(words[::2], words[1::2], strict=False))}
    if name == _OUTPUT_BUFFERS:
        return _output_buffers(text.split())
    return {(name,): _value(name, text)}


def _output_buffers(words: list[str]) -> Mapping[Path, Value]:
    found: dict[Path, Value] = {}
    for client, hard, soft, seconds in zip(*(words[n::4] for n in range(4)), strict=False):
        at = (_OUTPUT_BUFFERS, client.lower().replace("slave", "replica"))
        found[*at, "hard"] = _amount(hard)
        found[*at, "soft"] = _amount(soft)
        found[*at, "soft-seconds"] = _duration(seconds, 1_000_000)
    return found


def _value(name: str, text: str) -> Value:
    if name in _SIZES:
        return _amount(text)
    if name in _MICROSECONDS:
        return _duration(text, _MICROSECONDS[name])
    if name == "notify-keyspace-events":
        return _events(text)
    if name in _MODES:
        return text.lower()
    if text.lower() in ("yes", "no"):
        return text.lower() == "yes"
    if _WHOLE.fullmatch(text):
        return int(text)
    found = number.exact(text)
    return text if found is None else float(found)


def _amount(text: str) -> Value:
    """Return bytes with their unit; 0 is no limit, and a share of the memory (`5%`) stays as it is."""
    meaning = size.parse(text, "redis")
    if meaning is None or meaning.magnitude is None:
        return text
    return spell.size(int(meaning.magnitude)) if meaning.magnitude > 0 else int(meaning.magnitude)


def _duration(text: str, microseconds: int) -> Value:
    """Return a time with its unit; 0 and what is negative switch something off."""
    if not _WHOLE.fullmatch(text):
        return text
    return spell.duration(int(text) * microseconds) if int(text) > 0 else int(text)


def _events(text: str) -> str:
    """Return the letters of events in one order, `A` in place of all that it stands for, as a server tells them."""
    letters = set(text)
    if "A" in letters or letters >= _EVERY_EVENT:
        letters = letters - _EVERY_EVENT | {"A"}
    return "".join(sorted(letters))
