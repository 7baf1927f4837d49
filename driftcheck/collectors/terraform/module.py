"""One directory of .tf files: what its variables come to, and with them its locals, resources, modules and versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from driftcheck.collectors.terraform.entries import Entries, Layer
from driftcheck.collectors.terraform.files import Files, Kind, kind_of
from driftcheck.errors import CollectError
from driftcheck.formats import hcl, read_text
from driftcheck.formats.hcl_evaluate import Evaluator, type_constraint
from driftcheck.formats.hcl_values import ANY, Fields, Items, Type, Unknown, convert, is_known
from driftcheck.model import Failure, Location, Path, item, quoted

_NO_SETTINGS = frozenset(("moved", "import", "removed", "check"))
_OF_VARIABLES_ONLY = frozenset(("description", "type", "validation"))


class Names(Mapping[str, Any]):
    """Names whose values are worked out when they are first asked for; one that needs itself is unknown."""

    def __init__(self, written: Mapping[str, Any], value_of: Callable[[str], Any]) -> None:
        self._written = written
        self._value_of = value_of
        self._values: dict[str, Any] = {}
        self._underway: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name not in self._written:
            raise KeyError(name)
        if name in self._underway:
            raise Unknown
        self._underway.add(name)
        try:
            self._values[name] = self._value_of(name)
        finally:
            self._underway.discard(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


class _Variable:
    """A variable as it is declared, if it is, and the values that it was given, lowest first."""

    def __init__(self) -> None:
        self.type: Type = ANY
        self.sensitive = False
        self.nullable = True
        self.layers: list[Layer] = []


def read(
    found: Files,
    folder: str,
    options: Mapping[str, object],
    entries: Entries,
    gaps: list[Failure],
    *,
    is_main: bool,
) -> None:
    """Add what a module says to `entries`; a .tf file that does not parse becomes a gap.

    The named files of variables belong to the main module. Raises CollectError for one that cannot be read.
    """
    paths = found.folders.get(folder, [])
    bodies: list[tuple[str, hcl.Body]] = []
    for path in sorted((path for path in paths if kind_of(path) is Kind.MODULE), key=_load_order):
        try:
            bodies.append((found.shown(path), found.body(path)))
        except CollectError as error:
            gaps.append(found.gap(error))
    module = Module(bodies, entries, options.get("workspace"))
    if is_main:
        module.set_from_environment(options.get("tf_vars"))
    automatic = sorted((path for path in paths if kind_of(path) is Kind.VARIABLES), key=_load_order)
    for path in [*automatic, *(found.var_files if is_main else ())]:
        module.set_from_file(path, found.shown(path))
    module.put_all()
    for path in paths:
        if kind_of(path) is Kind.LOCK:
            _put_locked(found.body(path), found.shown(path), entries)


def _load_order(path: str) -> tuple[int, str]:
    """Sort override files last, and terraform.tfvars before its JSON form before *.auto.tfvars, as Terraform does."""
    name = FilePath(path).name
    stem = name.removesuffix(".json")
    order = {"override.tf": 1, "terraform.tfvars": 0}.get(stem, 1 if stem.endswith(("_override.tf", ".tfvars")) else 0)
    return order, name


class Module:
    """The variables, locals and blocks of a directory."""

    def __init__(self, bodies: list[tuple[str, hcl.Body]], entries: Entries, workspace: object) -> None:
        self.entries = entries
        self.bodies = bodies
        self.variables: dict[str, _Variable] = {}
        self.locals: dict[str, hcl.Attribute] = {}
        for shown, body in bodies:
            for block in body.blocks:
                if block.type == "variable" and block.labels:
                    self._declare(self.variables.setdefault(block.labels[0], _Variable()), block, shown)
                elif block.type == "locals":
                    attributes = entries.once(("local",), block.body.attributes, shown)
                    self.locals.update({each.name: each for each in attributes})
        self.local_values = Names(self.locals, lambda name: self.evaluator.evaluate(self.locals[name].value))
        self.evaluator = Evaluator(
            {
                "var": Names(self.variables, self.value_for_others),
                "local": self.local_values,
                "terraform": {"workspace": str(workspace)} if workspace else {},
            }
        )

    # Variables

    def _declare(self, variable: _Variable, block: hcl.Block, shown: str) -> None:
        literal = Evaluator({})
        for attribute in self.entries.once(("var", block.labels[0]), block.body.attributes, shown):
            if attribute.name == "default":
                value = literal.evaluate(attribute.value)
                variable.layers.append(Layer(value, Location(shown, attribute.line)))
            elif attribute.name == "type":
                variable.type = _type(attribute.value)
            elif attribute.name == "sensitive":
                variable.sensitive = literal.evaluate(attribute.value) is not False
            elif attribute.name == "nullable":
                variable.nullable = literal.evaluate(attribute.value) is not False

    def set_from_environment(self, values: object) -> None:
        """Give variables what TF_VAR_ holds: text as it is where the type is plain, else an expression."""
        for name, given in values.items() if isinstance(values, Mapping) else ():
            variable = self.variables.get(str(name))
            if variable is None and self.bodies:
                continue  # Terraform ignores it, too
            variable = variable or self.variables.setdefault(str(name), _Variable())
            place = Location(f"TF_VAR_{name}")
            value = _from_yaml(given)
            if isinstance(value, str) and variable.type.name not in ("string", "number", "bool", "any"):
                value = Evaluator({}).evaluate(hcl.parse_expression(value, place.path, 0))
            variable.layers.append(Layer(value, place))

    def set_from_file(self, path: str, shown: str) -> None:
        text = read_text(path, shown)
        values: dict[str, Any]
        if path.endswith(".json"):
            from driftcheck.formats import hcl_json

            values = hcl_json.parse_values(text, shown)
        else:
            body = hcl.parse(text, shown)
            if body.blocks:
                hint = "declare variables and blocks in .tf files; this one only has `name = value`"
                raise CollectError("has a block", Location(shown, body.blocks[0].line), hint)
            literal = Evaluator({})
            attributes = self.entries.once(("var",), body.attributes, shown)
            values = {each.name: (literal.evaluate(each.value), Location(shown, each.line)) for each in attributes}
        for name, (value, place) in values.items():
            self.variables.setdefault(name, _Variable()).layers.append(Layer(value, place))

    def _layers(self, name: str) -> list[Layer]:
        """Return a variable's values, each as its type wants it; one that Terraform would refuse stays as written."""
        variable = self.variables[name]
        layers: list[Layer] = []
        for layer in variable.layers:
            if layer.value is None and not variable.nullable and layers:
                continue
            try:
                layers.append(layer._replace(value=convert(layer.value, variable.type)))
            except Unknown:
                layers.append(layer)
        return layers

    def value_for_others(self, name: str) -> Any:
        """Return what `var.name` is in an expression; of a sensitive one nothing is derived."""
        layers = self._layers(name)
        if not layers or self.variables[name].sensitive:
            raise Unknown
        return layers[-1].value

    # Entries

    def put_all(self) -> None:
        """Add everything that is a setting."""
        for name, variable in self.variables.items():
            if layers := self._layers(name):
                path = ("var", quoted(name))
                self.entries.put_layers(path, layers[-1].value, layers, hidden=variable.sensitive)
        for name, attribute in self.locals.items():
            place = Location(attribute.value.path, attribute.line)
            self.entries.put(("local", quoted(name)), self.local_values[name], place)
        for shown, body in self.bodies:
            for attribute in self.entries.once((), body.attributes, shown):
                value = self.evaluator.evaluate(attribute.value)
                self.entries.put((quoted(attribute.name),), value, Location(shown, attribute.line))
            for block in body.blocks:
                self._put_block(block, shown)

    def _put_block(self, block: hcl.Block, shown: str) -> None:
        path: Path = (block.type, *map(quoted, block.labels))
        if block.type in _NO_SETTINGS or block.type in ("variable", "locals"):
            return
        if block.type == "output":
            self._put_output(path, block, shown)
        elif block.type == "terraform":
            self._put_terraform(block, shown)
        else:
            without: tuple[str, ...] = ()
            if block.type == "provider":
                alias = next((each.value for each in block.body.attributes if each.name == "alias"), None)
                if alias and isinstance(alias.node, hcl.Literal):
                    path, without = (*path, item(str(alias.node.value), "alias")), ("alias",)
            self.entries.put_body(path, block.body, shown, self.evaluator, without, block.line)

    def _put_output(self, path: Path, block: hcl.Block, shown: str) -> None:
        """Add an output whose value is written there; one that repeats something else is no setting of its own."""
        attributes = {each.name: each for each in block.body.attributes}
        literal = Evaluator({})
        if (value := attributes.get("value")) and is_known(result := literal.evaluate(value.value)):
            sensitive = attributes.get("sensitive")
            hidden = sensitive is not None and literal.evaluate(sensitive.value) is not False
            self.entries.put(path, result, Location(shown, value.line), hidden=hidden)

    def _put_terraform(self, block: hcl.Block, shown: str) -> None:
        """Add versions and backend; `aws = "~> 4.0"` of old is `aws = { version = "~> 4.0" }`."""
        nested = hcl.Body(
            block.body.attributes, [each for each in block.body.blocks if each.type != "required_providers"]
        )
        if nested.attributes or nested.blocks:
            self.entries.put_body(("terraform",), nested, shown, self.evaluator, ("required_providers",), block.line)
        required = [
            each for inner in block.body.blocks if inner.type == "required_providers" for each in inner.body.attributes
        ]
        for attribute in self.entries.once(("terraform", "required_providers"), required, shown):
            path: Path = ("terraform", "required_providers", quoted(attribute.name))
            value = self.evaluator.evaluate(attribute.value)
            if isinstance(value, str):
                path = (*path, "version")
            self.entries.put(path, value, Location(shown, attribute.line))


