"""The forecast's page: what it says, of whom, and what it says where there is little to go on."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from sqlmodel import select

from server.database import Database
from server.forecast import reading
from server.models.column import wire
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.quota import keep
from server.models.user import User
from server.views.amounts import about
from server.views.forecast_chart import HEIGHT, LEFT, TOP, WIDTH
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser
from tests.routes.numbers import figures_of, numbers_in, tiles_of

Sell = Callable[..., None]


@pytest.fixture
def sell(database: Database) -> Sell:
    """`sell(alice, 100_000, months=30)`: so much on the tenth of each of so many months until now."""

    def sell(owner: User, cents: int, months: int, currency: str = "EUR", stage: str = "won") -> None:
        name = new_id()
        customer = Customer(id=new_id(), name=name, sort_key=name, owner_id=owner.id, territory_id=owner.territory_id,
                            created_at=NOW - timedelta(days=3000))  # fmt: skip
        first, rows = NOW.replace(day=10), []
        for _ in range(months):
            rows.append(Opportunity(id=new_id(), customer_id=customer.id, owner_id=owner.id, name="Seals",
                                    amount_cents=cents, currency=currency, stage=stage, stage_since=first,
                                    created_at=first - timedelta(days=40), moves=_way(first, stage)))  # fmt: skip
            first = (first.replace(day=1) - timedelta(days=1)).replace(day=10)
        with database.writing() as session:
            session.add(customer)
            session.flush()
            session.add_all(rows)

    return sell


def _way(at: datetime, to: str) -> list[dict[str, str]]:
    """It had stood at first contact or at a quote for six weeks."""
    since = wire(at - timedelta(days=40))
    return [
        {
            "by": "",
            "since": since,
            "at": wire(at),
            "from": "first_contact" if to == "quote" else "quote",
            "to": to,
        }
    ]


def cards(html: str) -> dict[str, list[str]]:
    return {label: [tile.number, *tile.said] for label, tile in tiles_of(html).items()}


def words_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html))


def test_an_empty_company_is_told_that_there_is_nothing_to_go_on(screens: Browser, henrik: User) -> None:
    page = screens(henrik).get("/team/forecast")
    assert page.status_code == 200
    assert "There is nothing to go on yet" in page.text
    assert "sales-chart" not in page.text
    assert "nothing to go on yet" in screens(henrik).get("/team").text


def test_one_rep_with_a_steady_past(
    screens: Browser, database: Database, cast: Cast, henrik: User, sell: Sell
) -> None:
    sell(cast.alice, 10_000_000, 30)
    with database.writing() as session:
        keep(session.get_one(User, cast.alice.id), date(2026, 10, 1), 50_000_000, "EUR", "UTC")
    page = screens(henrik).get(f"/team/forecast?rep={cast.alice.id}").text
    told = cards(page)
    assert told["This month"][2] == "€100,000 won so far"
    assert told["This quarter"][2] == "€200,000 won so far"
    # 6 of 21 working days of November are left, and December.
    assert told["This quarter"][0] == about(round((2 + 6 / 21 + 1) * 10_000_000), "EUR", "en")
    assert told["Still to win for the quota"][0] == "€300k"
    assert told["Still to win for the quota"][1] == "by 31 Dec: €10.3k each working day"  # 29 of them
    assert "short of the quota" in told["Still to win for the quota"][2]
    assert "was off by 0% on average" in page
    assert "Made of the past alone" in page


def test_a_quarter_with_no_history_shows_the_pipeline_alone(
    screens: Browser, cast: Cast, henrik: User, sell: Sell
) -> None:
    sell(cast.alice, 100_000, 3)
    page = screens(henrik).get("/team/forecast").text
    assert "too short a history" in page
    assert "too few past months" in page
    sell(cast.alice, 5_000_000, 3, stage="quote")
    page = screens(henrik).get("/team/forecast").text
    assert "This is what the pipeline says alone." in page
    assert re.fullmatch(r"€[\d.,]+k? – €[\d.,]+k", cards(page)["This quarter"][1])


def test_sales_that_never_stood_in_the_pipeline_are_said_as_they_are(
    screens: Browser, database: Database, cast: Cast, henrik: User, sell: Sell
) -> None:
    sell(cast.alice, 100_000, 3)
    with database.writing() as session:
        for row in session.exec(select(Opportunity)):
            row.moves = []
    page = screens(henrik).get("/team/forecast").text
    assert "this is what is won so far" in page
    assert cards(page)["This quarter"] == [
        "€2,000",
        "too early to say how far off it may be",
        "€2,000 won so far",
    ]


def test_a_month_that_made_more_than_is_read_says_nothing_of_earlier_ones(
    screens: Browser,
    database: Database,
    cast: Cast,
    henrik: User,
    sell: Sell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sell(cast.alice, 100_000, 3)
    with database.writing() as session:
        for row in session.exec(select(Opportunity)):
            row.created_at = NOW - timedelta(days=1)
    monkeypatch.setattr(reading, "MOST_TRACKS", 3)
    page = screens(henrik).get("/team/forecast")
    assert page.status_code == 200
    assert cards(page.text)["This quarter"][0] == "€2,000"


def test_other_money_is_chosen_and_never_added(
    screens: Browser, cast: Cast, henrik: User, sell: Sell
) -> None:
    sell(cast.alice, 10_000_000, 30)
    sell(cast.charlie, 700_000, 24, "CNY")
    browser = screens(henrik)
    euros, yuan = browser.get("/team/forecast").text, browser.get("/team/forecast?currency=CNY").text
    assert cards(euros)["This month"][2] == "€100,000 won so far"
    assert cards(yuan)["This month"][2] == "¥7,000 won so far"
    for strange in ("GBP", "%00", "<b>"):
        assert cards(browser.get(f"/team/forecast?currency={strange}").text) == cards(euros)
    alone = browser.get(f"/team/forecast?rep={cast.charlie.id}").text
    assert cards(alone)["This quarter"][2] == cards(yuan)["This quarter"][2] == "¥14,000 won so far"


def test_team_foresees_each_money_that_there_is_a_quota_in(
    screens: Browser, database: Database, cast: Cast, henrik: User, sell: Sell
) -> None:
    """One of them alone would look like the whole."""
    sell(cast.alice, 10_000_000, 30)
    sell(cast.charlie, 70_000_000, 30, "CNY")
    with database.writing() as session:
        for user, currency in ((cast.alice, "EUR"), (cast.charlie, "CNY")):
            keep(session.get_one(User, user.id), date(2026, 10, 1), 90_000_000, currency, "UTC")
    number = figures_of(screens(henrik).get("/team").text)["Forecast"]
    assert re.fullmatch(r"¥[\d.]+M · €[\d.]+k", number)


def test_without_a_quota_team_foresees_each_money_and_says_no_more_than_it_knows(
    screens: Browser, cast: Cast, henrik: User, sell: Sell
) -> None:
    sell(cast.alice, 990_000, 1)
    sell(cast.charlie, 70_000, 1, "CNY")
    browser = screens(henrik)
    page = browser.get("/team").text
    assert figures_of(page)["Forecast"] == "¥700 · €9,900"
    assert "8 in 10" not in page  # how far off it may be is not known yet
    assert (
        "No month since the first sale is over yet: too short a history."
        in browser.get("/team/forecast").text
    )
    sell(cast.alice, 990_000, 30)
    assert "this quarter; 8 in 10 land in between" in browser.get("/team").text


def test_a_territory_is_foreseen_the_same_by_whoever_looks(
    screens: Browser, cast: Cast, henrik: User, sell: Sell
) -> None:
    sell(cast.alice, 10_000_000, 30)
    sell(cast.bob, 3_000_000, 9)
    sell(cast.bob, 8_000_000, 4, stage="contract")
    sell(cast.charlie, 77_000_000, 30)
    own = cards(screens(cast.mei).get("/team/forecast").text)
    assert own == cards(screens(henrik).get(f"/team/forecast?territory={cast.north.id}").text)
    for rep in (cast.alice, cast.bob):
        query = f"/team/forecast?rep={rep.id}"
        assert cards(screens(cast.mei).get(query).text) == cards(screens(henrik).get(query).text)


def test_parts_are_said_to_come_to_another_amount_than_the_whole(
    screens: Browser, cast: Cast, sell: Sell
) -> None:
    why = "Added up they come to a different amount from all of it at once."
    sell(cast.alice, 10_000_000, 30)
    sell(cast.bob, 3_000_000, 9)
    assert why in screens(cast.mei).get("/team/forecast").text
    assert why not in screens(cast.mei).get(f"/team/forecast?rep={cast.alice.id}").text


def test_the_picture_says_what_the_table_says(
    screens: Browser, database: Database, cast: Cast, henrik: User, sell: Sell
) -> None:
    sell(cast.alice, 10_000_000, 30)
    with database.writing() as session:
        keep(session.get_one(User, cast.alice.id), date(2026, 10, 1), 60_000_000, "EUR", "UTC")
    page = screens(henrik).get("/team/forecast").text
    assert re.search(r'<svg class="sales-chart"[^>]* role="img" aria-label="[^"]+table below', page)
    bar = r'<rect class="past" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"'
    bars = [tuple(map(int, one)) for one in re.findall(bar, page)]
    rows = re.findall(r'<tr><th scope="row">(\w+ \d+)</th>(.*?)</tr>', re.sub("</?a[^>]*>", "", page))
    past = [row for row in rows if row[1].startswith("<td>€100,000</td><td></td>")]
    assert len(bars) == len(past) == 12
    for x, y, width, height in bars:
        assert LEFT <= x < x + width <= WIDTH
        assert TOP <= y < y + height <= HEIGHT
    assert len({height for *_, height in bars}) == 1  # they are alike
    quota = re.search(r'<line class="quota" x1="\d+" x2="\d+" y1="(\d+)"', page)
    assert quota
    base = bars[0][1] + bars[0][3]
    assert base - int(quota[1]) == pytest.approx(2 * bars[0][3], abs=2)  # a third of 600,000
    assert dict(rows)["Nov 2026"].startswith("<td>€100,000</td><td>€1")
    assert dict(rows)["Oct 2026"].endswith("<td>€200,000</td>")
    assert "style=" not in page


def test_huge_amounts_and_none_make_a_page(screens: Browser, cast: Cast, henrik: User, sell: Sell) -> None:
    sell(cast.alice, 10**15, 40)
    sell(cast.bob, 0, 40)
    for path in ("/team", "/team/forecast", f"/team/forecast?rep={cast.bob.id}", "/team/quota"):
        assert screens(henrik).get(path).status_code == 200
    assert "€10T" in screens(henrik).get("/team/forecast").text


def test_it_reads_in_chinese(screens: Browser, database: Database, cast: Cast, sell: Sell) -> None:
    sell(cast.alice, 10_000_000, 30)
    with database.writing() as session:
        session.get_one(User, cast.mei.id).locale = "zh-Hans"
        cast.mei.locale = "zh-Hans"
    page = words_of(screens(cast.mei).get("/team/forecast").text)
    assert "提前一个月的预测平均偏差 0%" in page
    assert "万" in page


@pytest.mark.parametrize(
    ("cents", "english", "chinese"),
    [
        (0, "€0", "€0"), (49, "€0", "€0"), (50, "€1", "€1"), (999_949, "€9,999", "€9,999"), (1_000_000, "€10k", "€1万"),
        (12_849_900, "€128k", "€12.8万"), (128_400_000, "€1.28M", "€128万"), (99_960_000, "€1,000k", "€100万"),
        (-2_000_000, "-€20k", "-€2万"), (10**17, "€1,000T", "€1,000万亿"),
        (9_007_199_254_740_991, "€90.1T", "€90.1万亿"),
    ],
)  # fmt: skip
def test_amounts_are_said_in_three_figures(cents: int, english: str, chinese: str) -> None:
    assert about(cents, "EUR", "en") == english
    assert about(cents, "EUR", "zh-Hans") == chinese
    assert about(cents, "SEK", "en") == english.replace("€", "SEK ")


def test_every_number_leads_to_the_sales_that_make_it(
    screens: Browser, cast: Cast, henrik: User, sell: Sell
) -> None:
    sell(cast.alice, 10_000_000, 14)
    sell(cast.bob, 700, 3, currency="CNY")
    sell(cast.bob, 5_000, 2, stage="quote")
    browser = screens(henrik)
    page = browser.get("/team/forecast?currency=EUR").text
    tiles = tiles_of(page)
    assert {label: sums_of(browser.get(tile.href).text) for label, tile in tiles.items()} == dict.fromkeys(
        ("This month", "This quarter", "Still to win for the quota"), ["€50"] * 2
    )
    lists = [browser.get(one.href).text for tile in tiles.values() for one in tile.more]
    assert [sums_of(one) for one in lists] == [["€100,000"], ["€100,000"] * 2]
    assert "Nov 2026 · 1 opportunity · €100,000" in lists[0]
    assert re.search(r'class="back" href="/team/forecast\?[^"]*currency=EUR"', lists[0])
    months = re.findall(r'<td><a href="([^"]*/won[^"]*month[^"]*)">(€[^<]*)</a></td>', page)
    assert len(months) == 13
    for href, amount in (months[0], months[-1]):
        listed = browser.get(unescape(href)).text
        assert sums_of(listed) == [amount]
        assert "/give?" in listed  # and from there one acts
    for month in ("2026-13", "0001-01", "9999-12", "%00", "1999-12", "2026-13&since=2026-01"):
        assert sums_of(browser.get(f"/team/won?month={month}").text) == sums_of(browser.get("/team/won").text)


def test_what_is_foreseen_leads_to_what_is_open_and_a_part_of_a_quota_to_what_was_won(
    screens: Browser, database: Database, cast: Cast, henrik: User, sell: Sell
) -> None:
    """Each list comes to what the forecast was made of; of each rep and territory, too, and in its money alone."""
    sell(cast.alice, 10_000_000, 14)
    sell(cast.alice, 30_000_000, 2, stage="contract")
    sell(cast.alice, 700_000, 2, currency="CNY", stage="contract")
    sell(cast.charlie, 4_000_000, 14)
    sell(cast.charlie, 5_000_000, 3, stage="quote")
    with database.writing() as session:
        keep(session.get_one(User, cast.alice.id), date(2026, 10, 1), 90_000_000, "EUR", "UTC")
    browser = screens(henrik)

    def told_by(href: str) -> str:
        [line] = re.findall(r'<p class="soft" dir="auto">([^<]*)</p>', browser.get(href).text)
        return str(line)

    page = browser.get("/team/forecast?currency=EUR").text
    [foreseen] = set(re.findall(r'<td><a href="([^"]*/open[^"]*)">€', page))
    assert told_by(unescape(foreseen)) == "5 opportunities · €750,000"
    assert sorted(sums_of(browser.get(unescape(foreseen)).text)) == ["€300,000"] * 2 + ["€50,000"] * 3
    [part_of_quota] = set(re.findall(r'<td><a href="([^"]*/won[^"]*)">€300,000</a></td>', page))
    assert told_by(unescape(part_of_quota)) == "2026 Q4 · 4 opportunities · €280,000"
    linked = re.findall(r'<a class="row plain" href="([^"]*)"><span class="text">([^<]*)<', page)
    sentences = {text: told_by(unescape(href)) for href, text in linked}
    assert sentences.pop("5 opportunities are open, for €750,000 together.") == "5 opportunities · €750,000"
    [past] = {told for text, told in sentences.items() if text.startswith("Made of the past")}
    assert past == "Oct 2025 – Oct 2026 · 26 opportunities · €1,820,000"
    of_alice, of_charlie = "2 opportunities · €600,000", "3 opportunities · €150,000"
    assert [
        told_by(one.href).replace("Alice · ", "").replace("Charlie · ", "") for one in numbers_in(page)
    ] == [
        of_alice,
        "2026 Q4 · 2 opportunities · €200,000",
        of_charlie,
        "2026 Q4 · 2 opportunities · €80,000",
    ] * 2  # territories, and reps
    assert "€200k of €900k won so far" in {one.text for one in numbers_in(page)}


def sums_of(html: str) -> list[str]:
    return re.findall(r'href="/opportunities/.*?<span class="tag[^"]*">([^<]*)<', html, re.DOTALL)


def test_reps_are_told_in_the_currency_that_is_chosen(
    screens: Browser, cast: Cast, henrik: User, sell: Sell
) -> None:
    """And a sentence that holds for each currency is said once."""
    sell(cast.alice, 9_007_199_254_740_991, 2)
    sell(cast.alice, -12_345, 2, currency="CNY")
    browser = screens(henrik)
    page = browser.get("/team/forecast?currency=CNY").text
    reps = words_of(page[page.index(">Reps<") :])
    assert "¥" in reps
    assert "€" not in reps
    assert browser.get("/team").text.count("too early to say how far off it may be") == 1
    assert [text for _, text in months_of(page)] == ["Oct 26", "Nov", "Dec", "Jan 27"]


def months_of(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<text class="month" x="(\d+)"[^>]*>([^<]*)<', page)


@pytest.mark.parametrize(
    ("cents", "currency", "language"), [(9_007_199_254_740_991, "EUR", "zh-Hans"), (900_000_00, "SEK", "en")]
)
def test_amounts_beside_the_picture_have_room_also_on_a_phone(
    screens: Browser,
    database: Database,
    cast: Cast,
    henrik: User,
    sell: Sell,
    cents: int,
    currency: str,
    language: str,
) -> None:
    sell(cast.alice, cents, 3, currency=currency)
    with database.writing() as session:
        session.get_one(User, henrik.id).locale = henrik.locale = language
    page = screens(henrik).get("/team/forecast").text
    amounts = re.findall(r'<text class="amount" x="(\d+)"[^>]*>([^<]*)<', page)
    assert amounts
    for x, amount in amounts:
        letters = sum(21 if letter > "\u2e80" else 12.6 for letter in amount)  # at 21px, as on a phone
        assert letters <= int(x)
    assert min(int(x) for x in re.findall(r'<rect class="\w+" x="(\d+)"', page)) > int(amounts[0][0])
