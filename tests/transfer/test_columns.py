"""Guessing what the columns of a stranger's spreadsheet are."""

import pytest

from server.transfer import values
from server.transfer.columns import FIELDS, LABELS, guess_columns
from server.translations import LOCALES, translator


def guessed(*header: str) -> list[str | None]:
    return [guess.field for guess in guess_columns(list(header))]


def test_english_headers_as_people_write_them() -> None:
    header = ("Company", "Name", "Phone", "Mobile", "E-Mail", "City", "Street", "Status", "Sales rep")
    assert guessed(*header) == [
        "name", "contact_name", "phone", "contact_phone", "contact_email", "region", "address", "lifecycle",
        "owner",
    ]  # fmt: skip


def test_chinese_headers_as_people_write_them() -> None:
    header = (
        "*客户名称（必填）",
        "联系人",
        "手机",
        "联系电话",
        "详细地址",
        "所在城市",
        "客户类型",
        "客户状态",
    )
    assert guessed(*header, "拜访周期（天）", "负责人", "标签", "职务", "联系人邮箱", "备注") == [
        "name", "contact_name", "contact_phone", "phone", "address", "region", "customer_type", "lifecycle",
        "cadence_days", "owner", "tags", "contact_role", "contact_email", None,
    ]  # fmt: skip


def test_headers_as_other_programs_export_them() -> None:
    assert guessed("Account Name", "Type", "Billing Street", "Billing City", "Account Owner") == [
        "name", "customer_type", "address", "region", "owner",
    ]  # fmt: skip
    assert guessed("Company name", "Contact owner", "Phone Number") == ["name", "owner", "phone"]
    assert guessed("Firma", "Straße", "Ort") == ["name", "address", "region"]
    assert guessed("店名", "省", "市", "地址") == ["name", None, "region", "address"]


def test_a_name_is_the_company_where_no_other_column_is() -> None:
    assert guessed("Name", "Phone") == ["name", "phone"]
    assert guessed("单位名称", "姓名") == ["name", "contact_name"]


def test_typing_errors_are_seen_through_and_other_words_are_not_forced() -> None:
    assert guessed("Compnay name", "Adress", "Turnover 2025", "") == ["name", "address", None, None]


def test_no_field_is_given_twice_and_a_sure_guess_is_surer() -> None:
    guesses = guess_columns(["Phone", "Telephone", "Company telephone"])
    assert [guess.field for guess in guesses].count("phone") == 1
    assert guess_columns(["Company"])[0].confidence > guess_columns(["Compnay"])[0].confidence


@pytest.mark.parametrize("locale", LOCALES)
def test_the_headers_of_an_export_are_all_recognised(locale: str) -> None:
    t = translator(locale)
    assert guessed(*(t(label) for label in LABELS.values())) == list(FIELDS)


@pytest.mark.parametrize(
    ("field", "text", "meant"),
    [
        ("lifecycle", "客户", "active"),
        ("lifecycle", "Active", "active"),
        ("lifecycle", " 意向客户 ", "prospect"),
        ("lifecycle", "whatever", "whatever"),
        ("cadence_days", "一个月", 30),
        ("contact_role", "总经理", "decides"),
        ("price_sensitivity", "高", "high"),
        ("cadence_days", "30", 30),
        ("cadence_days", "every 2 weeks", 14),
        ("cadence_days", "每3个月", 90),
        ("cadence_days", "2个星期", 14),
        ("cadence_days", "每周", 7),
        ("cadence_days", "90 天", 90),
        ("cadence_days", "sometimes", "sometimes"),
        ("phone", "13812345678.0", "13812345678"),
        ("contact_phone", "+49891234567.00", "+49891234567"),
        ("phone", "089.1234.0", "089.1234.0"),
        ("latitude", "48,1374", 48.1374),
        ("longitude", "-11.5", -11.5),
        ("latitude", "nan", "nan"),
        ("latitude", "1e400", "1e400"),
        ("latitude", "٣", "٣"),
    ],
)
def test_words_become_codes_and_what_is_not_understood_stays(field: str, text: str, meant: object) -> None:
    assert values.understood(field, text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01 00:00:00", "2026-03-01"),
        ("2026/3/1", "2026-03-01"),
        ("2026/3/1 0:00", "2026-03-01"),
        ("2026.03.01", "2026-03-01"),
        ("2026年3月1日", "2026-03-01"),
        ("2026-03-01 09:30", "2026-03-01 09:30"),
        ("03/04/2026", "03/04/2026"),
        ("46082", "46082"),
        ("2026/13/1", "2026-13-01"),
    ],
)
def test_a_day_whose_year_comes_first_is_understood_and_none_is_guessed(text: str, meant: str) -> None:
    assert values.own("date", text) == meant


def test_tags_are_taken_apart_and_kept_once() -> None:
    assert values.tags("trade fair, VIP，VIP、新客户") == ["trade fair", "VIP", "新客户"]
    assert values.tags("a, b; c") == ["a, b", "c"]
