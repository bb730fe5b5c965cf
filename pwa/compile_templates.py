"""Compiles the shared Jinja2 templates to one ES module, from Jinja2's own syntax tree, for the service worker.

Only what our templates need is understood; anything else fails the build with its file and line, as do an unknown
macro, an argument too many, a text that cannot be translated. What is written calls pwa/template_runtime.js.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes
from markupsafe import escape

from pwa.template_expressions import ExpressionCompiler, Found, javascript, literal
from pwa.template_names import Macro, Module, Scope, TemplateError, collect
from server.render import make_environment
from server.translations import translator

RUNTIME: Final = "../../pwa/template_runtime.js"
HEAD: Final = """\
// @ts-nocheck: written by pwa/compile_templates.py
import {{
  attribute, below, both, contains, each, either, equal, escaped, join, length, printed, truthy,
}} from "{runtime}";

export const templates = ({{ text, plural, asset, icon, include, locale }}) => {{
"""
# A body that is nothing but one of these is markup already, and needs no printed`` around it.
PRINTED_ALREADY: Final = re.compile(r"""\$\{(icon\("[^"]*"\)|(?:block|include)\("[^"]*", s\))\}""")
LOOP: Final = {
    "index": "({at} + 1)",
    "index0": "{at}",
    "first": "({at} === 0)",
    "last": "({at} === {list}.length - 1)",
    "length": "{list}.length",
}
VALUE: Final = re.compile(r"\$\{(?P<of>[^`{}]*)\}")


@dataclass(frozen=True)
class CompiledTemplates:
    source: str
    assets: set[str]
    icons: set[str]


def compile_templates(directory: Path, runtime: str = RUNTIME) -> CompiledTemplates:
    environment = make_environment(directory, translator("en"))
    modules = collect({name: _parsed(environment, directory, name) for name in shared_names(directory)})
    found = Found()
    macros, templates = [], []
    for module in modules.values():
        compiler = TemplateCompiler(module, modules, found)
        macros += [compiler.macro(macro) for macro in module.macros.values()]
        templates.append(compiler.template(module.tree))
    source = "".join([HEAD.format(runtime=runtime), *macros, "return {\n", *templates, "};\n};\n"])
    return CompiledTemplates(source, found.assets, found.icons)


def shared_names(directory: Path) -> list[str]:
    names = (path.relative_to(directory).as_posix() for path in directory.rglob("*.html"))
    return sorted(name for name in names if not name.startswith("server_only/"))


def _parsed(environment: Environment, directory: Path, name: str) -> nodes.Template:
    try:
        return environment.parse((directory / name).read_text(), name)
    except TemplateSyntaxError as error:
        raise TemplateError(name, error.lineno, str(error.message)) from None


class TemplateCompiler(ExpressionCompiler):
    """Compiles one template. In the JavaScript `s` is the scope, `block` renders a block, `up` the one it overrides."""

    def __init__(self, module: Module, modules: dict[str, Module], found: Found) -> None:
        super().__init__(module, modules, found)
        self.count = 0

    def template(self, tree: nodes.Template) -> str:
        extends = next((node for node in tree.body if isinstance(node, nodes.Extends)), None)
        body = tree.body if extends is None else self.child_body(tree.body, extends)
        parent = "" if extends is None else f"parent: (s) => {self.parent(extends.template)},\n"
        blocks = "".join(self.block(node) for node in tree.find_all(nodes.Block))
        return (
            f"{javascript(self.module.name)}: {{\n{parent}"
            f"root: {self.function(['s', 'block'], body, Scope('root'))},\n"
            f"blocks: {{\n{blocks}}},\n}},\n"
        )

    def child_body(self, body: list[nodes.Node], extends: nodes.Extends) -> list[nodes.Node]:
        """The assignments of a template that extends another: outside of its blocks it may print nothing."""
        if body[0] is not extends:
            self.refuse(extends, "anything before {% extends %}")
        for node in body[1:]:
            allowed = nodes.Assign | nodes.Block | nodes.FromImport | nodes.Macro
            if not isinstance(node, allowed) and not _is_blank(node):
                self.refuse(
                    node, f"{type(node).__name__} outside the blocks of a template that extends another"
                )
        return [node for node in body if isinstance(node, nodes.Assign)]

    def parent(self, node: nodes.Expr) -> str:
        """The name of the parent, or a choice between two, by which one template is a page or a fragment."""
        if isinstance(node, nodes.CondExpr) and node.expr2 is not None:
            chosen, other = self.parent(node.expr1), self.parent(node.expr2)
            return f"({self.test(node.test, Scope('root'))} ? {chosen} : {other})"
        return javascript(self.template_name(node))

    def template_name(self, node: nodes.Expr) -> str:
        name = node.value if isinstance(node, nodes.Const) else None
        if name not in self.modules:
            self.refuse(node, f"template {name!r}, which is not there or not named by literal text,")
        return str(name)

    def block(self, node: nodes.Block) -> str:
        if node.scoped or node.required:
            self.refuse(node, "a scoped or required block")
        return f"{javascript(node.name)}: {self.function(['s', 'block', 'up'], node.body, Scope('block'))},\n"

    def macro(self, macro: Macro) -> str:
        scope = Scope("macro")
        parameters = [self.declare(name, scope) for name in macro.parameters]
        return f"const {macro.identifier} = {self.function(parameters, macro.node.body, scope)};\n\n"

    def function(self, parameters: list[str], body: list[nodes.Node], scope: Scope) -> str:
        """An arrow function. A name that is set in it starts with the value that it has outside."""
        seeds = []
        for name in scope.assigned(body):
            outside = self.identifier(name, scope)
            seeds.append(f"let {self.declare(name, scope)} = {outside};\n")
        made = self.all_of(body, scope)
        whole = f"{{\n{''.join(seeds)}return {made};\n}}" if seeds else made
        taken = [*parameters]
        while taken and not re.search(rf"\b{taken[-1]}\b", whole):
            taken.pop()  # a last parameter that is not used: most loops do not count, most blocks override none
        return f"({', '.join(taken)}) => {whole}"

    def all_of(self, body: list[nodes.Node], scope: Scope) -> str:
        parts = "".join(self.dispatch("part", node, scope) for node in body)
        alone = PRINTED_ALREADY.fullmatch(parts)
        return alone[1] if alone else f"printed`{parts}`"

    def branch(self, body: list[nodes.Node], scope: Scope) -> str:
        """One branch of an `if`, which the template around it prints: a value alone needs no printed`` of its own."""
        parts = [part for node in body if (part := self.dispatch("part", node, scope))]
        alone = len(parts) == 1 and VALUE.fullmatch(parts[0])
        return alone["of"] if alone else f"printed`{''.join(parts)}`"

    def part_output(self, node: nodes.Output, scope: Scope) -> str:
        return "".join(self.printed(part, scope) for part in node.nodes)

    def printed(self, node: nodes.Expr, scope: Scope) -> str:
        if isinstance(node, nodes.TemplateData):
            return literal(node.data)
        if isinstance(node, nodes.Const):
            self.check_printable(node)
            return literal(str(escape(node.value)))
        return f"${{{self.expression(node, scope)}}}"

    def part_if(self, node: nodes.If, scope: Scope) -> str:
        written = "".join(
            f"{self.test(one.test, scope)} ? {self.branch(one.body, scope)} : " for one in [node, *node.elif_]
        )
        otherwise = self.branch(node.else_, scope) if node.else_ else '""'
        return f"${{{written}{otherwise}}}"

    def part_for(self, node: nodes.For, scope: Scope) -> str:
        if node.recursive or node.test or not isinstance(node.target, nodes.Name):
            self.refuse(node, "a loop that is recursive, filtered or over pairs")
        turn, at, items = scope.child(), self.fresh("at"), self.fresh("list")
        turn.loop = {key: code.format(at=at, list=items) for key, code in LOOP.items()}
        of = self.expression(node.iter, scope)
        given = [of, self.function([self.declare(node.target.name, turn), at, items], node.body, turn)]
        if node.else_:
            given.append(self.function([], node.else_, scope.child()))
        return f"${{each({', '.join(given)})}}"

    def part_assign(self, node: nodes.Assign, scope: Scope) -> str:
        if not isinstance(node.target, nodes.Name) or node.target.name == "locale":
            self.refuse(node, "setting anything but one name of your own")
        set_to = f"{self.identifier(node.target.name, scope)} = {self.expression(node.node, scope)}"
        return f'${{({set_to}, "")}}'

    def part_include(self, node: nodes.Include, scope: Scope) -> str:
        if not node.with_context or node.ignore_missing or scope.is_closed:
            self.refuse(node, "an include without context, of what may be missing, or in a macro")
        local = ", ".join(f"{name}: {identifier}" for name, identifier in scope.visible().items())
        seen = f"{{ ...s, {local} }}" if local else "s"
        return f"${{include({javascript(self.template_name(node.template))}, {seen})}}"

    def part_block(self, node: nodes.Block, scope: Scope) -> str:
        if scope.kind not in ("root", "block"):
            self.refuse(node, "a block in a loop or a macro")
        return f"${{block({javascript(node.name)}, s)}}"

    def part_macro(self, node: nodes.Macro, scope: Scope) -> str:
        return self.named_at_top(node)

    def part_fromimport(self, node: nodes.FromImport, scope: Scope) -> str:
        return self.named_at_top(node)

    def named_at_top(self, node: nodes.Node) -> str:
        """Nothing: macros are compiled before the templates. They may only stand at the top of a template."""
        if not self.module.is_top_level(node):
            self.refuse(node, "a macro or an import inside of something")
        return ""

    def declare(self, name: str, scope: Scope) -> str:
        return scope.declare(name, self.fresh(name))

    def fresh(self, name: str) -> str:
        self.count += 1
        return f"{name}_{self.count}"


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
    )
