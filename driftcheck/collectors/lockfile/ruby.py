"""Ruby: Gemfile.lock. Source: bundler's own `lockfile_parser.rb`."""

from __future__ import annotations

import re

from driftcheck.collectors.lockfile.nouns import File, Lock, Package, from_git, without_credentials

_SOURCES = ("GEM", "GIT", "PATH", "PLUGIN SOURCE")


def read(file: File) -> Lock:
    packages: list[Package] = []
    runtimes: list[Package] = []
    sections: set[str] = set()
    section, settings = "", dict[str, str]()
    for number, line in enumerate(file.text.splitlines(), 1):
        if re.fullmatch(r"[A-Z][A-Z ]+", line):
            section, settings = line, {}
            sections.add(line)
        elif section in _SOURCES and (setting := re.fullmatch(r"  (\w+):(?: (.+))?", line)):
            settings[setting[1]] = setting[2] or ""
        elif section in _SOURCES and (spec := re.fullmatch(r"    (\S+) \(([^)\s]+)\)", line)):
            packages.append(_gem(spec[1], spec[2], section, settings, file, number))
        elif section == "RUBY VERSION" and (ruby := re.fullmatch(r"\s+ruby (.+?)(?:p\d+)?", line)):
            runtimes.append(Package("ruby", ruby[1], file.at(number)))
        elif section == "BUNDLED WITH" and line.strip():
            runtimes.append(Package("bundler", line.strip(), file.at(number)))
        elif line.strip() and (not section or (section in _SOURCES and not line.startswith("      "))):
            raise file.refuse("is not a line of a Gemfile.lock", number)
    if "DEPENDENCIES" not in sections:
        raise file.refuse("has no DEPENDENCIES section: it is cut short", file.text.count("\n") + 1)
    return Lock(packages, runtimes)


def _gem(name: str, version: str, section: str, settings: dict[str, str], file: File, line: int) -> Package:
    version = version.partition("-")[0]  # then follows the platform: which build, not which version
    remote = settings.get("remote", "")
    origin = from_git(remote, settings.get("revision", "")) if section == "GIT" else remote if section == "PATH" else ""
    return Package(name, version, file.at(line), origin, without_credentials(remote) if section == "GEM" else "")
