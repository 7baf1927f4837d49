"""How long to wait, how often to try again, how long to keep."""

from driftcheck.catalogue.rule import Match, Relation, Rule, Steps
from driftcheck.model import Severity

INFO, LOW, MEDIUM, HIGH = Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH

PRODUCTION_GIVES_UP_FIRST: Steps = ((1, MEDIUM), (2, HIGH))
PRODUCTION_WAITS_LONGER: Steps = ((1, LOW), (1.5, MEDIUM))

ENDLESS = {"0": "no limit", "-1": "no limit", "none": "no limit", "infinite": "no limit", "infinity": "no limit"}

_WHY = (
    "A call that staging still waits for is given up in production: slow requests pass every test and fail for users. "
    "The other way round production holds threads and connections that staging would have let go."
)
_FIX = "Set the same timeout in both, or accept the difference with its reason."

RULES = (
    Rule(
        id="timeout.general",
        summary="A timeout differs",
        why=_WHY,
        fix=_FIX,
        kind="duration",
        match=Match(suffix=("timeout", "deadline", "max wait", "time limit")),
        says="timeout of {}",
        lower=PRODUCTION_GIVES_UP_FIRST,
        higher=PRODUCTION_WAITS_LONGER,
        sentinels=ENDLESS,
        example=("REQUEST_TIMEOUT_SECONDS", "120", "30"),
        near_miss="timeout_enabled",
        source="https://sre.google/sre-book/addressing-cascading-failures/",
    ),
    Rule(
        id="timeout.database",
        summary="A database gives up on statements, locks or idle transactions at another time",
        why="A statement that staging finishes is killed in production, or a runaway one holds its locks there.",
        fix="Set the same limit on both servers or roles; give a long-running job a role of its own.",
        kind="duration",
        unit="ms",
        match=Match(
            suffix=(
                "statement timeout",
                "lock timeout",
                "idle in transaction session timeout",
                "idle in transaction timeout",
                "max execution time",
            )
        ),
        says="limit of {}",
        lower=PRODUCTION_GIVES_UP_FIRST,
        higher=PRODUCTION_WAITS_LONGER,
        sentinels=ENDLESS,
        only_in_target=HIGH,
        only_in_reference=HIGH,
        example=("statement_timeout", "0", "30s"),
        near_miss="statement_timeout_enabled",
        source="https://www.postgresql.org/docs/current/runtime-config-client.html",
    ),
    Rule(
        id="timeout.grace",
        summary="A pod has another time to shut down",
        why="Work that drains in staging is killed half-way in production.",
        fix="Set the same grace period; it must be longer than the preStop hook and the application's own drain together.",
        kind="duration",
        unit="s",
        match=Match(suffix=("termination grace period", "graceful timeout", "timeout per shutdown phase", "stop timeout")),
        says="grace period of {}",
        lower=PRODUCTION_GIVES_UP_FIRST,
        higher=((1, LOW),),
        example=("terminationGracePeriodSeconds", "60", "30"),
        near_miss="termination_grace_message",
        source="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/",
    ),
    Rule(
        id="timeout.probe",
        summary="A probe is stricter or more patient",
        why="A start or a pause that staging forgives gets the pod restarted in production, in a loop under load.",
        fix="Use the same probe in both; a slow start belongs in a startupProbe.",
        kind="duration",
        unit="s",
        match=Match(
            suffix=("timeout", "period", "initial delay"),
            within=("probe", "liveness", "readiness", "startup", "livenessprobe", "readinessprobe", "startupprobe"),
        ),
        says="{}",
        lower=((1, MEDIUM),),
        higher=((1, LOW),),
        example=("livenessProbe.timeoutSeconds", "10", "1"),
        near_miss="probe_timeout_message",
        source="https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
    ),
    Rule(
        id="timeout.operation",
        summary="Terraform may take another time to create, change or destroy a resource",
        why="It bounds the provisioning run, never a request.",
        fix="Nothing to do unless applies fail.",
        kind="duration",
        match=Match(suffix=("timeouts create", "timeouts update", "timeouts delete", "timeouts read")),
        relation=Relation.MAY_DIFFER,
        example=("resource.aws_db_instance.main.timeouts.create", "40m", "60m"),
        near_miss="create",
        source="https://developer.hashicorp.com/terraform/language/resources/syntax#operation-timeouts",
    ),
    Rule(
        id="timeout.lifetime",
        summary="Sessions, tokens or cached values live for another time",
        why="Expiry is met in one environment and never in the other: refresh, logout and stale reads go untested.",
        fix="Use the same lifetime, or a shorter one in staging on purpose and accept the difference.",
        kind="duration",
        match=Match(
            suffix=(
                "ttl",
                "max age",
                "session lifetime",
                "token lifetime",
                "expires in",
                "expiry",
                "expiration",
                "time to live",
                "cache duration",
                "max duration",
                "max lifetime",
                "pool recycle",
            )
        ),
        says="lifetime of {}",
        lower=((1, LOW), (2, MEDIUM)),
        higher=((1, LOW), (2, MEDIUM)),
        sentinels={"0": "never kept", "-1": "kept for ever"},
        example=("SESSION_TTL_SECONDS", "60", "86400"),
        near_miss="ttl_enabled",
        source="https://owasp.org/www-community/Session_Timeout",
    ),
    Rule(
        id="timeout.interval",
        summary="Something happens more or less often",
        why="A rhythm sets load and staleness: what runs hourly in staging and each second in production is not tested.",
        fix="Use the same interval, or accept the difference with its reason.",
        kind="duration",
        match=Match(suffix=("interval", "backoff", "retry delay", "poll interval", "ahead", "refresh rate", "window", "naptime")),
        says="every {}",
        lower=((1, LOW), (2, MEDIUM)),
        higher=((1, LOW), (2, MEDIUM)),
        example=("POLL_INTERVAL_MS", "60000", "1000"),
        near_miss="interval_name",
        source="https://prometheus.io/docs/practices/instrumentation/",
    ),
    Rule(
        id="timeout.retention",
        summary="Data is kept for another time",
        why="Retention is capacity and compliance: production keeping less than staging loses what somebody counts on.",
        fix="Let production keep at least as long as staging.",
        kind="duration",
        match=Match(suffix=("retention", "retention period", "log retention", "data retention", "backup retention period",
                            "backup retention", "snapshot retention limit")),
        says="retention of {}",
        lower=((1, LOW), (2, MEDIUM)),
        higher=((1, INFO),),
        sentinels={"0": "nothing kept"},
        example=("backup_retention_period", "14", "1"),
        near_miss="retention_policy",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
    ),
    Rule(
        id="retry.attempts",
        summary="A failing call is tried more or less often",
        why="Retries hide failures in the environment that has them and multiply load where an outage already is.",
        fix="Use the same number; attempts times the timeout must fit into the caller's own timeout.",
        kind="count",
        match=Match(suffix=("retry", "max retry", "retry attempt", "max attempt", "num retry", "retry count", "retry limit",
                            "backoff limit", "failure threshold")),
        says="{} attempts",
        lower=((1, MEDIUM),),
        higher=((1, MEDIUM),),
        sentinels={"-1": "for ever"},
        example=("HTTP_MAX_RETRIES", "3", "10"),
        near_miss="retry_message",
        source="https://sre.google/sre-book/addressing-cascading-failures/",
    ),
)  # fmt: skip
