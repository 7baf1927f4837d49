"""Pools, workers and other limits on what may happen at once."""

from driftcheck.catalogue.rule import Match, Rule, Steps
from driftcheck.model import Severity

LOW, MEDIUM, HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH

CONCURRENCY: Steps = ((1, LOW), (1.25, MEDIUM), (4, HIGH))
UNLIMITED = {"0": "unlimited", "-1": "unlimited"}

RULES = (
    Rule(
        id="pool.size",
        summary="A connection pool has another size",
        why=(
            "A pool decides when requests queue and when the database runs out of connections; neither shows in an "
            "environment whose pool is of another size. It is per process: it does not scale with the number of users."
        ),
        fix="Use one pool size per process everywhere and scale by replicas; keep pools x replicas below max_connections.",
        kind="count",
        match=Match(
            suffix=(
                "pool size",
                "pool max size",
                "max pool size",
                "maximumpoolsize",
                "pool max",
                "db pool",
                "database pool",
                "connection pool",
                "connection pool size",
                "connection limit",
                "max open connection",
                "max idle connection",
                "max overflow",
                "pool overflow",
                "min idle",
                "minimum idle",
                "pool min",
                "min pool size",
                "worker connection",
                "db max connection",
                "rails max thread",
            )
        ),
        says="pool of {} connections",
        lower=CONCURRENCY,
        higher=CONCURRENCY,
        one_against_many=HIGH,
        sentinels=UNLIMITED,
        only_in_target=MEDIUM,
        only_in_reference=MEDIUM,
        example=("DB_POOL_SIZE", "10", "500"),
        near_miss="CARPOOL_SIZE",
        source="https://github.com/brettwooldridge/HikariCP/wiki/About-Pool-Sizing",
    ),
    Rule(
        id="limit.connections",
        summary="A server accepts another number of connections",
        why="Clients that fit into staging's limit are refused in production, all at once and under load.",
        fix="Let production accept at least as many as staging; it must hold pools x workers x replicas of all clients.",
        kind="count",
        match=Match(suffix=("max connection", "maxclients", "max clients", "max client connection", "somaxconn", "nofile",
                            "limit nofile", "ulimit n", "max user connection", "max db connection", "worker rlimit nofile",
                            "file descriptors", "open files")),
        says="limit of {}",
        lower=((1, MEDIUM), (1.5, HIGH)),
        higher=((1, LOW), (2, MEDIUM)),
        sentinels=UNLIMITED,
        example=("max_connections", "500", "100"),
        near_miss="max_connections_message",
        source="https://www.postgresql.org/docs/current/runtime-config-connection.html",
    ),
    Rule(
        id="limit.workers",
        summary="A process does another number of things at once",
        why="Races, lock contention and memory peaks depend on it: one worker never shows what eight do to each other.",
        fix="Use the same number of workers and threads per process and scale by replicas.",
        kind="count",
        match=Match(suffix=("worker", "web concurrency", "concurrency", "thread", "max thread", "min thread", "num worker",
                            "worker count", "worker process", "thread pool size", "worker thread", "processes",
                            "max concurrent calls", "parallelism", "batch size", "max poll records", "prefetch multiplier",
                            "prefetch count", "prefetch", "concurrent build limit", "max concurrency", "gomaxprocs",
                            "provisioned concurrency", "shards", "partitions", "num partitions")),
        says="{} at once",
        lower=((1, LOW), (1.25, MEDIUM)),
        higher=((1, LOW), (1.25, MEDIUM)),
        one_against_many=MEDIUM,
        example=("WEB_CONCURRENCY", "1", "8"),
        near_miss="worker_name",
        source="https://devcenter.heroku.com/articles/optimizing-dyno-usage",
    ),
    Rule(
        id="limit.quota",
        summary="A limit or quota lets more or less through",
        why="A limit that production reaches first fails there first; a limit that is zero switches the feature off.",
        fix="Let production allow at least what staging does, or accept the difference with its reason.",
        kind="count",
        match=Match(suffix=("rate limit", "quota", "max size", "queue capacity", "queue size", "backlog", "max request",
                            "request limit", "max body size", "client max body size", "max file size", "max upload size",
                            "max request size", "max message size", "max allowed packet", "rps", "qps", "burst", "rate",
                            "threshold", "max items", "page size", "max results", "max entries", "limit", "max capacity rate")),
        says="limit of {}",
        lower=((1, LOW), (1.5, MEDIUM)),
        higher=((1, LOW), (1.5, MEDIUM)),
        one_against_many=MEDIUM,
        sentinels={"0": "none at all", "-1": "unlimited"},
        example=("RATE_LIMIT", "1000", "100"),
        near_miss="limit_name",
        source="https://sre.google/sre-book/handling-overload/",
    ),
)  # fmt: skip
