"""Expressions of a template, as JavaScript. In what is written, `s` is the scope (the view)."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from jinja2 import nodes

from pwa.template_names import Macro, Module, Scope, TemplateError
from server.msgids import placeholders, stray_percent
from server.printable import printable

COMPARISONS: Final = {
    "eq": "equal({0}, {1})",
    "ne": "!equal({0}, {1})",
    "in": "contains({1}, {0})",
    "notin": "!contains({1}, {0})",
    "lt": "below({0}, {1})",
    "gt": "below({1}, {0})",
    "lteq": "!below({1}, {0})",
    "gteq": "!below({0}, {1})",
}
# Names that a view must not use, because every object has them in JavaScript.
OF_EVERY_OBJECT: Final = {
    *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"),
    *("toLocaleString", "toString", "valueOf"),
}


@dataclass
class Found:
    """What the templates name that the build must provide."""

    assets: set[str] = field(default_factory=set)
    icons: set[str] = field(default_factory=set)


class ExpressionCompiler:
    def __init__(self, module: Module, modules: dict[str, Module], found: Found) -> None:
        self.module = module
        self.modules = modules
        self.found = found

    def expression(self, node: nodes.Node, scope: Scope) -> str:
        return self.dispatch("expression", node, scope)

    def test(self, node: nodes.Node, scope: Scope) -> str:
        """An expression of which only the truth counts."""
        match node:
            case nodes.And():
                return f"({self.test(node.left, scope)} && {self.test(node.right, scope)})"
            case nodes.Or():
                return f"({self.test(node.left, scope)} || {self.test(node.right, scope)})"
            case nodes.Not() | nodes.Compare() | nodes.Test():
                return self.expression(node, scope)
        return f"truthy({self.expression(node, scope)})"

    def expression_name(self, node: nodes.Name, scope: Scope) -> str:
        if scope.find(node.name) is None:
            if node.name == "loop" or node.name in CALLS or self.module.knows(node.name):
                self.refuse(node, f"{node.name!r} as a value")
            if scope.is_closed and node.name != "locale":
                self.refuse(node, f"{node.name!r} in a macro, which sees only what it is given,")
        return self.identifier(node.name, scope)

    def identifier(self, name: str, scope: Scope) -> str:
        local = scope.find(name)
        if local is not None:
            return local
        if name == "locale":
            return "locale"
        return "undefined" if scope.is_closed else f"s.{name}"

    def expression_const(self, node: nodes.Const, scope: Scope) -> str:
        if node.value is not None and not isinstance(node.value, str | int):
            self.refuse(node, f"the literal {node.value!r}")
        return javascript(node.value)

    def expression_list(self, node: nodes.List, scope: Scope) -> str:
        return f"[{self.joined(node.items, scope)}]"

    def expression_getattr(self, node: nodes.Getattr, scope: Scope) -> str:
        if isinstance(node.node, nodes.Name) and node.node.name == "loop" and scope.loop is not None:
            return scope.loop.get(node.attr) or self.refuse(node, f"loop.{node.attr}")
        if node.attr in OF_EVERY_OBJECT or node.attr.startswith("__"):
            self.refuse(node, f"the name {node.attr!r}, which every object has in JavaScript,")
        return f"{self.expression(node.node, scope)}?.{node.attr}"

    def expression_getitem(self, node: nodes.Getitem, scope: Scope) -> str:
        return f"attribute({self.expression(node.node, scope)}, {self.expression(node.arg, scope)})"

    def expression_condexpr(self, node: nodes.CondExpr, scope: Scope) -> str:
        if node.expr2 is None:
            self.refuse(node, "a choice without else")
        chosen, other = self.expression(node.expr1, scope), self.expression(node.expr2, scope)
        return f"({self.test(node.test, scope)} ? {chosen} : {other})"

    def expression_concat(self, node: nodes.Concat, scope: Scope) -> str:
        for part in node.nodes:
            self.check_printable(part)
        return f"join({self.joined(node.nodes, scope)})"

    def expression_compare(self, node: nodes.Compare, scope: Scope) -> str:
        if len(node.ops) > 1:
            self.refuse(node, "a chain of comparisons")
        left, right = self.expression(node.expr, scope), self.expression(node.ops[0].expr, scope)
        return COMPARISONS[node.ops[0].op].format(left, right)

    def expression_and(self, node: nodes.And, scope: Scope) -> str:
        return f"both({self.expression(node.left, scope)}, () => {self.expression(node.right, scope)})"

    def expression_or(self, node: nodes.Or, scope: Scope) -> str:
        return f"either({self.expression(node.left, scope)}, () => {self.expression(node.right, scope)})"

    def expression_not(self, node: nodes.Not, scope: Scope) -> str:
        return f"!{self.test(node.node, scope)}"

    def expression_filter(self, node: nodes.Filter, scope: Scope) -> str:
        if node.node is None or node.args or node.kwargs:
            self.refuse(node, "a filter block, or a filter with arguments")
        value = self.expression(node.node, scope)
        if node.name == "length":
            return f"length({value})"
        if node.name in ("e", "escape"):
            return f"escaped({value})"
        return self.refuse(node, f"filter {node.name!r}")

    def expression_test(self, node: nodes.Test, scope: Scope) -> str:
        if node.name not in ("defined", "none"):
            self.refuse(node, f"test {node.name!r}")
        value = self.expression(node.node, scope)
        return f"({value} !== undefined)" if node.name == "defined" else f"({value} === null)"

    def expression_call(self, node: nodes.Call, scope: Scope) -> str:
        if not isinstance(node.node, nodes.Name) or node.dyn_args or node.dyn_kwargs:
            self.refuse(node, "a call of anything but a macro or a global by its name")
        name = node.node.name
        if scope.find(name) is None:
            macro = self.module.macro(name, self.modules)
            if macro is not None:
                return self.macro_call(macro, node, scope)
            if name in CALLS:
                return CALLS[name](self, node, scope)
        return self.refuse(node, f"a call of {name!r}, which is neither a macro nor a global,")

    def macro_call(self, macro: Macro, node: nodes.Call, scope: Scope) -> str:
        try:
            bound = macro.bind(node)
        except ValueError as error:
            raise TemplateError(self.module.name, node.lineno, f"{macro.node.name}() {error}") from None
        given = [
            self.expression(value, Scope("macro") if is_default else scope) for value, is_default in bound
        ]
        return f"{macro.identifier}({', '.join(given)})"

    def call_gettext(self, node: nodes.Call, scope: Scope) -> str:
        texts = self.literals(node, 1)
        return f"text({javascript(texts[0])}{self.values(node, texts, set(), scope)})"

    def call_ngettext(self, node: nodes.Call, scope: Scope) -> str:
        if len(node.args) != 3:
            self.refuse(node, "ngettext() without two texts and a number")
        texts = self.literals(node, 2)
        count = self.expression(node.args[2], scope)
        written = ", ".join([*(javascript(text) for text in texts), count])
        return f"plural({written}{self.values(node, texts, {'n'}, scope)})"

    def values(self, node: nodes.Call, texts: list[str], implied: set[str], scope: Scope) -> str:
        named = set().union(*(placeholders(text) for text in texts))
        given = {keyword.key for keyword in node.kwargs}
        if any(stray_percent(text) for text in texts):
            self.refuse(node, "a bare % in a text (write %%)")
        if named - implied != given - implied:
            self.refuse(node, f"a text that names {sorted(named)} but is given {sorted(given | implied)}")
        pairs = ", ".join(
            f"{keyword.key}: {self.expression(keyword.value, scope)}" for keyword in node.kwargs
        )
        return f", {{ {pairs} }}" if pairs else ""

    def call_asset(self, node: nodes.Call, scope: Scope) -> str:
        name = self.only_literal(node)
        self.found.assets.add(name)
        return f"asset({javascript(name)})"

    def call_icon(self, node: nodes.Call, scope: Scope) -> str:
        name = self.only_literal(node)
        self.found.icons.add(name)
        return f"icon({javascript(name)})"

    def call_super(self, node: nodes.Call, scope: Scope) -> str:
        return "up()"

    def only_literal(self, node: nodes.Call) -> str:
        if len(node.args) != 1 or node.kwargs:
            self.refuse(node, "anything but one argument here")
        return self.literals(node, 1)[0]

    def literals(self, node: nodes.Call, count: int) -> list[str]:
        """The first `count` arguments, which must be literal text, because the build has to know them."""
        constants = [arg.value for arg in node.args[:count] if isinstance(arg, nodes.Const)]
        texts = [value for value in constants if isinstance(value, str)]
        if len(texts) != count:
            self.refuse(node, f"{getattr(node.node, 'name', '')}() of anything but literal text")
        return texts

    def check_printable(self, node: nodes.Node) -> None:
        if not isinstance(node, nodes.Const):
            return
        try:
            printable(node.value)
        except TypeError as error:
            raise TemplateError(self.module.name, node.lineno, str(error)) from None

    def joined(self, expressions: Iterable[nodes.Node], scope: Scope) -> str:
        return ", ".join(self.expression(expression, scope) for expression in expressions)

    def dispatch(self, kind: str, node: nodes.Node, scope: Scope) -> str:
        """Calls the method that is named after the kind and the node: `part_if`, `expression_call`."""
        method: Callable[[nodes.Node, Scope], str] | None = getattr(
            self, f"{kind}_{type(node).__name__.lower()}", None
        )
        if method is None:
            self.refuse(node, type(node).__name__)
        return method(node, scope)

    def refuse(self, node: nodes.Node, what: str) -> NoReturn:
        raise TemplateError(self.module.name, node.lineno, f"{what} is not supported in a shared template")


CALLS: Final[dict[str, Callable[[Any, nodes.Call, Scope], str]]] = {
    "_": ExpressionCompiler.call_gettext,
    "ngettext": ExpressionCompiler.call_ngettext,
    "asset": ExpressionCompiler.call_asset,
    "icon": ExpressionCompiler.call_icon,
    "super": ExpressionCompiler.call_super,
}


def literal(text: str) -> str:
    """The text as it is written between backticks."""
    return re.sub(r"[\\`\r]|\$(?={)", lambda sign: "\\r" if sign[0] == "\r" else "\\" + sign[0], text)


def javascript(value: Any) -> str:
    """The value as JavaScript, which is JSON but for two line separators."""
    written: str = json.dumps(value, ensure_ascii=False)
    return written.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
