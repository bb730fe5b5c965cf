"""Nothing is said in one language only."""
# ruff: noqa: E501  a source is read on one line

import re
from pathlib import Path

import pytest

from server import msgids, translations
from server.msgids import Msgid, find_msgids, placeholders, stray_percent
from server.translations import Translator, english, negotiate, read_catalog, translator

# Words that were said for the same thing, and the one that is. A competitor is a company, and no product.
OTHER_WORDS_ZH = {
    "竞品": "竞争对手", "货币": "币种", "款项": "回款", "节奏": "周期", "作者": "提交人", "个跟进": "项跟进",
}  # fmt: skip
OTHER_WORDS = {
    "e-mail": "email",
    "administrator": "admin",
    "per cent": "percent",
    "so many days": "this many days",
}


@pytest.fixture(scope="module")
def found() -> list[Msgid]:
    return find_msgids()


def test_every_text_is_translated(found: list[Msgid]) -> None:
    translated = translations.read_messages("zh-Hans")
    assert [f"{message.place}: {message.text}" for message in found if message.text not in translated] == []


def test_no_translation_is_left_of_what_is_no_longer_said(found: list[Msgid]) -> None:
    said = {message.text for message in found}
    assert [
        english(message) for message in read_catalog("zh-Hans") if message.id and english(message) not in said
    ] == []


def test_chinese_has_the_signs_of_chinese_and_one_word_for_one_thing() -> None:
    texts = [text for forms in translations.read_messages("zh-Hans").values() for text in _each(forms)]
    half_width = re.compile(r"[\u4e00-\u9fff][?!,;:]|[?!,;:][\u4e00-\u9fff]")
    assert [text for text in texts if half_width.search(text)] == []
    assert [text for text in texts if any(word in text for word in OTHER_WORDS_ZH)] == []


def test_english_has_one_apostrophe_and_one_word_for_one_thing(found: list[Msgid]) -> None:
    texts = {text for message in found for text in (message.text, message.plural or "")}
    assert [text for text in texts if re.search(r"\w'\w", text)] == []
    assert [text for text in texts if any(word in text.lower() for word in OTHER_WORDS)] == []


def _each(forms: str | tuple[str, ...]) -> tuple[str, ...]:
    return (forms,) if isinstance(forms, str) else forms


def test_chinese_sets_figures_and_names_apart_from_what_stands_beside_them() -> None:
    """ "8 个客户 30 天内": a span begins with a figure, and a name may be one of Latin letters."""
    close = re.compile(
        r"[\u4e00-\u9fff]%\((n|days|count|percent|name|rep)\)s|%\((n|name|count|rep|when)\)s[\u4e00-\u9fff]"
    )
    texts = [text for forms in translations.read_messages("zh-Hans").values() for text in _each(forms)]
    assert [text for text in texts if close.search(text)] == []


def test_a_translation_names_what_its_text_names(found: list[Msgid]) -> None:
    translated = translations.read_messages("zh-Hans")
    wrong = []
    for message in found:
        forms = translated.get(message.text, message.text)
        for form in _each(forms):
            allowed = placeholders(message.text) | placeholders(message.plural or "")
            named = placeholders(form)
            needed = allowed - {"n"} if message.plural else allowed
            if not needed <= named <= allowed or stray_percent(form):
                wrong.append(f"{message.place}: {form}")
    assert wrong == []


def test_a_text_has_one_plural_and_no_bare_percent_sign(found: list[Msgid]) -> None:
    plurals: dict[str, set[str]] = {}
    for message in found:
        assert not stray_percent(message.text + (message.plural or "")), message.place
        if message.plural:
            plurals.setdefault(message.text, set()).add(message.plural)
    assert {text: forms for text, forms in plurals.items() if len(forms) > 1} == {}


