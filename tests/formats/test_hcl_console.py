"""What `terraform console` says: whatever the evaluator knows is that, and what Terraform refuses it does not know."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from driftcheck.formats import hcl
from driftcheck.formats.hcl_evaluate import Evaluator
from driftcheck.formats.hcl_functions import FUNCTIONS
from driftcheck.formats.hcl_values import Unknown, is_known
from tests.formats.hcl_expressions import Expressions

SAMPLES = Path(__file__).parent / "samples" / "hcl"
REFUSED = "refused by Terraform"
Tool = Callable[[str, str], str]


@pytest.fixture
def console(tool: Tool, tmp_path: Path) -> Callable[[str, list[str]], dict[str, str]]:
    """Return a function that gives locals in JSON, one each, as Terraform evaluates them."""
    terraform = tool("terraform", "install Terraform 1.5 or later")

    def ask(text: str, names: list[str]) -> dict[str, str]:
        for name in ("variables.tf", "values.tfvars"):
            (tmp_path / name).write_bytes((SAMPLES / name).read_bytes())
        (tmp_path / "locals.tf").write_text(text, encoding="utf-8")
        answers = ", ".join(f'{name} = try(jsonencode(local.{name}), "{REFUSED}")' for name in names)
        answers = f"locals {{\n  answers = base64encode(jsonencode({{ {answers} }}))\n}}\n"
        (tmp_path / "answers.tf").write_text(answers, encoding="utf-8")  # a line of input may be 64 KiB
        done = subprocess.run(
            [terraform, "console", "-no-color", "-var-file=values.tfvars"],
            input="local.answers\n",
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
            timeout=120,
            check=False,
        )
        assert not done.stderr, done.stderr[:4000]
        return dict(json.loads(base64.b64decode(done.stdout)))

    return ask


def evaluated(text: str, names: list[str], variables: dict[str, object]) -> dict[str, str]:
    """Return what the evaluator makes of locals, in JSON; what it does not know wholly is left out."""
    written = {each.name: each.value for each in hcl.parse(text, "locals.tf").blocks[0].body.attributes}

    class Locals(dict[str, object]):
        def __missing__(self, name: str) -> object:
            self[name] = evaluator.evaluate(written[name])
            return self[name]

    evaluator = Evaluator({"var": variables, "local": Locals()})
    found = {}
    for name in names:
        value = evaluator.evaluate(written[name])
        if is_known(value):
            try:
                found[name] = FUNCTIONS["jsonencode"].call(value)
            except Unknown:  # a number with more digits than we care to print
                continue
    return found


@pytest.fixture
def variables() -> dict[str, object]:
    """Return the variables of the samples, converted by the collector's own means."""
    from driftcheck.collectors.terraform.entries import Entries
    from driftcheck.collectors.terraform.module import Module

    body = hcl.parse((SAMPLES / "variables.tf").read_text(encoding="utf-8"), "variables.tf")
    module = Module([("variables.tf", body)], Entries(()), None)
    module.set_from_file(str(SAMPLES / "values.tfvars"), "values.tfvars")
    return {name: module.value_for_others(name) for name in module.variables}


def test_the_samples_come_to_what_terraform_says(
    console: Callable[[str, list[str]], dict[str, str]], variables: dict[str, object]
) -> None:
    text = (SAMPLES / "locals.tf").read_text(encoding="utf-8")
    names = [each.name for each in hcl.parse(text, "locals.tf").blocks[0].body.attributes]
    assert evaluated(text, names, variables) == console(text, names)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_expressions_come_to_what_terraform_says(
    console: Callable[[str, list[str]], dict[str, str]], variables: dict[str, object], seed: int
) -> None:
    make = Expressions(seed)
    expressions = {f"e{n}": make.any() for n in range(600)}
    fixed = {"word": '"word"', "count": "3"}
    text = "locals {\n" + "".join(
        [f"  {name} = {e}\n" for name, e in fixed.items()]
        + [f'  {name} = try(jsonencode({e}), "{REFUSED}")\n' for name, e in expressions.items()]
    )
    expected = {name: json.loads(answer) for name, answer in console(text + "}\n", list(expressions)).items()}
    plain = "locals {\n" + "".join(f"  {name} = {e}\n" for name, e in {**fixed, **expressions}.items()) + "}\n"
    found = evaluated(plain, list(expressions), variables)
    accepted = [name for name, answer in expected.items() if answer != REFUSED]
    wrong = {expressions[n]: (found[n], expected[n]) for n in accepted if n in found and found[n] != expected[n]}
    assert wrong == {}
    assert len(accepted) > 150
    assert sum(name in found for name in accepted) > 0.85 * len(accepted)
    # The type of an empty list's elements, which we do not keep, makes Terraform refuse a few more
    assert sum(name in found for name in expected) - sum(name in found for name in accepted) < 0.02 * len(expected)
