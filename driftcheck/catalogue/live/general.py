"""What can be said of any running server: noise by its class, and what was declared and does not run."""

from driftcheck.catalogue.rule import BY_VALUE, Rule
from driftcheck.model import Severity

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity

RULES = (
    Rule(
        id="live.identity",
        summary="Two servers have names, addresses and folders of their own",
        why="Each server is somebody: that its name differs from another's says nothing about how it behaves.",
        fix="Nothing to do.",
        kind="text",
        match=BY_VALUE,
        differs=INFO,
    ),
    Rule(
        id="live.derived",
        summary="A server computed a value by itself",
        why="It follows from other settings, from memory or from processors: what it follows from is told where it differs.",
        fix="Nothing to do; set it by hand where it has to be the same.",
        kind="text",
        match=BY_VALUE,
        differs=INFO,
    ),
    Rule(
        id="live.state",
        summary="A value of this moment or this session",
        why="It would differ between two questions to one server.",
        fix="Nothing to do.",
        kind="text",
        match=BY_VALUE,
        differs=INFO,
    ),
    Rule(
        id="live.follows",
        summary="A value is what it is because another one is",
        why="The difference is told once, where it begins.",
        fix="Nothing to do here; look at the key that it follows.",
        kind="text",
        match=BY_VALUE,
        differs=INFO,
    ),
    Rule(
        id="live.version-only",
        summary="Another version has another set of settings, or other defaults",
        why="Nobody chose the difference: it came with the version, whose difference is told by itself.",
        fix="Run the same version everywhere.",
        kind="text",
        match=BY_VALUE,
        differs=INFO,
    ),
    Rule(
        id="live.pending-restart",
        summary="A server runs with another value than its own configuration file has",
        why="Somebody changed the file, and the server waits for a restart: the next one, planned or not, brings the change.",
        fix="Restart the server at a time of your choosing, or take the change back.",
        kind="text",
        match=BY_VALUE,
        differs=MEDIUM,
        source="https://www.postgresql.org/docs/current/view-pg-settings.html",
    ),
    Rule(
        id="live.not-as-declared",
        summary="A server runs with another value than the file that declares it says",
        why="Whoever reads the file believes that it holds; whoever deploys it next changes production without knowing.",
        fix="Apply the file, or write into it what runs.",
        kind="text",
        match=BY_VALUE,
        differs=HIGH,
    ),
)  # fmt: skip
