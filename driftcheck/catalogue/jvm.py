"""What a JVM is started with."""

from driftcheck.catalogue.resources import SHORT_OF_MEMORY
from driftcheck.catalogue.rule import Match, Rule
from driftcheck.model import Severity

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity

RULES = (
    Rule(
        id="jvm.options",
        summary="A JVM is started with other options",
        why="Options change collector, memory and behaviour; each one that differs is judged by itself.",
        fix="Start both environments with the same options.",
        kind="jvm",
        match=Match(
            suffix=("java opts", "java tool options", "jdk java options", "catalina opts", "jvm opts", "jvm options",
                    "java options", "jvm args", "java args", "javaopts", "jvmoptions", "maven opts"),
        ),
        differs=LOW,
        example=("JAVA_TOOL_OPTIONS", "@/etc/jvm/small.args", "@/etc/jvm/large.args"),
        near_miss="java_opts_enabled",
        source="https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html",
    ),
    Rule(
        id="jvm.collector",
        summary="Another garbage collector runs",
        why="Pause times, throughput and memory use are the collector's: load tests under another one prove nothing.",
        fix="Name the collector in both environments; one is also chosen silently from CPUs and memory.",
        kind="text",
        match=Match(exact=("gc",), within=("jvmoption",)),
        differs=HIGH,
        only_in_target=HIGH,
        only_in_reference=HIGH,
        example=("jvmoption.gc", "G1", "Z"),
        near_miss="gc",
        source="https://docs.oracle.com/en/java/javase/21/gctuning/ergonomics.html",
    ),
    Rule(
        id="jvm.heap",
        summary="A JVM has another heap",
        why="The heap decides pauses and when memory runs out; with less in production it runs out there.",
        fix="Size the heap as a share of the container's memory, the same share everywhere.",
        kind="size",
        grammar="jvm",
        match=Match(exact=("xmx", "maxheapsize"), within=("jvmoption",)),
        lower=SHORT_OF_MEMORY,
        higher=((1, LOW), (2, MEDIUM)),
        only_in_target=MEDIUM,
        only_in_reference=MEDIUM,
        example=("jvmoption.Xmx", "4g", "1g"),
        near_miss="xmx",
        source="https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html",
    ),
    Rule(
        id="jvm.debug-agent",
        summary="A debugger port is open",
        why="Whoever reaches a JDWP port runs code in the process.",
        fix="Take -agentlib:jdwp out of production's options.",
        kind="text",
        match=Match(exact=("jdwp", "agentlibjdwp", "xrunjdwp"), within=("jvmoption",)),
        differs=HIGH,
        only_in_target=INFO,
        only_in_reference=CRITICAL,
        example=("jvmoption.agentlib.jdwp", "", "server=y"),
        near_miss="jdwp",
        source="https://docs.oracle.com/en/java/javase/21/docs/specs/jpda/conninv.html",
    ),
    Rule(
        id="jvm.option",
        summary="One JVM option differs",
        why="It changes how the process behaves; staging does not show how production's setting does.",
        fix="Start both environments with the same options.",
        kind="text",
        match=Match(within=("jvmoption",)),
        differs=MEDIUM,
        only_in_target=MEDIUM,
        only_in_reference=MEDIUM,
        example=("jvmoption.MaxRAMPercentage", "50", "75"),
        source="https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html",
    ),
)  # fmt: skip
