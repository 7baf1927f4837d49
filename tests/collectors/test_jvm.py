"""What a JVM tells, however it is asked, in one spelling; the JVMs themselves are in tests/live."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from driftcheck.collectors import jvm
from driftcheck.collectors.jvm import hotspot, metrics, options, probe
from driftcheck.collectors.jvm.facts import Facts
from driftcheck.errors import CollectError, ConfigError
from driftcheck.model import Collected, Noise, Reading, Value, key_of
from driftcheck.redact import redact


def reading(**settings: object) -> Reading:
    return Reading("orders-jvm", "production", settings, "/")


def values(collected: Collected) -> dict[str, Value]:
    return {key_of(entry.path): entry.value for entry in collected.entries}


def declared(*texts: str) -> dict[str, Value]:
    return values(jvm.collect(reading(options=list(texts))))


# Options as they are written


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("-Xmx111m", {"heap.max": "112MiB", "flags.MaxHeapSize": "112MiB"}),  # HotSpot rounds up to 2 MiB
        ("-XX:MaxHeapSize=0x8000000", {"heap.max": "128MiB", "flags.MaxHeapSize": "128MiB"}),
        ("-Xms63m", {"flags.InitialHeapSize": "64MiB", "flags.MinHeapSize": "64MiB"}),
        ("-Xms1g", {"flags.InitialHeapSize": "1GiB", "flags.MinHeapSize": "1GiB"}),
        ("-Xmn64m", {"flags.NewSize": "64MiB", "flags.MaxNewSize": "64MiB"}),
        ("-Xss512k", {"flags.ThreadStackSize": "512KiB"}),
        ("-XX:ThreadStackSize=512", {"flags.ThreadStackSize": "512KiB"}),
        ("-Xss1048577", {"flags.ThreadStackSize": "1025KiB"}),
        ("-XX:+UseZGC", {"collector": "ZGC", "flags.UseZGC": True}),
        ("-XX:MaxRAMPercentage=75.0", {"flags.MaxRAMPercentage": 75}),
        ("-XX:MaxMetaspaceSize=256m", {"flags.MaxMetaspaceSize": "256MiB"}),
        ("-Dorders.mode='in bulk'", {"properties.orders.mode": "in bulk"}),
        ("-enableassertions", {"options.ea": "given"}),
        ("-ea:orders... -ea:billing...", {"options.ea": "orders... billing..."}),
        ("-javaagent:/opt/otel.jar=debug", {'options.javaagent."otel.jar"': "debug"}),
        (
            "--add-opens java.base/java.lang=ALL-UNNAMED",
            {'options.add-opens."java.base/java.lang=ALL-UNNAMED"': "given"},
        ),
        ("-Xint -jar orders.jar --Xmx=1g", {"options.Xint": "given"}),
        ("-cp a.jar:b.jar -Xint com.example.Orders -Xmx9g", {"options.Xint": "given"}),
    ],
)
def test_options_are_spelled_as_a_jvm_spells_what_it_runs_with(text: str, found: Mapping[str, Value]) -> None:
    assert declared(text) == found


def test_a_later_text_overrides_an_earlier_one() -> None:
    """As JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS, the command line and _JAVA_OPTIONS do, in this order."""
    assert declared("-Xmx100m", "-Xmx200m", "-Xmx300m", "-Xmx400m")["heap.max"] == "400MiB"


@pytest.mark.parametrize(
    "text", ["-Xmx128mb", "-Xmx 128m", "-Xmx1.5g", "-XX:MaxMetaspaceSize=many", "-XX:+UseZGC -XX:+UseG1GC"]
)
def test_options_that_no_jvm_starts_with_are_told(text: str) -> None:
    (notice,) = jvm.collect(reading(options=[text])).notices
    assert notice.rule == "jvm.refused"


@pytest.mark.parametrize("text", ["-Xmx1g @more.args", "-XX:VMOptionsFile=more.options", "-XX:Flags=.hotspotrc"])
def test_options_in_another_file_are_not_missing(text: str) -> None:
    (gap,) = jvm.collect(reading(options=[text])).gaps
    assert "another file" in gap.reason


def test_a_file_holds_options_over_lines(tmp_path: Path) -> None:
    (tmp_path / "jvm.options").write_text("# heap\n-Xms1g -Xmx1g\n\n  # collector\n-XX:+UseG1GC\n")
    collected = jvm.collect(reading(path=[str(tmp_path / "jvm.options")])._replace(root=str(tmp_path)))
    assert values(collected)["collector"] == "G1"
    assert {str(entry.location) for entry in collected.entries} == {"jvm.options"}


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app.env").write_text("-Xmx1g\nDB_PASSWORD=sekret-canary\n")
    with pytest.raises(CollectError, match=r"app\.env:2: this line begins with no JVM option") as error:
        jvm.collect(reading(path=[str(tmp_path / "app.env")])._replace(root=str(tmp_path)))
    assert "canary" not in str(error.value) + error.value.hint


# What a JVM answers

JDK_8 = """\
4711:
OpenJDK 64-Bit Server VM version 25.392-b08
JDK 8.0_392
VM Arguments:
jvm_args: -Xms64m -XX:+UseParallelGC -XX:MetaspaceSize=128m -Dquery=a b -verbose:gc
java_command: orders.jar
java_class_path (initial): orders.jar
Launcher Type: SUN_STANDARD
[Global flags]
    uintx ConcGCThreads                             = 0                                   {product}
    uintx InitialHeapSize                          := 67108864                            {product}
    uintx MaxHeapSize                              := 1073741824                          {product}
    uintx MaxMetaspaceSize                          = 18446744073709547520                {product}
    uintx MetaspaceSize                            := 134217728                           {pd product}
    uintx ParallelGCThreads                         = 8                                   {product}
     bool UseCompressedOops                        := true                                {lp64_product}
     bool UseParallelGC                            := true                                {product}
