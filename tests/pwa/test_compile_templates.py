"""A template means the same on the phone as on the server; what could differ is refused when the app is built."""
# ruff: noqa: E501  a case is read on one line

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pwa.compile_templates import compile_templates
from pwa.template_names import TemplateError
from tests.pwa.two_hosts import TwoHosts

VIEW: dict[str, Any] = {
    "name": 'O’Hara & Sons <b>"it\'s"</b>',
    "chinese": "成都华信科技有限公司",
    "emoji": "👩🏽‍🔧 café\u0301",
    "line_ends": "a\u2028b\u2029c\r\nd\te",
    "right_to_left": "\u202eشركة",
    "backslash": "\\n ${x} `y` </script>",
    "empty": "",
    "nothing": None,
    "yes": True,
    "no": False,
    "zero": 0,
    "one": 1,
    "many": -41,
    "large": 2**53 - 1,
    "customers": [
        {"id": "1", "name": "Huber <GmbH>", "tags": ["a", "b & c"], "cold": True, "items": "three"},
        {"id": "2", "name": "北京远景贸易", "tags": [], "cold": False, "items": "none"},
    ],
    "nobody": [],
    "person": {"name": "Mei", "keys": "K", "constructor_of": None, "length": 7},
    "none_of": {},
    "stage": "quote",
}

SHARED = {
    "parts.html": (
        '{% macro tag(text, kind="info", n=3) %}<i class="{{ kind }}">{{ text }}{{ n }}</i>{% endmacro %}\n'
        "{% macro row(c) %}<li>{{ tag(c.name, n=c.id) }}{% for t in c.tags %}{{ tag(t) }}{% endfor %}</li>{% endmacro %}\n"
        "{% macro input(label, value=none) %}"
        '<input aria-label="{{ label }}"{% if value is not none %} value="{{ value }}"{% endif %}>{% endmacro %}\n'
        "{% macro wrap(inner) %}<b>{{ inner }}</b>{% endmacro %}\n"
        "{% macro where() %}{{ locale }}{% endmacro %}\n"
    ),
    "page.html": (
        "<!doctype html>\n<title>{% block title %}Legwork{% endblock %}</title>\n"
        "{% set shown = stage %}\n"
        "<main>{% block main %}empty{% block inner %}(inner){% endblock %}{% endblock %}</main>\n"
        "{% if yes %}{% block foot %}foot {{ shown }}{% endblock %}{% endif %}\n"
    ),
    "fragment.html": "<title>{% block title %}{% endblock %}</title>{% block main %}{% endblock %}",
    "middle.html": '{% extends "page.html" %}{% block title %}Mid · {{ super() }}{% endblock %}',
    "item.html": "[{{ c.name }}/{{ extra }}/{{ stage }}]",
}

