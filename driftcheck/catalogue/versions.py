"""Versions of engines, images, charts, providers and packages."""

from driftcheck.catalogue.rule import Match, Rule, Steps
from driftcheck.model import Severity

INFO, LOW, MEDIUM, HIGH = Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH

PACKAGE: Steps = ((1, INFO), (2, LOW), (3, MEDIUM))
SERVER: Steps = ((1, MEDIUM), (2, HIGH))

_WHY = "Production runs code that staging never ran: what was tested is not what is deployed."

RULES = (
    Rule(
        id="version.engine",
        summary="A database, cache, runtime or platform runs another version",
        why=(
            "Optimisers, defaults, reserved words and bugs change between versions, patch releases included: MySQL 8.0 "
            "got features and behaviour changes until 8.0.34, and cannot be downgraded within 8.0."
        ),
        fix="Upgrade staging first, soon after production; keep both on one version between upgrades.",
        kind="version",
        match=Match(
            suffix=(
                "engine version",
                "mysql version",
                "postgres version",
                "postgresql version",
                "database version",
                "mariadb version",
                "redis version",
                "db version",
                "kubernetes version",
                "cluster version",
                "server version",
                "elasticsearch version",
                "opensearch version",
                "kafka version",
                "java version",
                "node version",
                "python version",
                "ruby version",
                "php version",
                "runtime version",
                "version",
                "runtime",
                "runtime python",
                "runtime node",
                "runtime go",
            )
        ),
        lower=((1, HIGH),),
        higher=((1, HIGH),),
        differs=HIGH,
        example=("engine_version", "8.0.28", "8.0.36"),
        near_miss="version_message",
        source="https://dev.mysql.com/doc/refman/8.0/en/downgrading.html",
    ),
    Rule(
        id="version.image",
        summary="Another image is deployed",
        why=_WHY + " A release that is on its way from staging to production explains it for hours, not for weeks.",
        fix="Promote the tested image, or roll production's image out to staging.",
        kind="image",
        match=Match(suffix=("image", "image tag", "tag", "docker tag", "image version", "docker image", "image digest",
                            "container image", "newtag", "image name", "app version", "release", "git sha", "revision")),
        lower=((1, LOW), (2, MEDIUM), (3, HIGH)),
        higher=((1, LOW), (2, MEDIUM), (3, HIGH)),
        differs=LOW,
        example=("image.tag", "2.4.0", "1.9.3"),
        near_miss="image_pull_policy",
        source="https://kubernetes.io/docs/concepts/containers/images/",
    ),
    Rule(
        id="version.modules",
        summary="Infrastructure modules, charts or templates come from another version",
        why="The same inputs build different infrastructure: what staging proved of a change does not hold.",
        fix="Pin both environments to one version and promote it.",
        kind="version",
        match=Match(
            suffix=("module version", "modules tag", "modules version", "modules ref", "chart version", "target revision",
                    "dependencies version", "template version", "required version", "terraform version"),
        ),
        lower=((1, MEDIUM), (2, MEDIUM), (3, HIGH)),
        higher=((1, MEDIUM), (2, MEDIUM), (3, HIGH)),
        differs=HIGH,
        example=("TERRAFORM_MODULES_TAG", "testing", "stable"),
        near_miss="modules_tag_format",
        source="https://developer.hashicorp.com/terraform/language/modules/syntax#version",
    ),
    Rule(
        id="version.module",
        summary="A module comes from another version or place",
        why="The same inputs build different infrastructure: what staging proved of a change does not hold.",
        fix="Pin both environments to one version and promote it.",
        kind="version",
        match=Match(suffix=("version", "source"), within=("module", "terraform"), collectors=("terraform",)),
        lower=((1, LOW), (2, MEDIUM), (3, HIGH)),
        higher=((1, LOW), (2, MEDIUM), (3, HIGH)),
        differs=MEDIUM,
        example=("module.vpc.version", "5.1.0", "4.0.2"),
        near_miss="resource.aws_s3_object.module.version_id",
        source="https://developer.hashicorp.com/terraform/language/modules/syntax#version",
    ),
    Rule(
        id="version.provider",
        summary="A Terraform provider is locked at another version",
        why="Provider versions change defaults and replace resources: a plan that is safe in staging may not be here.",
        fix="Run `terraform init -upgrade` in both and commit one lock.",
        kind="version",
        match=Match(suffix=("version", "constraints"), within=("provider", "providers"), collectors=("terraform",)),
        lower=PACKAGE,
        higher=PACKAGE,
        example=("provider.aws.version", "5.31.0", "4.67.0"),
        near_miss="provider.aws.region",
        source="https://developer.hashicorp.com/terraform/language/files/dependency-lock",
    ),
    Rule(
        id="version.dependency",
        summary="A dependency is locked at another version",
        why=_WHY,
        fix="Deploy both environments from one lock file.",
        kind="version",
        match=Match(collectors=("lockfile",)),
        lower=PACKAGE,
        higher=PACKAGE,
        differs=LOW,
        only_in_target=LOW,
        only_in_reference=LOW,
        example=("requests", "2.31.0", "1.2.3"),
        source="https://semver.org/",
    ),
)  # fmt: skip
