"""Random HCL expressions, of a type that is asked for, for the comparison with Terraform."""

from __future__ import annotations

import random
from collections.abc import Callable

WORDS = ["a", "b c", "", "Aa-1", "x.y", "10", "true", "café", "$${x}", "tab\\t", "0.5"]
QUOTED = '"${i}-${v}"'
NUMBERS = ["0", "1", "-3", "2.5", "10", "0.1", "1e3", "7", "100"]


class Expressions:
    """Makes expressions; some are refused by Terraform, as some are in life."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def any(self, depth: int = 4) -> str:
        """Return an expression of some type."""
        return self.random.choice([self.text, self.number, self.switch, self.list, self.object])(depth)

    def _choose(self, depth: int, leaf: Callable[[], str], *forms: Callable[[int], str]) -> str:
        if depth <= 0 or self.random.random() < 0.15:
            return leaf()
        return self.random.choice(forms)(depth - 1)

    def text(self, depth: int) -> str:
        """Return what is most likely a string."""
        words = self.random.choice
        return self._choose(
            depth,
            lambda: words([f'"{words(WORDS)}"', "var.text", "local.word", f'"{words(WORDS)}"']),
            lambda d: f'"{words(WORDS)}${{{self.any(d)}}}{words(WORDS)}"',
            lambda d: f'"%{{if {self.switch(d)}}}{words(WORDS)}%{{else~}} ${{{self.text(d)}}} %{{endif}}"',
            lambda d: f'"%{{for k, v in {self.object(d)}~}} ${{k}} %{{endfor}}"',
            lambda d: f"{self.switch(d)} ? {self.text(d)} : {self.switch(d)} ? {self.any(d)} : {self.text(d)}",
            lambda d: f"{words(['upper', 'lower', 'title', 'trimspace', 'tostring', 'chomp'])}({self.text(d)})",
            lambda d: f"join({self.text(d)}, {self.list(d)})",
            lambda d: f'format("{words(["%s/%s", "%v|%5s"])}", {self.any(d)}, {self.text(d)})',
            lambda d: f"replace({self.text(d)}, {self.text(d)}, {self.text(d)})",
            lambda d: f"substr({self.text(d)}, {self.number(0)}, {self.number(0)})",
            lambda d: f"jsonencode({self.any(d)})",
            lambda d: f"coalesce({self.text(d)}, {self.any(d)})",
            lambda d: f"element({self.list(d)}, {self.number(0)})",
            lambda d: f"lookup({self.object(d)}, {self.text(0)}, {self.text(d)})",
            lambda d: f"try({self.object(d)}.a, {self.text(d)})",
        )

    def number(self, depth: int) -> str:
        """Return what is most likely a number."""
        choice = self.random.choice
        return self._choose(
            depth,
            lambda: choice([*NUMBERS, "var.amount", "local.count"]),
            lambda d: f"{self.number(d)} {choice('+-*/%')} {self.number(d)} {choice('+-*')} {self.number(d)}",
            lambda d: f"-({self.number(d)})",
            lambda d: f"{choice(['floor', 'ceil', 'abs', 'tonumber'])}({self.number(d)})",
            lambda d: f"{choice(['min', 'max'])}({self.number(d)}, {self.number(d)})",
            lambda d: f"length({self.any(d)})",
            lambda d: f"sum({self.list(d)})",
            lambda d: f"{self.switch(d)} ? {self.number(d)} : {self.number(d)}",
            lambda d: f"index({self.list(d)}, {self.any(0)})",
            lambda d: f"{self.list(d)}[{self.number(0)}]",
        )

    def switch(self, depth: int) -> str:
        """Return what is most likely a bool, in brackets where it needs them."""
        choice = self.random.choice
        return self._choose(
            depth,
            lambda: choice(["true", "false", "var.switch", '"true"']),
            lambda d: f"!{self.switch(d)}",
            lambda d: f"({self.switch(d)} {choice(['&&', '||'])} {self.switch(d)})",
            lambda d: f"({self.number(d)} {choice(['<', '>', '<=', '>='])} {self.number(d)})",
            lambda d: f"({self.any(d)} {choice(['==', '!='])} {self.any(d)})",
            lambda d: f"contains({self.list(d)}, {self.any(0)})",
            lambda d: f"can({self.any(d)})",
            lambda d: f"startswith({self.text(d)}, {self.text(0)})",
        )

    def list(self, depth: int) -> str:
        """Return what is most likely a list, set or tuple."""
        choice = self.random.choice
        return self._choose(
            depth,
            lambda: choice(["var.texts", "var.names", "[]", '["a", "b"]', "[1, 2, 3]", "[[1], [2]]"]),
            lambda d: "[" + ", ".join(self.any(d) for _ in range(self.random.randint(0, 3))) + "]",
            lambda d: f"[for i, v in {self.list(d)} : {choice(['v', 'i', QUOTED])}]",
            lambda d: f"[for v in {self.list(d)} : {self.any(d)} if {choice(['v != 1', self.switch(d)])}]",
            lambda d: f"[for k, v in {self.object(d)} : k]",
            lambda d: f"concat({self.list(d)}, {self.list(d)})",
            lambda d: (
                f"{choice(['flatten', 'distinct', 'reverse', 'compact', 'sort', 'tolist', 'toset'])}({self.list(d)})"
            ),
            lambda d: f"{choice(['keys', 'values'])}({self.object(d)})",
            lambda d: f"split({self.text(0)}, {self.text(d)})",
            lambda d: f"slice({self.list(d)}, 0, {self.number(0)})",
            lambda d: f"{choice(['setunion', 'setsubtract', 'setintersection'])}({self.list(d)}, {self.list(d)})",
            lambda d: f"({self.switch(d)} ? {self.list(d)} : {self.list(d)})",
            lambda d: f"[{self.object(d)}, {self.object(d)}]{choice(['[*]', '.*'])}.a",
            lambda d: f"range({self.number(0)}, {self.number(0)})",
            lambda d: f"chunklist({self.list(d)}, 2)",
            lambda d: f'regexall("[a-z]+", {self.text(d)})',
        )

    def object(self, depth: int) -> str:
        """Return what is most likely an object or a map."""
        choice = self.random.choice
        return self._choose(
            depth,
            lambda: choice(["var.tags", "{}", "{ a = 1 }", '{ b = "x", a : true }', "var.service"]),
            lambda d: (
                f"{{ a = {self.any(d)}, {choice(['b', '(var.text)', chr(34) + 'k k' + chr(34)])} = {self.any(d)} }}"
            ),
            lambda d: f"merge({self.object(d)}, {self.object(d)})",
            lambda d: (
                f"{{ for k, v in {self.object(d)} : {choice(['k', 'upper(k)'])} => {choice(['v', self.any(d)])} }}"
            ),
            lambda d: f"{{ for v in {self.list(d)} : {choice(['v', self.text(0)])} => v... }}",
            lambda d: f"tomap({self.object(d)})",
            lambda d: f"zipmap({self.list(d)}, {self.list(d)})",
            lambda d: f"({self.switch(d)} ? {self.object(d)} : {self.object(d)})",
            lambda d: f"jsondecode(jsonencode({self.object(d)}))",
        )
