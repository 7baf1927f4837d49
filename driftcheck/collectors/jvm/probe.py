"""The questions to a JVM as one script that may run anywhere, and its answer taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from driftcheck.errors import CollectError

SCRIPT = r"""#!/bin/sh
# driftcheck asks what a JVM runs with: version, flags, options, system properties, and the limits of its container. Run
# this beside the JVM, as the JVM's own user, and send back what it prints:
#     sh jvm.sh > answer.txt
# It only reads and writes no file. Where there is a jcmd, that asks the JVM itself; otherwise what the JVM publishes in
# /tmp/hsperfdata_USER/PID is printed. The answer holds whatever was given with -D: if that is a password, keep it safe.

wanted_pid={pid}
wanted_main={main}

section() { printf '\n#driftcheck:%s\n' "$1"; }
fail() { section "failed $1"; section end; exit 0; }

# Whether a process is a JVM: 0 yes, 1 no, 2 it cannot be told. jcmd sends SIGQUIT, of which any other process dies.
is_jvm() {
    if [ -d /proc/self ]; then grep -q libjvm "/proc/$1/maps" 2>/dev/null; else ps -o comm= -p "$1" | grep -q java; fi
}

# The main class or the jar, out of a file of counters.
main_of() {
    LC_ALL=C tr -c ' -~' '\n' <"$1" |
        awk 'named && length { print $1; exit } $0 == "sun.rt.javaCommand" { named = 1 }'
}

find_jvm() {
    found='' count=0 unseen=0
    for file in /tmp/hsperfdata_*/[0-9]* "${TMPDIR:-/tmp}"/hsperfdata_*/[0-9]*; do
        pid=${file##*/}
        case " $found " in *" $pid "*) continue ;; esac
        [ -f "$file" ] || continue
        is_jvm "$pid"
        case $? in 1) continue ;; 2) kill -0 "$pid" 2>/dev/null || [ ! -r "$file" ] || continue ;; esac
        if [ ! -r "$file" ]; then
            [ ! -d "/proc/$pid" ] || unseen=$((unseen + 1))
            continue
        fi
        main=$(main_of "$file")
        case $main in
            $wanted_main) ;;
            *) case ${main##*/} in $wanted_main) ;; *) continue ;; esac ;;
        esac
        found="${found:+$found }$pid" count=$((count + 1))
    done
    case $count in
        0) fail "none $unseen" ;;
        1) pid=$found ;;
        *) fail "several $found" ;;
    esac
}

# Values of a control group and of those that it is in.
group_values() {
    group=$2
    while :; do
        for name in $3; do
            [ ! -r "$1$group/$name" ] || printf '%s %s\n' "$name" "$(cat "$1$group/$name")"
        done
        case $group in '' | /) break ;; esac
        group=${group%/*}
    done
}

ask() {
    unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS # they are the JVM's, and would start jcmd with its agents
    home=$(readlink -f "/proc/$pid/exe" 2>/dev/null)
    for jcmd in "${home%/*}/jcmd" "${JAVA_HOME:-}/bin/jcmd" "$(command -v jcmd)"; do
        [ ! -x "$jcmd" ] || break
    done
    [ -x "$jcmd" ] || return 0
    # To print the date above the properties, a JVM finds out its time zone, which the second answer then has.
    printf '%s\n' VM.version VM.command_line 'VM.flags -all' VM.system_properties VM.system_properties |
        "$jcmd" "$pid" -f /dev/stdin 2>/dev/null
}

probe() {
    section 'begin 1'
    pid=$wanted_pid
    [ -n "$pid" ] || find_jvm
    is_jvm "$pid"
    state=$?
    if [ $state -ne 0 ] && [ -d /proc/self ] && [ ! -d "/proc/$pid" ]; then fail "gone $pid"; fi
    [ $state -ne 1 ] || fail "other $pid"
    file=''
    for each in /proc/"$pid"/root/tmp/hsperfdata_*/"$pid" "${TMPDIR:-/tmp}"/hsperfdata_*/"$pid" /tmp/hsperfdata_*/"$pid"
    do
        [ ! -r "$each" ] || file=$each
    done
    [ $state -eq 0 ] || [ -n "$file" ] || fail "denied $pid"
    section "jvm $pid"
    cat /proc/sys/kernel/random/boot_id 2>/dev/null
    sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d ' ' -f 20
    section limits
    group_values /sys/fs/cgroup "$(sed -n 's/^0:://p' "/proc/$pid/cgroup" 2>/dev/null)" 'memory.max cpu.max'
    group_values /sys/fs/cgroup/memory \
        "$(sed -n 's/^[0-9]*:\([^:]*,\)*memory\(,[^:]*\)*://p' "/proc/$pid/cgroup" 2>/dev/null)" memory.limit_in_bytes
    group_values /sys/fs/cgroup/cpu \
        "$(sed -n 's/^[0-9]*:\([^:]*,\)*cpu\(,[^:]*\)*://p' "/proc/$pid/cgroup" 2>/dev/null)" \
        'cpu.cfs_quota_us cpu.cfs_period_us'
    answer=''
    [ $state -ne 0 ] || answer=$(ask)
    case $answer in
        *'[Global flags]'*) section jcmd && printf '%s\n' "$answer" ;;
        *)
            [ -n "$file" ] || fail "mute $pid"
            section counters && od -An -v -tx1 "$file"
            ;;
    esac
    section end
}