ccstrlist OnOutOfMemoryError                        =                                     {product}
   double CompileThresholdScaling                   = 1.000000                            {product}
#Sat Nov 21 00:41:35 UTC 2026
java.version=1.8.0_392
java.vendor=Temurin
java.vm.name=OpenJDK 64-Bit Server VM
#Sat Nov 21 00:41:35 CET 2026
java.version=1.8.0_392
java.vendor=Temurin
java.vm.name=OpenJDK 64-Bit Server VM
java.home=/opt/java
user.timezone=Europe/Berlin
https.proxyHost=proxy
orders.url=https\\://orders\\=1
line.separator=\\n
PID=4711
"""


def answered(text: str) -> Collected:
    facts = Facts(reading(), "orders")
    hotspot.add_answers(facts, text)
    return facts.collected()


def test_what_jcmd_answers_is_told_in_plain_values() -> None:
    assert values(answered(JDK_8)) == {
        "collector": "Parallel",
        "flags.CompileThresholdScaling": 1,
        "flags.ConcGCThreads": 0,
        "flags.InitialHeapSize": "64MiB",
        "flags.MaxHeapSize": "1GiB",
        "flags.MaxMetaspaceSize": "unlimited",
        "flags.MetaspaceSize": "128MiB",
        "flags.OnOutOfMemoryError": "",
        "flags.ParallelGCThreads": 8,
        "flags.UseCompressedOops": True,
        "flags.UseParallelGC": True,
        "heap.max": "1GiB",
        "options.verbose": "gc",
        "properties.PID": "4711",
        "properties.https.proxyHost": "proxy",
        "properties.orders.url": "https://orders=1",
        "properties.user.timezone": "Europe/Berlin",
        "vendor": "Temurin",
        "version": "8.0.392",
        "vm": "OpenJDK 64-Bit Server VM",
    }


def test_what_nobody_chose_is_noted() -> None:
    """JDK 8 says of a value only that it is no default; the options say whose it is."""
    notes = {key_of(path): note for path, note in answered(JDK_8).notes.items()}
    assert notes["flags.InitialHeapSize"].noise is None
    assert notes["flags.MetaspaceSize"].noise is None
    assert notes["flags.UseCompressedOops"].noise is Noise.DERIVED
    assert notes["flags.ParallelGCThreads"].at_default
    assert notes["flags.ConcGCThreads"].follows == ("collector",)
    assert notes["flags.MaxHeapSize"].follows == ("heap", "max")
    assert notes["properties.PID"].noise is Noise.IDENTITY


def test_properties_that_hold_passwords_are_hidden() -> None:
    text = JDK_8 + "javax.net.ssl.trustStorePassword=sekret-canary\ndb.url=jdbc\\:pg\\://a\\:sekret-canary@db/x\n"
    assert "canary" not in str(redact(answered(text)))


# The script and its answer


def test_a_process_id_is_one_process() -> None:
    for pid in ("0", "-1", "1; reboot", "4711 4712"):
        with pytest.raises(ConfigError, match="no process id"):
            jvm.script({"pid": pid})


def test_a_pattern_cannot_leave_its_quotes() -> None:
    script = jvm.script({"main": "'; reboot; '"})
    assert """wanted_main=''"'"'; reboot; '"'"''""" in script


def test_a_source_says_which_jvm() -> None:
    with pytest.raises(ConfigError, match="does not say which JVM"):
        jvm.collect(reading(timeout=1.0))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no answer of the probe"),
        ("bash: sh: not found\n", "no answer of the probe"),
        ("\n#driftcheck:begin 1\n\n#driftcheck:jvm 1\nboot\n9\n", "cut off"),
        ("\n#driftcheck:begin 1\n\n#driftcheck:failed none 2\n\n#driftcheck:end\n", "but 2 of other users"),
        ("\n#driftcheck:begin 1\n\n#driftcheck:failed several 7 8\n\n#driftcheck:end\n", "several JVMs: 7, 8"),
    ],
)
def test_an_answer_that_is_none_is_refused(text: str, reason: str) -> None:
    with pytest.raises(CollectError, match=reason):
        probe.read(text, "orders")


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        (
            {"memory.max": ["max", "536870912", "1073741824"], "cpu.max": ["150000 100000", "max 100000"]},
            ("512MiB", 1.5),
        ),
        (
            {
                "memory.limit_in_bytes": ["9223372036854771712", "2147483648"],
                "cpu.cfs_quota_us": ["-1", "200000"],
                "cpu.cfs_period_us": ["100000", "100000"],
            },
            ("2GiB", 2),
        ),
        ({"memory.max": ["max"], "cpu.max": ["max 100000"]}, (None, None)),
    ],
)
def test_the_least_of_nested_control_groups_is_the_limit(
    limits: Mapping[str, list[str]], found: tuple[Value, Value]
) -> None:
    facts = Facts(reading(), "orders")
    hotspot.add_limits(facts, limits)
    assert (facts.value(("container", "memory")), facts.value(("container", "cpus"))) == found
    assert not facts.collected().hidden


def test_counters_that_are_cut_off_are_refused() -> None:
    header = bytes.fromhex("cafec0c001020001") + bytes(16) + (32).to_bytes(4, "little") + (9).to_bytes(4, "little")
    for data in (b"", b"\x7fELF", header):
        with pytest.raises(CollectError):
            hotspot.add_counters(Facts(reading(), "orders"), data)


# Pages of metrics

MICROMETER = """\
# HELP jvm_info JVM version info
jvm_info{runtime="OpenJDK Runtime Environment",vendor="Debian",version="17.0.15+6-Debian-1deb12u1"} 1
jvm_memory_max_bytes{area="heap",id="G1 Eden Space"} -1.0
jvm_memory_max_bytes{area="heap",id="G1 Old Gen"} 5.36870912E8
jvm_memory_max_bytes{area="nonheap",id="Metaspace"} -1.0
hikaricp_connections_max{pool="orders"} 10.0
jdbc_connections_max{name="dataSource"} 10.0
tomcat_threads_config_max_threads{name="http-nio-8081"} 10.0
tomcat_threads_config_max_threads{name="http-nio-8080"} 200.0
process_files_max_files 20000.0
process_start_time_seconds 1.795221878556E9
system_cpu_count 2.0
"""
JMX_EXPORTER = """\
jvm_runtime_info{runtime="OpenJDK Runtime Environment",vendor="Temurin",version="1.8.0_392-b08",} 1.0
jvm_memory_pool_max_bytes{pool="PS Eden Space",} 3.3554432E7
jvm_memory_pool_max_bytes{pool="PS Survivor Space",} 524288.0
jvm_memory_pool_max_bytes{pool="PS Old Gen",} 7.0254592E7
jvm_memory_max_bytes{area="heap",} 1.0e8
process_max_fds 1024.0
Catalina_ThreadPool_maxThreads{name="http-nio-8080",} 50.0
java_lang_OperatingSystem_AvailableProcessors 4.0
java_lang_Runtime_Uptime NaN
"""


@pytest.mark.parametrize(
    ("page", "found", "started"),
    [
        (
            MICROMETER,
            {
                "collector": "G1",
                "cpus": 2,
                "files.max": 20000,
                "heap.max": "512MiB",
                "pool.orders.max": 10,
                "threads.tomcat.max": 200,
                "vendor": "Debian",
                "version": "17.0.15",
            },
            "1795221878.556",
        ),
        (
            JMX_EXPORTER,
            {
                "collector": "Parallel",
                "cpus": 4,
                "files.max": 1024,
                "heap.max": "100MiB",
                "threads.tomcat.max": 50,
                "vendor": "Temurin",
                "version": "8.0.392",
            },
            "",
        ),
    ],
)
def test_a_page_of_metrics_tells_limits(page: str, found: Mapping[str, Value], started: str) -> None:
    facts = Facts(reading(), "orders")
    assert metrics.is_page(page)
    assert metrics.add(facts, page) == started
    assert values(facts.collected()) == found


def test_another_page_is_no_page_of_metrics() -> None:
    for text in ("", "<html>", '{"_links": {}}', "[]", "Not Found"):
        assert not metrics.is_page(text)


def test_words_are_split_as_a_jvm_splits_them() -> None:
    assert options.words_of("-Da='x y' -Db=\"p q\"") == ["-Da=x y", "-Db=p q"]