CASES = {
    "text": "plain <b>markup</b> & such `$ {x}` \\n \u2028 {{ '{{' }}",
    "escape": "{{ name }}|{{ chinese }}|{{ emoji }}|{{ line_ends }}|{{ right_to_left }}|{{ backslash }}|{{ empty }}",
    "numbers": "{{ zero }} {{ many }} {{ large }} {{ 7 }}",
    "constant": "{{ '<\"&' }} {{ 'a' ~ '<' ~ 1 }}",
    "escape filter": "{{ name|e }} {{ name|e|e }} {{ name|escape }}",
    "length": "{{ chinese|length }} {{ emoji|length }} {{ customers|length }} {{ person|length }} {{ nobody|length }}",
    "join": "{{ name ~ '/' ~ one ~ chinese }} {{ name|e ~ '<' }}",
    "if": "{% if one == 1 %}a{% elif two %}b{% else %}c{% endif %}{% if no %}d{% elif many < 0 %}e{% endif %}",
    "truth": "{% for v in ['', 'x', 0, 1, none, true, false] %}{% if v %}T{% else %}F{% endif %}{% endfor %}",
    "truth of lists": "{{ 'T' if customers else 'F' }}{{ 'T' if nobody else 'F' }}{{ 'T' if none_of else 'F' }}",
    "and or not": "{{ empty or 'x' }}{{ one and 'y' }}{{ zero or nothing or 'z' }}{% if not no and not empty %}n{% endif %}",
    "or of none": "{{ nothing or empty or name }}",
    "compare": "{% if one < 2 and one <= 1 and one > 0 and one >= 1 and one != 2 and stage == 'quote' %}ok{% endif %}",
    "compare kinds": "{% if stage != one and nothing != stage and nothing == none and one == 1 %}ok{% endif %}",
    "compare markup": "{% if _('Today') == 'Today' %}same{% endif %}",
    "in": "{% if stage in ['quote', 'won'] and 'x' not in 'abc' and 'b' in 'abc' and 'name' in person %}ok{% endif %}",
    "choice": "{{ 'a' if stage == 'quote' else 'b' }}{{ name if yes else no }}",
    "for": "{% for c in customers %}{{ loop.index }}{{ loop.index0 }}{{ loop.length }}{{ c.name }}"
    "{% if loop.first %}F{% endif %}{% if not loop.last %},{% endif %}{% else %}nobody{% endfor %}",
    "for else": "{% for c in nobody %}{{ c }}{% else %}nobody {{ stage }}{% endfor %}",
    "nested for": "{% for c in customers %}{{ loop.index }}:{% for t in c.tags %}{{ t }}{{ loop.index }}{% else %}-"
    "{% endfor %}{{ loop.index }};{% endfor %}",
    "set": "{% set x = stage %}{{ x }}{% if yes %}{% set x = 'changed' %}{% endif %}{{ x }}",
    "set stays in a loop": "{% set x = 'out' %}{% for c in customers %}{{ x }}{% set x = c.name %}{{ x }}{% endfor %}{{ x }}",
    "set in a branch of a loop": "{% set x = 'o' %}{% for c in customers %}{% if c.cold %}{% set x = 'cold' %}{% endif %}"
    "{{ x }}{% endfor %}{{ x }}",
    "set loop name": "{% for c in customers %}{% set c = c.name %}{{ c }}{% endfor %}",
    "attributes": "{{ person.name }}{{ person['name'] }}{{ customers[0].name }}{{ customers[one].tags|length }}{{ person.keys }}",
    "methods are no attributes": "{{ customers[0].items }}{{ person.length }}",
    "defined": "{% if nowhere is defined %}a{% endif %}{% if person.none is not defined %}b{% endif %}"
    "{% if customers[9] is not defined %}c{% endif %}{% if nothing is none and stage is not none %}d{% endif %}",
    "none has nothing": "{% if nothing.x is not defined %}ok{% endif %}",
    "texts": "{{ _('Today') }} {{ _('Hello %(name)s & you', name=name) }} {{ _('100%%') }}",
    "plurals": "{% for n in [0, 1, 2] %}{{ ngettext('%(n)s visit', '%(n)s visits', n) }};{% endfor %}"
    "{{ ngettext('%(n)s for %(who)s', '%(n)s for <%(who)s>', 2, who=name) }}",
    "globals": "{{ locale }} {{ asset('app.css') }} {{ icon('phone') }}",
    "macros": '{% from "parts.html" import tag, row as line, wrap %}{{ tag(name) }}{{ tag("x", "late", 1) }}'
    '{{ tag(kind=stage, text=chinese) }}{{ wrap(tag("<")) }}{{ wrap(_("Today")) }}{% for c in customers %}{{ line(c) }}{% endfor %}',
    "macro default none": '{% from "parts.html" import input, where %}{{ input(_("Today")) }}{{ input("L", "") }}{{ input("L", 0) }}{{ where() }}',
    "own macro": "{% macro me(a, b='<') %}{{ a }}{{ b }}{% set a = 'z' %}{{ a }}{% endmacro %}{{ me(one) }}{{ me(stage, name) }}",
    "macro result is markup": '{% from "parts.html" import wrap %}{{ wrap(wrap(name)) ~ "<" }}{% set w = wrap("a") %}{{ w }}',
    "block": '{% extends "page.html" %}{% block main %}{{ super() }}|{{ stage }}{% endblock %}',
    "blocks over three": '{% extends "middle.html" %}{% block title %}Top · {{ super() }}{% endblock %}{% block inner %}mine{% endblock %}',
    "page": '{% extends "fragment.html" if no else "page.html" %}{% block main %}M{% endblock %}',
    "fragment": '{% extends "fragment.html" if yes else "page.html" %}{% block main %}M{% endblock %}',
    "child names": '{% extends "page.html" %}\n{% from "parts.html" import tag %}\n{% set mine = "set" %}\n'
    "{% macro own(x) %}({{ x }}){% endmacro %}\n{% block main %}{{ tag(mine) }}{{ own(name) }}{% endblock %}\n",
    "parent sets": '{% extends "page.html" %}{% block foot %}{{ shown }}{% endblock %}',
    "include": "{% set extra = 'E' %}{% for c in customers %}{% include 'item.html' %}{% endfor %}",
    "include page": "{% include 'middle.html' %}",
    "space": "a  \n  {% if yes %}\n  b\n  {% endif %}\n\n  {#- c -#}  d {%- if yes +%} e {% endif %}\n",
    "object words": "{% if constructor is not defined and person['toString'] is not defined %}ok{% endif %}",
}

