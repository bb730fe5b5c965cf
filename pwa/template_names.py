"""What a name in a template stands for: a macro, which is known when templates are compiled, a local, or the view's."""

from dataclasses import dataclass, field
from typing import Any, Self

from jinja2 import nodes


class TemplateError(Exception):
    def __init__(self, template: str, line: int, message: str) -> None:
        super().__init__(f"templates/{template}:{line}: {message}")


@dataclass
class Scope:
    """Names set in a template, a block, a macro or a turn of a loop, and what they are called in JavaScript.

    A name that a template sets outside of blocks is set in the view, as in Jinja2; one set elsewhere is a local.
    """

    kind: str
    parent: Self | None = None
    names: dict[str, str] = field(default_factory=dict)
    loop: dict[str, str] | None = None

    def child(self) -> "Scope":
        return Scope("loop", self, loop=self.loop)

    def declare(self, name: str, identifier: str) -> str:
        self.names[name] = identifier
        return identifier

    def find(self, name: str) -> str | None:
        if name in self.names:
            return self.names[name]
        return self.parent.find(name) if self.parent else None

    def visible(self) -> dict[str, str]:
        return {**(self.parent.visible() if self.parent else {}), **self.names}

    def assigned(self, body: list[nodes.Node]) -> list[str]:
        if self.kind == "root":
            return []
        return [name for name in dict.fromkeys(_assigned(body)) if name not in self.names]

    @property
    def is_closed(self) -> bool:
        """A macro sees only what it is given."""
        return self.parent.is_closed if self.parent else self.kind == "macro"


def _assigned(body: list[nodes.Node]) -> list[str]:
    found = []
    for node in body:
        if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            found.append(node.target.name)
        if isinstance(node, nodes.If):
            found += _assigned([*node.body, *node.elif_, *node.else_])
    return found


@dataclass(frozen=True)
class Macro:
    identifier: str
    node: nodes.Macro

    @property
    def parameters(self) -> list[str]:
        return [parameter.name for parameter in self.node.args]

    @property
    def defaults(self) -> dict[str, nodes.Expr]:
        with_default = self.parameters[len(self.parameters) - len(self.node.defaults) :]
        return dict(zip(with_default, self.node.defaults, strict=True))

    def bind(self, call: nodes.Call) -> list[tuple[nodes.Expr, bool]]:
        """The value of each parameter in order, and whether it is the default."""
        if len(call.args) > len(self.parameters):
            raise ValueError(f"takes {len(self.parameters)} arguments, not {len(call.args)}")
        given = dict(zip(self.parameters, call.args, strict=False))
        for keyword in call.kwargs:
            if keyword.key in given or keyword.key not in self.parameters:
                raise ValueError(f"has no parameter {keyword.key!r} left to give")
            given[keyword.key] = keyword.value
        return [self._value(name, given) for name in self.parameters]

    def _value(self, name: str, given: dict[str, nodes.Expr]) -> tuple[nodes.Expr, bool]:
        if name in given:
            return given[name], False
        if name not in self.defaults:
            raise ValueError(f"needs {name!r}")
        return self.defaults[name], True


@dataclass(frozen=True)
class Module:
    """One template's macros, and the names under which it imports those of others."""

    name: str
    tree: nodes.Template
    macros: dict[str, Macro]
    imports: dict[str, tuple[str, str]]

    def knows(self, name: str) -> bool:
        return name in self.macros or name in self.imports

    def macro(self, name: str, modules: dict[str, Any]) -> Macro | None:
        if name in self.macros:
            return self.macros[name]
        if name not in self.imports:
            return None
        template, original = self.imports[name]
        found: Macro = modules[template].macros[original]
        return found

    def is_top_level(self, node: nodes.Node) -> bool:
        return any(node is other for other in self.tree.body)


def collect(trees: dict[str, nodes.Template]) -> dict[str, Module]:
    modules = {}
    for number, (name, tree) in enumerate(trees.items()):
        macros = {
            node.name: Macro(f"{node.name}_of_{number}", node)
            for node in tree.body
            if isinstance(node, nodes.Macro)
        }
        modules[name] = Module(name, tree, macros, {})
    for module in modules.values():
        for node in module.tree.body:
            if isinstance(node, nodes.FromImport):
                module.imports.update(_imports(node, module, modules))
    for module in modules.values():
        _check_family(module, modules)
    return modules


def _imports(
    node: nodes.FromImport, module: Module, modules: dict[str, Module]
) -> dict[str, tuple[str, str]]:
    source = node.template.value if isinstance(node.template, nodes.Const) else None
    if source not in modules or node.with_context:
        raise TemplateError(module.name, node.lineno, f"cannot import from {source!r} (or with context)")
    found = {}
    for entry in node.names:
        original, name = entry if isinstance(entry, tuple) else (entry, entry)
        if original not in modules[source].macros:
            raise TemplateError(module.name, node.lineno, f"templates/{source} has no macro {original!r}")
        found[name] = (source, original)
    return found


def _check_family(module: Module, modules: dict[str, Module]) -> None:
    """Jinja2 keeps one set of names for a template and its parents: the same name for two macros would differ here."""
    own = {name: module.macro(name, modules) for name in (*module.macros, *module.imports)}
    for extends in module.tree.find_all(nodes.Extends):
        for constant in [extends.template, *extends.template.find_all(nodes.Const)]:
            parent = modules.get(constant.value) if isinstance(constant, nodes.Const) else None
            for name in own if parent else ():
                if parent and parent.knows(name) and parent.macro(name, modules) is not own[name]:
                    raise TemplateError(
                        module.name, extends.lineno, f"{name!r} is another macro in {parent.name}"
                    )
