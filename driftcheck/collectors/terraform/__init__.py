"""Terraform and Terragrunt: variables, locals, resources, modules, versions and backends, as far as files tell.

Expressions are evaluated statically (`formats.hcl_evaluate`); what depends on a state, a provider or the machine stays
an `Expression`. Child modules are not entered: what is handed to them are settings of the `module` block.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from driftcheck.collectors.base import Option
from driftcheck.collectors.terraform import files
from driftcheck.collectors.terraform.files import Kind
from driftcheck.errors import CollectError
from driftcheck.model import Collected, Reading

NEEDS_NETWORK = False
KEYS_NAME_SETTINGS = True
OF_SERVERS = False
OPTIONS: Mapping[str, Option] = {
    "path": Option(
        "path", "directories, or .tf, .tf.json, .hcl and .terraform.lock.hcl files; a directory is a module"
    ),
    "var_files": Option("path", "what `-var-file` names, in that order: .tfvars and .tfvars.json files"),
    "tf_vars": Option("mapping", "what TF_VAR_ variables hold where Terraform runs, by variable: {region: eu-west-1}"),
    "workspace": Option("text", "the name that terraform.workspace stands for"),
}
EXAMPLE = """\
infra:
  collector: terraform
  path: terraform
  var_files: {staging: [envs/stg.tfvars], production: [envs/prod.tfvars]}
"""


def collect(reading: Reading) -> Collected:
    """Read modules with their variables, and Terragrunt units.

    Keys are `var.x`, `local.x`, `resource.type.name.x`, `data...`, `module.name.x`, `provider.name.x`, `output.x`,
    `terraform.x` and, for Terragrunt, `inputs.x`; where several directories are read, all but the main one put their
    names before. A .tf file that does not parse is a gap; a broken file of variables is an error of the whole source,
    since any value may depend on it.
    """
    from driftcheck.collectors.terraform import module, terragrunt  # with all of HCL: costly where there is none
    from driftcheck.collectors.terraform.entries import Entries

    given = files.find(reading)
    collected = Collected([], [], [])
    units = terragrunt.units(given, collected.gaps)
    folders = [*given.folders, *(unit.folder for unit in units)]
    anchor = files.anchor(given, folders)
    main = anchor if anchor in given.folders or len(given.folders) != 1 else next(iter(given.folders))
    modules = sorted(given.folders, key=lambda folder: (folder != main, folder))
    if main not in given.folders and (given.var_files or reading.options.get("tf_vars")):
        modules.insert(0, main)
    for folder in modules:
        entries = Entries(files.prefix(folder, anchor))
        module.read(given, folder, reading.options, entries, collected.gaps, is_main=folder == main)
        collected.entries.extend(entries)
        collected.notices.extend(entries.notices)
    for unit in units:
        entries = Entries(files.prefix(unit.folder, anchor))
        unit.put(entries)
        collected.entries.extend(entries)
        collected.notices.extend(entries.notices)
    if collected.gaps and not collected.entries:
        first = collected.gaps[0]
        raise CollectError(first.reason, first.location, first.hint)
    return collected


def discover(names: list[str]) -> Mapping[str, Mapping[str, object]]:
    """Recognise directories with .tf files or a terragrunt.hcl, and files of variables without such."""
    if len(names) == 1 and (kind := files.kind_of(names[0])):
        return {"tfvars": {"var_files": names}} if kind is Kind.VARIABLES else {"terraform": {"path": names}}
    modules: dict[str, list[str]] = {}
    variables: dict[str, list[str]] = {}
    for name in names:
        folder = name.rpartition("/")[0]
        if files.kind_of(name) is Kind.VARIABLES and not files.is_automatic(name):
            variables.setdefault(folder, []).append(name)
        elif files.is_read_from_directory(name):
            modules.setdefault(folder, [])
    found: dict[str, dict[str, object]] = {}
    for folder in modules:
        options: dict[str, object] = {"path": [folder or "."]}
        if len(own := variables.get(folder, [])) == 1:
            options["var_files"] = variables.pop(folder)
        found[folder or "terraform"] = options
    for folder, own in variables.items():
        for name in own:
            stem = PurePath(name).name.removesuffix(".json").removesuffix(".tfvars")
            source = "tfvars" if len(own) == 1 else f"{stem}.tfvars"
            found[f"{folder}/{source}" if folder else source] = {"var_files": [name]}
    return found