BROKEN_VIEWS = {
    "float": "{{ 1 if no else half }}",
    "bool": "{{ yes }}",
    "none": "{{ nothing }}",
    "list": "{{ nobody }}",
    "dict": "{{ person }}",
    "huge": "{{ huge }}",
    "undefined": "{{ nowhere }}",
    "undefined attribute": "{{ person.nowhere }}",
    "attribute of undefined": "{{ nowhere.x }}",
    "undefined truth": "{% if nowhere %}{% endif %}",
    "undefined not": "{% if not person.nowhere %}{% endif %}",
    "undefined sameness": "{% if nowhere == 1 %}{% endif %}",
    "undefined loop": "{% for x in nowhere %}{% endfor %}",
    "undefined length": "{{ nowhere|length }}",
    "joined none": "{{ 'a' ~ nothing }}",
    "joined bool": "{{ 'a' ~ yes }}",
    "text given none": "{{ _('Hello %(name)s & you', name=nothing) }}",
    "text given undefined": "{{ _('Hello %(name)s & you', name=nowhere) }}",
    "order of kinds": "{% if stage < 1 %}{% endif %}",
    "length of none": "{{ nothing|length }}",
    "loop of none": "{% for x in nothing %}{% endfor %}",
}

CHINESE = {
    "Today": "今天 <&>",
    "Hello %(name)s & you": "%(name)s,您好 & \"'",
    "100%%": "百分之百 100%%",
    "%(n)s visit": "%(n)s 次拜访",
    "%(n)s for %(who)s": "<%(who)s>的 %(n)s",
}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoHosts]:
    cases = {f"case {name}.html": source for name, source in {**CASES, **BROKEN_VIEWS}.items()}
    hosts = TwoHosts(
        tmp_path_factory.mktemp("hosts"), {**SHARED, **cases, "fuzz/screen.html": SCREEN}, CHINESE
    )
    yield hosts
    hosts.close()


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
@pytest.mark.parametrize("case", CASES)
def test_both_hosts_print_the_same(hosts: TwoHosts, case: str, locale: str) -> None:
    name = f"case {case}.html"
    server = hosts.server(name, VIEW, locale)
    assert server.html is not None, server.error
    assert hosts.phone(name, VIEW, locale).html == server.html


@pytest.mark.parametrize("case", BROKEN_VIEWS)
def test_both_hosts_refuse_what_would_print_differently(hosts: TwoHosts, case: str) -> None:
    view = {**VIEW, "half": 0.5, "huge": 2**53}
    name = f"case {case}.html"
    assert hosts.server(name, view).html is None
    assert hosts.phone(name, view).html is None


SCREEN = """\
{% extends "fragment.html" if partial else "page.html" %}
{% from "parts.html" import row, tag %}
{% block title %}{{ title }}{% endblock %}
{% block main %}
{% for c in customers %}
  {{ row(c) }}{% if c.note is not none %}<p>{{ _("Hello %(name)s & you", name=c.note) }}</p>{% endif %}
  {% set late = c.days > 30 %}
  {% if late %}{{ tag(ngettext("%(n)s visit", "%(n)s visits", c.days), kind="late") }}{% endif %}
{% else %}
<p title="{{ title }}">{{ title ~ "…" }}</p>
{% endfor %}
{% endblock %}
"""
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CUSTOMER = st.fixed_dictionaries(
    {
        "id": st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
        "name": TEXT,
        "tags": st.lists(TEXT, max_size=3),
        "note": st.none() | TEXT,
        "days": st.integers(0, 60),
    }
)
VIEWS = st.fixed_dictionaries(
    {
        "partial": st.booleans(),
        "title": TEXT,
        "stage": TEXT,
        "yes": st.booleans(),
        "customers": st.lists(CUSTOMER, max_size=4),
    }
)


