"""References to container images: `nginx` is `docker.io/library/nginx:latest`.

The grammar is that of github.com/distribution/reference, and Docker Hub's short names with it.
"""

from __future__ import annotations

import re

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning

LONGEST = 512
_REFERENCE = Pattern(
    r"(?:(?P<registry>[A-Za-z0-9.-]+(?::[0-9]+)?)/)?"
    r"(?P<repository>[a-z0-9]+(?:(?:[./]|__?|-+)[a-z0-9]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>[a-z0-9]+:[0-9a-fA-F]{32,128}))?"
)
_HUB = "docker.io"
_HUB_NAMES = frozenset({_HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


def parse(value: Scalar) -> Meaning | None:
    """Read a reference; a bare `nginx` is one too, so call it where the rule says that it is an image.

    Parts: `registry`, `repository`, `tag` and `digest`, the tag being "latest" where neither is written. With a digest
    the tag is only a comment: it takes no part in `canonical`.
    """
    found = _match(value)
    if found is None:
        return None
    registry, repository, tag, digest = found["registry"] or "", found["repository"], found["tag"], found["digest"]
    if registry and "." not in registry and ":" not in registry and registry != "localhost":
        if registry != registry.lower():
            return None
        registry, repository = "", f"{registry}/{repository}"
    registry = registry.lower()
    if not registry or registry in _HUB_NAMES:
        registry, repository = _HUB, repository if "/" in repository else f"library/{repository}"
    if not tag and not digest:
        tag = "latest"
    parts = {"registry": registry, "repository": repository, "tag": tag, "digest": digest}
    name = repository.removeprefix("library/") if registry == _HUB else f"{registry}/{repository}"
    shown = name + (f":{tag}" if tag else "") + (f"@{digest[: digest.index(':') + 13]}" if digest else "")
    canonical = (registry, repository, digest or f":{tag}")
    return Meaning("image", canonical, shown, parts={name: text for name, text in parts.items() if text})


def is_explicit(value: Scalar) -> bool:
    """Return whether a text can be nothing but an image: it names a registry, and a tag or digest."""
    found = _match(value)
    return bool(found and found["registry"] and "." in found["registry"] and (found["tag"] or found["digest"]))


def _match(value: Scalar) -> re.Match[str] | None:
    return _REFERENCE.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= LONGEST else None