def _type(written: hcl.Written) -> Type:
    """Return a variable's type; in JSON, and before Terraform 0.12, it is a string."""
    node = written.node
    if isinstance(node, hcl.Literal) and isinstance(node.value, str):
        node = hcl.parse_expression(node.value, written.path, written.line).node
    return type_constraint(node)


def _from_yaml(value: object) -> Any:
    """Return an option's value as HCL has it."""
    if isinstance(value, Mapping):
        return Fields({str(key): _from_yaml(each) for key, each in value.items()})
    if isinstance(value, (list, tuple)):
        return Items([_from_yaml(each) for each in value])
    return hcl.number(repr(value)) if isinstance(value, float) else value


def _put_locked(body: hcl.Body, shown: str, entries: Entries) -> None:
    """Add the locked versions of providers, by their short names where those are clear."""
    addresses = [block.labels[0] for block in body.blocks if block.type == "provider" and block.labels]
    count = Counter(address.rpartition("/")[2] for address in addresses)
    for block in body.blocks:
        if block.type != "provider" or not block.labels:
            continue
        short = block.labels[0].rpartition("/")[2]
        name = quoted(short if count[short] == 1 else block.labels[0])
        entries.put_body(("provider", name), block.body, shown, Evaluator({}), ("hashes",), block.line)