@given(view=VIEWS, locale=st.sampled_from(["en", "zh-Hans"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_view_holds_both_hosts_print_the_same(
    hosts: TwoHosts, view: dict[str, Any], locale: str
) -> None:
    server = hosts.server("fuzz/screen.html", view, locale)
    assert server.html is not None, server.error
    assert hosts.phone("fuzz/screen.html", view, locale).html == server.html


REFUSED = {
    "a filter": ("a\n{{ x|upper }}", 2, "filter 'upper'"),
    "an operator": ("{{ a + b }}", 1, "Add"),
    "division": ("{{ a / 2 }}", 1, "Div"),
    "an object's own": ("{{ a.constructor }}", 1, "'constructor'"),
    "a method": ("{{ a.upper() }}", 1, "a call of anything but"),
    "a float": ("{{ x if 1.5 else y }}", 1, "1.5"),
    "a printed bool": ("{{ true }}", 1, "cannot print True"),
    "a joined none": ("{{ 'a' ~ none }}", 1, "cannot print None"),
    "pairs": ("{% for a, b in c %}{% endfor %}", 1, "over pairs"),
    "a filtered loop": ("{% for a in c if a %}{% endfor %}", 1, "filtered"),
    "a test": ("{% if a is odd %}{% endif %}", 1, "test 'odd'"),
    "loop outside": ("{{ loop.index }}", 1, "'loop'"),
    "loop.cycle": ("{% for a in b %}{{ loop.cycle('x') }}{% endfor %}", 1, "a call of"),
    "loop.revindex": ("{% for a in b %}{{ loop.revindex }}{% endfor %}", 1, "loop.revindex"),
    "a block in a loop": ("{% for a in b %}{% block c %}{% endblock %}{% endfor %}", 1, "a block in a loop"),
    "set block": ("{% set a %}b{% endset %}", 1, "AssignBlock"),
    "trans": ("{{ _(x) }}", 1, "literal"),
    "missing value": ("{{ _('Hello %(name)s') }}", 1, "['name']"),
    "useless value": ("{{ _('Hello', name=x) }}", 1, "['name']"),
    "bare percent": ("{{ _('100% sure') }}", 1, "write %%"),
    "icon by variable": ("{{ icon(x) }}", 1, "literal"),
    "unknown macro": ("\n\n{{ nope(1) }}", 3, "'nope'"),
    "unknown import": ('{% from "parts.html" import nope %}', 1, "no macro 'nope'"),
    "unknown module": ('{% from "nope.html" import x %}', 1, "nope.html"),
    "unknown include": ('{% include "nope.html" %}', 1, "nope.html"),
    "server only": ('{% include "server_only/x.html" %}', 1, "server_only/x.html"),
    "macro needs": ('{% from "parts.html" import tag %}\n{{ tag() }}', 2, "needs 'text'"),
    "macro takes": ('{% from "parts.html" import tag %}{{ tag(1, 2, 3, 4) }}', 1, "takes 3 arguments, not 4"),
    "macro twice": ('{% from "parts.html" import tag %}{{ tag(1, text=2) }}', 1, "no parameter 'text'"),
    "macro sees the view": ("{% macro m() %}{{ stage }}{% endmacro %}", 1, "sees only what it is given"),
    "macro as value": ("{% macro m() %}{% endmacro %}{{ m }}", 1, "'m' as a value"),
    "text outside blocks": (
        '{% extends "page.html" %}\n{% block main %}{% endblock %}\nlost',
        3,
        "outside the blocks",
    ),
    "before extends": ('x{% extends "page.html" %}', 1, "before"),
    "syntax": ("a\n{% if %}", 2, "Expected"),
    "chain": ("{% if 1 < x < 3 %}{% endif %}", 1, "chain"),
    "half a choice": ("{{ 'a' if b }}", 1, "without else"),
    "dict literal": ("{{ {'a': 1}|length }}", 1, "Dict"),
    "slice": ("{{ a[1:] }}", 1, "Slice"),
    "call block": ('{% from "parts.html" import wrap %}{% call wrap() %}{% endcall %}', 1, "CallBlock"),
    "the same name twice": (
        '{% extends "named.html" %}{% from "parts.html" import wrap as tag %}',
        1,
        "'tag' is another macro in named.html",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_build_refuses_with_file_and_line(tmp_path: Path, case: str) -> None:
    source, line, message = REFUSED[case]
    named = '{% from "parts.html" import tag %}{% block main %}{{ tag("x") }}{% endblock %}'
    for name, content in {**SHARED, "named.html": named, "broken.html": source}.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(TemplateError) as refusal:
        compile_templates(tmp_path)
    assert str(refusal.value).startswith(f"templates/broken.html:{line}: ")
    assert message in str(refusal.value)


def test_templates_of_the_server_alone_may_use_all_of_jinja(tmp_path: Path) -> None:
    (tmp_path / "server_only").mkdir()
    (tmp_path / "server_only" / "chart.html").write_text("{{ x|upper }}")
    assert "chart" not in compile_templates(tmp_path).source
