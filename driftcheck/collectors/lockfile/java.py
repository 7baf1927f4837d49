"""Java: gradle.lockfile, and pom.xml with its properties and the parents that are beside it.

Sources: docs.gradle.org/current/userguide/dependency_locking.html, maven.apache.org/ref/current/maven-model/maven.html.
Profiles are not read: which of them is active is decided when Maven runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from driftcheck.collectors.lockfile.nouns import File, Lock, Package, opened
from driftcheck.errors import CollectError
from driftcheck.model import Expression

MANAGED = Expression("managed")
"""The version of a dependency that a parent or a bill of materials decides, which is not here to read."""

_MOST_PARENTS = 32
_LONGEST_VALUE = 4096
_JAVA = ("maven.compiler.release", "java.version", "maven.compiler.target", "jdk.version")


def read_gradle(file: File) -> Lock:
    packages = []
    for number, line in enumerate(file.text.splitlines(), 1):
        if not line.strip() or line.startswith(("#", "empty=")):
            continue
        module = re.fullmatch(r"([^:=\s]+:[^:=\s]+):([^:=\s]+)(?:=.*)?", line.strip())
        if module is None:
            raise file.refuse("is not a line of a Gradle lockfile", number)
        packages.append(Package(module[1], module[2], file.at(number)))
    return Lock(packages, [])


@dataclass(slots=True, eq=False, repr=False)
class _Element:
    """One element of a pom, without its namespace."""

    tag: str
    line: int
    text: str = ""
    children: list[_Element] = field(default_factory=list)

    def all(self, *path: str) -> list[_Element]:
        found = [self]
        for tag in path:
            found = [child for each in found for child in each.children if child.tag == tag]
        return found

    def text_at(self, *path: str) -> str:
        found = self.all(*path)
        return found[0].text.strip() if found else ""


@dataclass(slots=True, eq=False, repr=False)
class _Project:
    """A pom with what it inherits: properties by name, managed versions by `group:artifact`."""

    root: _Element
    file: File
    properties: dict[str, str]
    managed: dict[str, str]
    is_inherited: bool = False

    def resolved(self, text: str) -> str:
        """Return a text with its properties filled in, or the text as an expression if one is not known here."""
        for _ in range(_MOST_PARENTS):
            if "${" not in text:
                return text
            filled = re.sub(r"\$\{([^${}]+)\}", lambda name: self.properties.get(name[1], name[0]), text)
            if filled == text or len(filled) > _LONGEST_VALUE:
                break
            text = filled
        return Expression(text)


def read_pom(file: File) -> Lock:
    project = _project(file, _MOST_PARENTS)
    packages = []
    if (parent := project.root.all("parent")) and not project.is_inherited:
        packages += _packages(project, parent, "")
    dependencies = project.root.all("dependencies", "dependency")
    packages += _packages(project, [*dependencies, *_managed(project.root)], "")
    for place in (("build",), ("build", "pluginManagement")):
        packages += _packages(project, project.root.all(*place, "plugins", "plugin"), "org.apache.maven.plugins")
    return Lock(packages, _runtimes(project))


def _packages(project: _Project, elements: list[_Element], default_group: str) -> list[Package]:
    packages = []
    for element in elements:
        group = project.resolved(element.text_at("groupId")) or default_group
        artifact = project.resolved(element.text_at("artifactId"))
        if not group or not artifact:
            raise project.file.refuse("a dependency has no groupId or no artifactId", element.line)
        name = f"{group}:{artifact}"
        version = element.text_at("version") or project.managed.get(name, "")
        packages.append(Package(name, project.resolved(version) or MANAGED, project.file.at(element.line)))
    return packages


def _managed(root: _Element) -> list[_Element]:
    return root.all("dependencyManagement", "dependencies", "dependency")


def _runtimes(project: _Project) -> list[Package]:
    for properties in project.root.all("properties"):
        for name in _JAVA:
            for element in properties.all(name):
                return [Package("java", project.resolved(element.text.strip()), project.file.at(element.line))]
    return []


def _project(file: File, depth: int) -> _Project:
    """Read a pom, and first the parents that are where it says they are."""
    root = _parse(file)
    if root.tag != "project":
        raise file.refuse("is not a Maven project", root.line, "name a pom.xml")
    parent = _parent(root, file, depth) if depth and root.all("parent") else None
    properties = dict(parent.properties) if parent else {}
    managed = dict(parent.managed) if parent else {}
    for element in [child for each in root.all("properties") for child in each.children]:
        properties[element.tag] = element.text.strip()
    for name in ("groupId", "artifactId", "version"):
        inherited = root.text_at("parent", name)
        properties[f"project.parent.{name}"] = inherited
        own = root.text_at(name) or inherited
        properties.update({f"project.{name}": own, f"pom.{name}": own})
    project = _Project(root, file, properties, managed, parent is not None)
    for element in _managed(root):
        name = f"{project.resolved(element.text_at('groupId'))}:{project.resolved(element.text_at('artifactId'))}"
        managed[name] = element.text_at("version") or managed.get(name, "")
    return project


def _parent(root: _Element, file: File, depth: int) -> _Project | None:
    relative = root.all("parent", "relativePath")
    place = relative[0].text.strip() if relative else "../pom.xml"
    if not place or "${" in place:
        return None
    path, shown = file.beside(place)
    if Path(path).is_dir():
        path, shown = file.beside(f"{place}/pom.xml")
    if not Path(path).is_file():
        return None
    try:
        found = _project(opened(path, shown, file.remedy), depth - 1)
    except CollectError:
        return None  # Maven too would then look for the parent in a repository
    return found if found.root.text_at("artifactId") == root.text_at("parent", "artifactId") else None


def _parse(file: File) -> _Element:
    """Return the tree of a pom; refuse document types, whose entities can blow up or read other files."""
    from xml.parsers import expat

    parser = expat.ParserCreate("utf-8")  # the text is decoded, whatever its declaration says
    top = _Element("", 0)
    open_elements = [top]

    def begin(tag: str, _: dict[str, str]) -> None:
        element = _Element(tag.rpartition(":")[2], parser.CurrentLineNumber)
        open_elements[-1].children.append(element)
        open_elements[-1].text = ""  # blanks between elements; kept, they would add up to a quadratic amount
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop()

    def characters(text: str) -> None:
        open_elements[-1].text += text

    def document_type(*_: object) -> None:
        raise file.refuse("declares a document type", parser.CurrentLineNumber, "remove the <!DOCTYPE>")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, document_type
    parser.buffer_text = True
    try:
        parser.Parse(file.text.encode(), True)
    except expat.ExpatError as error:
        raise file.refuse("is not XML", error.lineno, "correct the line; `xmllint --noout` checks a file") from None
    return top.children[0]