probe </dev/null
"""

_SECTION = re.compile(r"^#driftcheck:(\w+)(?: (.*))?\n", re.MULTILINE)
_FAILURES = {
    "none": ("no JVM", "correct `main`, or ask as the JVM's own user; one that runs with -XX:-UsePerfData needs `pid`"),
    "several": ("several JVMs", "tell which one with `main`, a pattern for its main class or jar, or with `pid`"),
    "gone": ("no process {}", "correct `pid`, or name the JVM's main class or jar with `main`"),
    "other": ("process {} is no JVM", "correct `pid`, or name the JVM's main class or jar with `main`"),
    "denied": ("process {} is another user's", "ask as that user, as with `via: [sudo, -u, USER]`"),
    "mute": (
        "the JVM {} neither answers jcmd nor publishes its counters",
        "a JDK beside it, or -XX:+UsePerfData, makes it readable",
    ),
}


class Answer(NamedTuple):
    """What the script found: the JVM's address in time and space, its limits by file, and one of the two last ones.

    `jcmd` is the text of its four commands, `counters` the bytes of hsperfdata; the other one is empty.
    """

    server: str
    limits: Mapping[str, list[str]]
    jcmd: str
    counters: bytes


def script(pid: str, main: str) -> str:
    """Return the script for one JVM: by its pid, else by a shell pattern for its main class or jar."""
    from shlex import quote

    return SCRIPT.replace("{pid}", quote(pid), 1).replace("{main}", quote(main or "*"), 1)


def read(text: str, what: str) -> Answer:
    """Take an answer apart; raise CollectError, beginning with `what`, for one that is cut off or tells a failure."""
    pieces = _SECTION.split(text.replace("\r\n", "\n"))
    sections = {pieces[n]: (pieces[n + 1] or "", pieces[n + 2]) for n in range(1, len(pieces), 3)}
    if sections.get("begin", ("",))[0] != "1":
        hint = "run what `driftcheck probe print` prints, and keep all that it answers"
        raise CollectError(f"{what}: this is no answer of the probe", hint=hint)
    if "end" not in sections:
        raise CollectError(f"{what}: the answer is cut off", hint="run the script again, and keep all that it prints")
    if "failed" in sections:
        kind, _, about = sections["failed"][0].partition(" ")
        reason, hint = _FAILURES[kind]
        if kind == "none" and about != "0":
            reason = f"no JVM of this user that fits, but {about} of other users"
        elif kind == "several":
            reason += f": {about.replace(' ', ', ')}"
        raise CollectError(f"{what}: {reason.format(about)}", hint=hint)
    limits: dict[str, list[str]] = {}
    for line in sections["limits"][1].splitlines():
        name, _, value = line.partition(" ")
        if name:
            limits.setdefault(name, []).append(value)
    identity = " ".join(sections["jvm"][1].split())
    counters = "".join(sections["counters"][1].split()) if "counters" in sections else ""
    return Answer(
        f"{identity} {sections['jvm'][0]}" if identity else "",
        limits,
        sections["jcmd"][1] if "jcmd" in sections else "",
        bytes.fromhex(counters),
    )
