"""What is asked of a host, as one script for any POSIX shell: dash, bash, busybox."""

from __future__ import annotations

BEGIN, END = "driftcheck-host=1", "driftcheck-host=end"
"""What the first and the last line of an answer say: one without them was cut off, or is something else."""

SCRIPT = r"""# What driftcheck asks a host, pod or container: system, C library, time zone, locale, limits, runtimes.
# It reads and prints key=value lines. It writes nothing, needs no privileges, and starts nothing that stays.
# Run it there with:  sh -s < this-file > answer.txt
echo driftcheck-host=1
newline='
'
say() { # key, value: its first line, unless it is empty
    value=${2%%"$newline"*}
    [ -z "$value" ] || printf '%s=%s\n' "$1" "$value"
}
has() { command -v "$1" >/dev/null 2>&1; }
file() { # key, file: its first line, if there is such a file
    if [ -r "$2" ]; then say "$1" "$(cat "$2" 2>/dev/null)"; fi # a shell's own `read` gets one byte of a sysctl
}

say host.name "$(uname -n 2>/dev/null)"
file host.boot /proc/sys/kernel/random/boot_id
say host.mounts "$(readlink /proc/self/ns/mnt 2>/dev/null)"
say kernel.name "$(uname -s 2>/dev/null)"
say kernel.version "$(uname -r 2>/dev/null)"
say architecture "$(uname -m 2>/dev/null)"
if [ -r /etc/os-release ]; then
    while IFS='=' read -r key value; do
        value=${value#[\"\']}
        value=${value%[\"\']}
        case $key in
            ID) say os.name "$value" ;;
            VERSION_ID) say os.version "$value" ;;
            VERSION_CODENAME) say os.codename "$value" ;;
        esac
    done </etc/os-release
fi

musl=
for loader in /lib/ld-musl-*.so.1; do
    if [ -e "$loader" ]; then
        musl=yes
        say libc musl
        say libc_version "$("$loader" 2>&1 </dev/null | sed -n 's/^Version //p')"
    fi
done
gnu=$(getconf GNU_LIBC_VERSION 2>/dev/null </dev/null)
case $gnu in
    glibc*) say libc glibc; say libc_version "${gnu#glibc }" ;;
    *) if [ -z "$musl" ] && [ -e /etc/ld.so.cache ]; then say libc glibc; fi ;;
esac
say page_size "$(getconf PAGESIZE 2>/dev/null </dev/null)"

zone=${TZ-}
link=$(readlink /etc/localtime 2>/dev/null)
case $link in
    *zoneinfo/*) [ -n "$zone" ] || zone=${link##*zoneinfo/} ;;
esac
if [ -n "$zone" ]; then
    say time.zone "${zone#:}"
elif [ -r /etc/timezone ]; then
    file time.zone /etc/timezone
elif [ ! -e /etc/localtime ]; then
    say time.zone UTC
fi
say time.offset "$(date +%z 2>/dev/null)"
say locale.ctype "${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}"
say locale.collate "${LC_ALL:-${LC_COLLATE:-${LANG:-C}}}"
say locale.charmap "$(locale charmap 2>/dev/null </dev/null)"
say umask "$(umask)"
say user.id "$(id -u 2>/dev/null)"

if [ -r /proc/self/limits ]; then
    while read -r a b c d e rest; do
        case "$a $b" in
            "Max open") say limits.nofile "$d"; say limits.nofile_hard "$e" ;;
            "Max processes") say limits.nproc "$c" ;;
            "Max stack") say limits.stack "$d" ;;
            "Max core") say limits.core "$e" ;;
            "Max locked") say limits.memlock "$d" ;;
            "Max address") say limits.address_space "$d" ;;
        esac
    done </proc/self/limits
else
    say limits.nofile "$(ulimit -n 2>/dev/null)"
fi

say cpu.online "$(getconf _NPROCESSORS_ONLN 2>/dev/null </dev/null)"
say cpu.usable "$(nproc 2>/dev/null </dev/null)"
if [ -r /proc/meminfo ]; then
    while read -r name amount rest; do
        case $name in
            MemTotal:) say memory.total "$amount" ;;
            SwapTotal:) say memory.swap "$amount" ;;
        esac
    done </proc/meminfo
fi
if [ -r /sys/fs/cgroup/cgroup.controllers ]; then
    say cgroup.version 2
    file cgroup.memory /sys/fs/cgroup/memory.max
    file cgroup.cpu /sys/fs/cgroup/cpu.max
elif [ -d /sys/fs/cgroup/memory ]; then
    say cgroup.version 1
    file cgroup.memory /sys/fs/cgroup/memory/memory.limit_in_bytes
    file cgroup.cpu_quota /sys/fs/cgroup/cpu/cpu.cfs_quota_us
    file cgroup.cpu_period /sys/fs/cgroup/cpu/cpu.cfs_period_us
fi

for name in net.core.somaxconn net.ipv4.ip_local_port_range net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl \
    net.ipv4.tcp_keepalive_probes net.ipv4.tcp_keepalive_time net.ipv4.tcp_max_syn_backlog net.ipv4.tcp_tw_reuse \
    net.ipv6.conf.all.disable_ipv6 vm.max_map_count vm.overcommit_memory vm.swappiness fs.file-max fs.nr_open \
    fs.inotify.max_user_instances fs.inotify.max_user_watches kernel.pid_max kernel.threads-max; do
    file "sysctl.$name" "/proc/sys/$(printf %s "$name" | tr . /)"
done
file transparent_huge_pages /sys/kernel/mm/transparent_hugepage/enabled

version_line() { # the first with a number; what a JVM says that it picked up may hold a password
    sed -n -e '/JAVA_[A-Z_]*OPTIONS/d' -e '/[0-9]/{' -e p -e q -e '}'
}
run() { # key, program, argument: what it says of its version, wherever it says so
    if has "$2"; then say "$1" "$("$2" "$3" 2>&1 </dev/null | version_line)"; fi
}
run runtime.python python3 --version
run runtime.node node --version
run runtime.java java -version
run runtime.ruby ruby --version
run runtime.php php --version
run runtime.go go version
run runtime.dotnet dotnet --version
run runtime.perl perl --version
run runtime.nginx nginx -v
run runtime.openssl openssl version
run tool.curl curl --version
run tool.git git --version

for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem \
    /etc/ssl/cert.pem; do
    if [ -r "$bundle" ]; then
        say authorities.digest "$(sha256sum "$bundle" 2>/dev/null)"
        say authorities.count "$(grep -c 'BEGIN CERTIFICATE' "$bundle" 2>/dev/null)"
        break
    fi
done
echo driftcheck-host=end
"""
