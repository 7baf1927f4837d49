"""What several settings of one environment say together: a heap and its container, pools and the server's connections.

`rules/invariants` has what each is made of. `differs` is for an invariant that holds in staging and breaks in production;
broken in both it counts one step less, and medium at most; in staging alone, low.
"""

from driftcheck.catalogue.rule import BY_VALUE, Rule
from driftcheck.model import Severity

MEDIUM, HIGH, CRITICAL = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL

RULES = (
    Rule(
        id="invariant.heap",
        summary="A heap does not fit into its container",
        why="The kernel kills the process before the JVM runs out of heap: no error, no dump, only a restart.",
        fix="Raise the limit, or give the heap three quarters of it at most (-XX:MaxRAMPercentage=75).",
        kind="size",
        match=BY_VALUE,
        differs=CRITICAL,
        source="https://docs.oracle.com/en/java/javase/21/gctuning/ergonomics.html",
    ),
    Rule(
        id="invariant.connections",
        summary="All pools together want more connections than the server accepts",
        why=(
            "Every process owns a pool, and every replica has its processes. Under load, or while a roll-out runs old and "
            "new replicas side by side, the database refuses whoever comes last."
        ),
        fix="Keep pool x workers x replicas below max_connections: a smaller pool, or a pooler before the database.",
        kind="count",
        match=BY_VALUE,
        differs=CRITICAL,
        source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html",
    ),
    Rule(
        id="invariant.timeouts",
        summary="An inner timeout outlasts an outer one",
        why="The outer layer gives up first: the inner one works on for nobody, and a retry doubles the work.",
        fix="Let each layer wait a little longer than the one inside it: statement, request, worker, proxy, balancer.",
        kind="duration",
        match=BY_VALUE,
        differs=HIGH,
        source="https://istio.io/latest/docs/tasks/traffic-management/request-timeouts/",
    ),
    Rule(
        id="invariant.keep-alive",
        summary="A connection is closed by the side that the other one still counts on",
        why="A request that is sent while the server closes the idle connection fails at random, as a 502 or a reset.",
        fix="Keep idle connections longer in the server than in the balancer before it, and headers longer than idle ones.",
        kind="duration",
        match=BY_VALUE,
        differs=HIGH,
        source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
    ),
    Rule(
        id="invariant.grace",
        summary="A pod is killed before it has shut down",
        why="The hook and the drain run within the grace period; what is left when it ends is killed in mid-request.",
        fix="Set the grace period above the preStop hook and the drain together.",
        kind="duration",
        match=BY_VALUE,
        differs=HIGH,
        source="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/",
    ),
    Rule(
        id="invariant.retries",
        summary="Retries do not fit into the time that the caller waits",
        why="The caller has left before the last attempt: it never helps anybody, and loads what is already failing.",
        fix="Keep attempts x time of one attempt below the overall timeout.",
        kind="duration",
        match=BY_VALUE,
        differs=HIGH,
        source="https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts",
    ),
    Rule(
        id="invariant.heartbeat",
        summary="A Kafka consumer has fewer than three heartbeats to be heard",
        why="One lost heartbeat and a pause are enough to throw the consumer out, and the whole group rebalances.",
        fix="Set heartbeat.interval.ms to a third of session.timeout.ms at most.",
        kind="duration",
        match=BY_VALUE,
        differs=HIGH,
        source="https://kafka.apache.org/documentation/#consumerconfigs_heartbeat.interval.ms",
    ),
    Rule(
        id="invariant.requests",
        summary="A pod requests more than its limit",
        why="Kubernetes refuses such a pod: nothing starts.",
        fix="Request at most what the limit allows.",
        kind="size",
        match=BY_VALUE,
        differs=HIGH,
        source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    ),
    Rule(
        id="invariant.runtime-memory",
        summary="A runtime may use more memory than its container has",
        why="The kernel kills the process before the runtime collects garbage or evicts keys.",
        fix="Leave the runtime nine tenths of the limit at most (Go), or three quarters (Node.js, Redis).",
        kind="size",
        match=BY_VALUE,
        differs=HIGH,
        source="https://go.dev/doc/gc-guide",
    ),
    Rule(
        id="invariant.probe",
        summary="A probe may take longer than its period",
        why="The next probe is due while one still waits: failures are counted later than the period says.",
        fix="Set the probe's timeout below its period.",
        kind="duration",
        match=BY_VALUE,
        differs=MEDIUM,
        source="https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
    ),
)