SOURCES = {
    "templates/today.html": '{{ _("Due") }}\n{{ ngettext("%(n)s visit", "%(n)s visits", 2) }}',
    "templates/server_only/chart.html": '{{ _("Forecast") }}',
    "server/views.py": 't("Late %(n)s", n=1)\nself.t("Own")\nt.n("%(n)s day", "%(n)s days", 3)\nt(sentence)\nfilter("No")\n',
    "server/refusal.py": 'SENTENCES = {"deleted": "It was deleted.", "kept": "It is " "kept."}\nA = msgid("Marked")\n',
    "pwa/views.js": '// t("Not said")\n/**\n * t("Nor this")\n */\nconst a = b ? t("Yes") : t(\n  "No",\n  { n },\n);\n'
    't.n("%(n)s row", "%(n)s rows", 1); msgid("In \\"JS\\""); wait("Nothing"); t(name);\n',
    "sync/validation.js": 'export const SENTENCES = /** @type {const} */ ({\n  required: "Needed.",\n  other: "Wrong.",\n});\n',
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, source in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    return tmp_path


def test_texts_are_found_where_they_are_said(project: Path) -> None:
    places = {(message.text, message.plural): message.place for message in find_msgids(project)}
    assert places == {
        ("Due", None): "templates/today.html:1",
        ("%(n)s visit", "%(n)s visits"): "templates/today.html:2",
        ("Forecast", None): "templates/server_only/chart.html:1",
        ("Late %(n)s", None): "server/views.py:1",
        ("Own", None): "server/views.py:2",
        ("%(n)s day", "%(n)s days"): "server/views.py:3",
        ("It was deleted.", None): "server/refusal.py:1",
        ("It is kept.", None): "server/refusal.py:1",
        ("Marked", None): "server/refusal.py:2",
        ("Yes", None): "pwa/views.js:5",
        ("No", None): "pwa/views.js:5",
        ("%(n)s row", "%(n)s rows"): "pwa/views.js:9",
        ('In "JS"', None): "pwa/views.js:9",
        ("Needed.", None): "sync/validation.js:1",
        ("Wrong.", None): "sync/validation.js:1",
    }


def test_the_phone_carries_only_what_it_can_say(project: Path) -> None:
    server_only = {message.text for message in find_msgids(project) if not message.on_phone}
    assert {"Forecast", "Own", "Marked"} <= server_only
    assert not {"Due", "Yes", "Needed."} & server_only


@pytest.mark.parametrize("source", ["t('single')", "t(`template`)", "t.n(`one`, 'two', 3)"])
def test_a_text_that_cannot_be_found_is_refused(project: Path, source: str) -> None:
    (project / "pwa" / "views.js").write_text(f"\n{source};\n")
    with pytest.raises(ValueError, match=r"pwa/views\.js:2"):
        find_msgids(project)


def test_update_adds_what_is_new_keeps_what_is_translated_and_drops_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translations, "LOCALES_DIR", tmp_path)
    file = tmp_path / "zh_Hans.po"
    file.write_text('msgid "Due"\nmsgstr "到期"\n\nmsgid "Old"\nmsgstr "旧"\n')
    found = [Msgid("Due", None, "a:1", True), Msgid("%(n)s day", "%(n)s days", "a:2", True)]
    assert msgids.update("zh-Hans", found) == (1, 1)
    first = file.read_text()
    assert msgids.update("zh-Hans", found) == (0, 0)
    assert file.read_text() == first
    assert translations.read_messages("zh-Hans") == {"Due": "到期"}
    assert 'msgid_plural "%(n)s days"\nmsgstr[0] ""' in first


def test_english_has_two_forms_and_chinese_one() -> None:
    chinese = Translator("zh-Hans", {"%(n)s visit": ("%(n)s 次拜访",)})
    english_forms = [translator("en").n("%(n)s visit", "%(n)s visits", n) for n in (0, 1, 2)]
    assert english_forms == ["0 visits", "1 visit", "2 visits"]
    assert [chinese.n("%(n)s visit", "%(n)s visits", n) for n in (0, 1, 2)] == [
        "0 次拜访",
        "1 次拜访",
        "2 次拜访",
    ]


def test_what_cannot_be_printed_cannot_be_said() -> None:
    with pytest.raises(TypeError, match="cannot print None"):
        translator("en")("Hello %(name)s", name=None)
    with pytest.raises(KeyError):
        translator("en")("Hello %(name)s")


def test_a_percent_sign_is_written_twice() -> None:
    assert translator("en")("%(n)s%% off", n=4) == "4% off"


def test_an_unknown_locale_is_refused() -> None:
    with pytest.raises(ValueError, match="no such locale"):
        translator("../../etc")


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "en"),
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("de-DE,zh-TW;q=0.5,en;q=0.7", "en"),
        ("de, zh-Hant-HK;q=0.3", "zh-Hans"),
        ("fr,de", "en"),
        ("zh;q=0,en", "en"),
        ("en;q=0.1,ZH", "zh-Hans"),
        ("*", "en"),
        ("zh;q=nonsense,en;q=0.1", "en"),
        ("," * 5000, "en"),
        ("zh;q=nan", "en"),
    ],
)
def test_the_browser_chooses_the_first_language(header: str | None, locale: str) -> None:
    assert negotiate(header) == locale
