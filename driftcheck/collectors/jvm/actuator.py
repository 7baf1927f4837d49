"""A JVM asked over HTTP: Spring Boot's Actuator, or one page of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

from driftcheck import fetch
from driftcheck.collectors.jvm import metrics
from driftcheck.collectors.jvm.facts import Facts, property_path
from driftcheck.errors import CollectError
from driftcheck.formats import Leaf
from driftcheck.formats import Mapping as Tree
from driftcheck.model import Path

MASKED = "******"
"""What Actuator shows of a value that it does not show; since Spring Boot 3 that is every value."""

_PAGES: Mapping[str, tuple[Path, ...]] = {
    "info": (),
    "env": (("properties",),),
    "prometheus": (("collector",), ("cpus",), ("files",), ("heap",), ("pool",), ("threads",)),
}
"""The pages that are asked for, and what only they tell."""
_EXPOSE = "management.endpoints.web.exposure.include"
_OTHERWISE_KNOWN = frozenset(("systemEnvironment", "server.ports"))
"""Sources of properties that say what the machine is, rather than what somebody set."""


def add(
    facts: Facts, url: str, *, seconds: float, secrets: Mapping[str, str] = fetch.NONE, password: str = "", ca: str = ""
) -> str:
    """Add what Actuator below `url`, or a page of metrics at it, says; return what tells the process from others."""
    ends = monotonic() + seconds

    def get(page: str) -> fetch.Answer:
        address = url.rstrip("/") + page
        return fetch.get(address, seconds=seconds, secrets=secrets, password=password, ca=ca, ends=ends)

    facts.hide([("flags",), ("options",), ("container",)], "not told over HTTP", "")
    try:
        base = get("")
    except fetch.StatusError as error:
        if error.status != 404:
            raise
        linked = list(_PAGES)  # the list of pages can be switched off
    else:
        if metrics.is_page(base.text):
            facts.hide([("properties",)], "a page of metrics tells none", "")
            return metrics.add(facts, base.text) or base.place
        linked = [page for page in _PAGES if page in _links(base)]
    answers: dict[str, fetch.Answer] = {}
    refused: dict[str, fetch.StatusError] = {}
    for page in linked:
        try:
            answers[page] = get(f"/{page}")
        except fetch.StatusError as error:
            refused[page] = error
    if not answers:
        place = fetch.place(url)
        denied = [error for error in refused.values() if error.status != 404]
        if denied:
            raise denied[0]
        hint = f"name where Actuator begins, as in https://host/actuator, and set {_EXPOSE}=info,env,prometheus"
        raise CollectError(f"{place}: Actuator shows neither {', '.join(_PAGES)}", hint=hint)
    for page, paths in _PAGES.items():
        if page not in answers:
            reason = refused[page].reason if page in refused else f"Actuator does not expose {page}"
            facts.hide(paths, reason, f"set {_EXPOSE}={','.join(_PAGES)}")
    started = metrics.add(facts, answers["prometheus"].text) if "prometheus" in answers else ""
    if "info" in answers:
        _add_info(facts, _tree(answers["info"]))
    if "env" in answers:
        _add_environment(facts, _tree(answers["env"]))
    return started or fetch.place(url)


def _links(answer: fetch.Answer) -> Tree:
    links = _tree(answer).get("_links")
    if not isinstance(links, Tree):
        hint = "name where Actuator begins, as in https://host/actuator, or a page of metrics"
        raise CollectError(f"{answer.place}: this is neither Actuator nor a page of metrics", hint=hint)
    return links


def _tree(answer: fetch.Answer) -> Tree:
    root = fetch.json(answer).root
    return root if isinstance(root, Tree) else Tree()


def _below(tree: Tree, *names: str) -> str:
    """Return a text deep in a tree, or ""."""
    node: object = tree
    for name in names:
        node = node.get(name) if isinstance(node, Tree) else None
    return node.value if isinstance(node, Leaf) and isinstance(node.value, str) else ""


def _add_info(facts: Facts, info: Tree) -> None:
    facts.add_version(
        _below(info, "java", "version"),
        _below(info, "java", "vendor", "name") or _below(info, "java", "vendor"),
        _below(info, "java", "jvm", "name"),
    )


def _add_environment(facts: Facts, environment: Tree) -> None:
    """Add the properties in the order in which Spring looks for them: the first source that has one wins."""
    seen: set[str] = set()
    masked: list[Path] = []
    for source in environment.get("propertySources", ()):
        origin = _below(source, "name")
        if origin in _OTHERWISE_KNOWN:
            continue
        for name, told in source.get("properties", Tree()).items():
            value = told.get("value") if isinstance(told, Tree) else None
            if name in seen or not isinstance(value, Leaf):
                continue
            seen.add(name)
            if value.value == MASKED:
                masked.append(property_path(name))
            else:
                facts.add_property(name, value.value, _below(told, "origin") or origin)
    if masked:
        all_of_them = len(masked) == len(seen)
        hint = "set management.endpoint.env.show-values=when-authorized, and let this user see them"
        facts.hide([("properties",)] if all_of_them else masked, "masked by Actuator", hint)
