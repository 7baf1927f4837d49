"""A JVM as it runs, or is declared to: its version, collector, heap, flags and properties, beside it or over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from driftcheck.collectors.base import ANSWER, TIMEOUT, VIA, Option, deadline, read_answer, shown
from driftcheck.errors import ConfigError
from driftcheck.model import Collected, Location, Reading

NEEDS_NETWORK = True
KEYS_NAME_SETTINGS = True
OF_SERVERS = True
OPTIONS: Mapping[str, Option] = {
    "main": Option("text", "the JVM's main class or jar, where `*` stands for anything: `orders*.jar`"),
    "pid": Option("text", "the JVM's process id"),
    "via": VIA,
    "url": Option("dsn", "where Spring Boot's Actuator begins, or a page of metrics; it may name a user"),
    "password": Option("credential", "the password of the user that `url` names"),
    "token": Option("credential", "a bearer token for `url`"),
    "ca": Option("path", "authorities to trust for `url`, in place of the system's"),
    "options": Option("texts", "options as they are written; a later text overrides an earlier one"),
    "path": Option("path", "files that hold options, one or more a line"),
    "answer": ANSWER,
    "timeout": TIMEOUT,
}
EXAMPLE = """\
orders-jvm:
  collector: jvm
  main: orders.jar
  via: [kubectl, --context, "{environment}", exec, -i, deploy/orders, --]
"""

_WAYS = ("answer", "url", "options", "path", "via", "main", "pid")


def collect(reading: Reading) -> Collected:
    """Ask a JVM by one script beside it, or over HTTP; or read the options that it is to be started with."""
    options = reading.options
    if not any(way in options for way in _WAYS):
        reason = f"source {reading.source} does not say which JVM"
        raise ConfigError(reason, hint="add `main:` or `pid:`, `via:`, `url:`, `options:`, `path:` or `answer:`")
    if "url" in options:
        return _over_http(reading)
    if "options" in options or "path" in options:
        return _declared(reading)
    return _beside(reading)


def script(options: Mapping[str, object]) -> str:
    """Return the questions to run beside a JVM; raise ConfigError for a `pid` that is none."""
    from driftcheck.collectors.jvm import probe

    pid = str(options.get("pid", ""))
    if pid and (not pid.isdigit() or not int(pid)):
        raise ConfigError("`pid` is no process id", hint='write the number of one process, as `pid: "4711"`')
    return probe.script(pid, str(options.get("main", "")))


def _beside(reading: Reading) -> Collected:
    from driftcheck.collectors.jvm import hotspot, probe
    from driftcheck.collectors.jvm.facts import Facts

    options = reading.options
    if given := read_answer(reading):
        text, place = given
    else:
        from driftcheck import transport

        via = _texts(options.get("via", ()))
        named = [word for word in via if not word.startswith("-")]
        place = " ".join(filter(None, (named[-1] if named else "", str(options.get("main", options.get("pid", ""))))))
        text = transport.run([*via, "sh", "-s"], script(options), what=place, seconds=deadline(reading))
    told = probe.read(text, place)
    facts = Facts(reading, place)
    hotspot.add_limits(facts, told.limits)
    if told.jcmd:
        hotspot.add_answers(facts, told.jcmd)
        return facts.collected(told.server)
    created = hotspot.add_counters(facts, told.counters)
    return facts.collected(told.server or created)


def _over_http(reading: Reading) -> Collected:
    from driftcheck import fetch
    from driftcheck.collectors.jvm import actuator
    from driftcheck.collectors.jvm.facts import Facts
    from driftcheck.credentials import Credential, resolve

    url = str(reading.options["url"])
    held = {}
    for name in ("password", "token"):
        credential = reading.options.get(name)
        if isinstance(credential, Credential):
            held[name] = resolve(credential, f"`{name}` of source {reading.source}")
    facts = Facts(reading, fetch.place(url))
    server = actuator.add(
        facts,
        url,
        seconds=deadline(reading),
        secrets={"Authorization": f"Bearer {held['token']}"} if "token" in held else fetch.NONE,
        password=held.get("password", ""),
        ca=next(iter(_texts(reading.options.get("ca", ()))), ""),
    )
    return facts.collected(server)


def _declared(reading: Reading) -> Collected:
    from driftcheck.collectors.jvm import options
    from driftcheck.collectors.jvm.facts import Facts

    facts = Facts(reading, "options")
    for path in _texts(reading.options.get("path", ())):
        facts.place = Location(shown(path, reading))
        options.add(facts, options.words_in(path, shown(path, reading)))
    facts.place = Location(reading.source)
    for text in _texts(reading.options.get("options", ())):
        options.add(facts, options.words_of(text))
    return facts.collected()


def _texts(option: object) -> Sequence[str]:
    return [str(each) for each in option] if isinstance(option, list | tuple) else [str(option)]
