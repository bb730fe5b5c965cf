"""Pictures of every screen, to look at: `python -m tests.screenshots`.

All of them go to reports/screenshots/; README.md's five and the two that an installer shows are kept in the repository.
"""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlmodel import select

from server.models.column import wire
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.pipeline import DEFAULT_PIPELINE
from server.models.user import User
from server.models.workspace import territories
from sync.apply import apply
from tests.browser.company import Company, database_in, prepare, running_company
from tests.browser.hand import choose_outcome, pill, sign_in, wait_until_ready_for_offline, write_note
from tests.browser.phone import CHROMIUM_FLAGS, PHONE, TABLET
from tests.sync.phone import Line, Phone

ROOT = Path(__file__).parent.parent
REPORTS = ROOT / "reports" / "screenshots"
# The pictures that the repository keeps, and where.
KEPT = {
    "today-phone-light-en": "docs/screenshots/today.png",
    "visit-typed-phone-dark-en": "docs/screenshots/log-a-visit-dark.png",
    "customer-phone-light-en": "docs/screenshots/customer.png",
    "today-phone-dark-zh": "docs/screenshots/today-zh-dark.png",
    "team-tablet-light-en": "docs/screenshots/team.png",
    "today-phone-light-en#install": "pwa/screenshots/today-phone.png",
    "customer-tablet-light-en#install": "pwa/screenshots/customer-tablet.png",
}
COLOURS = 128  # in a kept picture: the difference cannot be seen, and the file is a third of the size


@dataclass(frozen=True)
class Look:
    device: str
    scheme: str
    language: str

    @property
    def size(self) -> dict[str, int]:
        return PHONE if self.device == "phone" else TABLET

    @property
    def rep(self) -> str:
        return "alice" if self.language == "en" else "wang"

    @property
    def note(self) -> str:
        english = "Line 2 leaks again. Wants to see the new seal before the shutdown; bring two samples."
        return english if self.language == "en" else "二号线又漏油了，停产检修前想看新密封件，带两个样品。"

    def __str__(self) -> str:
        return f"{self.device}-{self.scheme}-{self.language}"


LOOKS = [
    Look(device, scheme, language)
    for device in ("phone", "tablet")
    for scheme in ("light", "dark")
    for language in ("en", "zh")
]


def main() -> None:
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="legwork-screenshots-") as folder:
        template = Path(folder, "template")
        template.mkdir()
        prepare(template)
        leave_something_to_decide(template)
        with running_company(template, Path(folder, "data")) as company, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
            for look in LOOKS:
                take_all(browser, company, look)
            browser.close()
    keep()
    print(f"{len(list(REPORTS.glob('*.png')))} pictures in {REPORTS.relative_to(ROOT)}/")


def leave_something_to_decide(folder: Path) -> None:
    """Fields of Alice's customers that somebody changed, and what Bob's phone said of one that is not his."""
    database, now = database_in(folder), datetime.now(UTC)
    with database.writing() as session:
        alice, bob, manager = (
            session.exec(select(User).where(User.email == f"{who}@demo.test")).one()
            for who in ("alice", "bob", "mei")
        )
        customers = session.exec(select(Customer).where(Customer.owner_id == alice.id)).all()
        for customer in customers:
            fields = {"phone": "+49 89 5550100", "lifecycle": "active"}
            apply(session, manager, "customer.edit", {"customer_id": customer.id, "fields": fields}, now)
        customer_id = customers[0].id
    said = {
        "visit_id": new_id(),
        "customer_id": customer_id,
        "started_at": wire(now),
        "outcome": "interested",
    }
    Phone(bob, Line(database, bob, now)).do("visit.log", {**said, "note": "Met their buyer at the fair"})
    database.close()


def take_all(browser: Browser, company: Company, look: Look) -> None:
    with_context(browser, company, look, take_screens_of_reps)
    with_context(browser, company, look, take_screens_of_leaders)
    if look.device == "tablet" or look.scheme == "light":
        with_context(browser, company, look, take_screens_of_admins)


def with_context(browser: Browser, company: Company, look: Look, take: Any) -> None:
    scheme: Any = look.scheme
    context = browser.new_context(
        viewport=look.size,  # type: ignore[arg-type]
        device_scale_factor=2,
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB" if look.language == "en" else "zh-CN",
        timezone_id="Europe/Berlin" if look.language == "en" else "Asia/Shanghai",
        has_touch=look.device == "phone",
        base_url=company.origin,
    )
    context.set_default_timeout(30_000)
    take(context, company, look)
    context.close()


def take_screens_of_reps(context: BrowserContext, company: Company, look: Look) -> None:
    page = context.new_page()
    page.goto("/sign-in")
    take(page, "sign-in", look)
    sign_in(page, look.rep)
    wait_until_ready_for_offline(page)
    busy = company.busiest_customer_of(look.rep)
    for name, path in screens(busy.id).items():
        page.goto(path)
        take(page, name, look)
    take_pipeline(page, company, look)
    take_selling(page, company, look)
    take_library(page, company, look)
    take_the_customer_whole(page, company, look)
    take_what_is_typed(page, company, look)
    take_without_a_signal(context, page, company, look)


def screens(customer_id: str) -> dict[str, str]:
    return {
        "today": "/today",
        "customers": "/customers",
        "customers-cold": "/customers?show=cold",
        "customers-nearby": "/customers?show=nearby",
        "customers-none": "/customers?q=zzzz",
        "customer": f"/customers/{customer_id}",
        "customer-edit": f"/customers/{customer_id}/edit",
        "customer-new": "/customers/new",
        "contact-new": f"/customers/{customer_id}/contacts/new",
        "customer-calls": f"/customers/{customer_id}?kind=call",
        "customer-stages": f"/customers/{customer_id}?kind=move",
        "activity": f"/activities/new?customer={customer_id}&kind=call",
        "visit": f"/visits/new?customer={customer_id}",
        "visit-whom": "/visits/new/customers",
        "visit-plan": f"/visits/plan?customer={customer_id}",
        "follow-up-new": f"/follow-ups/new?customer={customer_id}",
        "outbox": "/outbox",
        "more": "/more",
        "more-install": "/more/install",
        "more-help": "/more/help",
        "more-devices": "/more/devices",
        "more-reminders": "/more/reminders",
        "more-reminders-told": "/more/reminders/asked",
    }


def take_pipeline(page: Page, company: Company, look: Look) -> None:
    """The board, one that is stuck at Quote, and the sheet that does not let it go on."""
    sale, customer = company.longest_at_quote_of(look.rep)
    [service] = company.ask("SELECT id FROM pipelines WHERE position = 2")
    for name, path in {
        "pipeline": "/pipeline",
        "pipeline-service": f"/pipeline?pipeline={service}",
        "pipeline-stage": "/pipeline?stage=won",
        "pipeline-filtered": "/pipeline?customer_type=Distributor",
        "opportunity": f"/opportunities/{sale}",
        "opportunity-move": f"/opportunities/{sale}/move?to=contract",
        "opportunity-lost": f"/opportunities/{sale}/move?to=lost",
        "opportunity-edit": f"/opportunities/{sale}/edit",
        "opportunity-new": f"/opportunities/new?customer={customer}&pipeline={service}",
    }.items():
        page.goto(path)
        take(page, name, look)
    page.goto(f"/opportunities/{sale}/move?to=contract")
    page.locator(".save-bar button").click()
    expect(page.locator(".refusal")).to_be_visible()
    take(page, "opportunity-refused", look)
    if look.device == "phone":
        page.goto("/pipeline")
        page.locator(".sideways a").nth(3).click()
        page.wait_for_timeout(400)
        take(page, "pipeline-swiped", look)


def take_selling(page: Page, company: Company, look: Look) -> None:
    """A quote as it is built, its paper, an order beyond stock, and a customer who should have ordered."""
    email, of = f"{look.rep}@demo.test", "JOIN users ON users.id = author_id WHERE users.email = :email"
    sale, draft = company.ask(
        f"SELECT opportunity_id, quotes.id FROM quotes {of} AND sent_at IS NULL LIMIT 1", email=email
    )[0]
    page.goto(f"/opportunities/{sale}/quotes/new?quote={draft}")
    page.locator("input[name=q]").press_sequentially("40" if look.language == "en" else "MS")
    page.locator("#found .row").nth(1).wait_for()
    take(page, "quote-form", look)
    page.locator("#found [name=add]").first.click()
    page.locator("[name=more]").last.click()
    page.locator(".quote-total").scroll_into_view_if_needed()
    take(page, "quote-lines", look)
    placed = f"SELECT opportunity_id, orders.id, quote_id, customer_id FROM orders {of} ORDER BY placed_on"
    orders = company.ask(placed, email=email)
    (sale, late, quote, _), (newest_sale, newest, *_) = orders[-12], orders[-1]
    for name, path in {
        "quote": f"/opportunities/{sale}/quotes/{quote}",
        "order": f"/opportunities/{newest_sale}/orders/{newest}",
        "order-paid": f"/opportunities/{sale}/orders/{late}",
        "opportunity-orders": f"/opportunities/{newest_sale}",
        "customer-orders": f"/customers/{orders[0][3]}?kind=order",
    }.items():
        page.goto(path)
        take(page, name, look)
    page.goto(f"/opportunities/{sale}/quotes/{quote}")
    page.emulate_media(media="print")
    take(page, "quote-printed", look)
    page.emulate_media(media="screen")
    take_signing(page, company, look)


def take_signing(page: Page, company: Company, look: Look) -> None:
    """A contract as it is written, as it is signed under the customer's finger, and as it is printed."""
    email, of = f"{look.rep}@demo.test", "JOIN users ON users.id = author_id WHERE users.email = :email"
    asked = f"SELECT opportunity_id, contracts.id, quote_id FROM contracts {of}"
    sale, signed, quote = company.ask(f"{asked} AND signed_at IS NOT NULL", email=email)[0]
    page.goto(f"/opportunities/{sale}/contracts/new?quote={quote}")
    take(page, "contract-form", look)
    [(sale_sent, sent, _), *_] = company.ask(
        f"{asked} AND sent_at IS NOT NULL AND signed_at IS NULL AND cancelled_at IS NULL", email=email
    )
    page.goto(f"/opportunities/{sale_sent}/contracts/{sent}")
    pad = page.locator(".pad .ink")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 70)
    page.mouse.down()
    for step in range(40):
        page.mouse.move(box["x"] + 40 + 6 * step, box["y"] + 50 + 30 * ((step % 6) / 3 - 1))
    page.mouse.up()
    take(page, "contract-signing", look)
    page.locator("[data-clear]").click()
    page.goto(f"/opportunities/{sale}/contracts/{signed}")
    take(page, "contract-signed", look)
    page.emulate_media(media="print")
    take(page, "contract-printed", look)
    page.emulate_media(media="screen")


def take_the_customer_whole(page: Page, company: Company, look: Look) -> None:
    """A customer's page further down, what is offered after a call, and who asks for the customer."""
    page.goto(f"/customers/{with_the_longest_chain(company, look.rep)}")
    page.locator("[data-log=call]").first.wait_for()
    for name, place in {
        "chain": "#contacts-title",
        "about": "#about-title",
        "timeline": "#timeline-title",
    }.items():
        page.locator(place).evaluate("heading => { heading.scrollIntoView(); scrollBy(0, -16) }")
        take(page, f"customer-{name}", look)
    page.evaluate("addEventListener('click', (event) => event.preventDefault()); scrollTo(0, 0)")
    page.locator(".doors [data-log=call]").click()
    expect(page.locator("[data-log-offer]")).to_be_visible()
    take(page, "customer-called", look)
    page.evaluate("sessionStorage.clear()")
    asked = (
        "SELECT customers.id FROM access_requests JOIN customers ON customers.id = customer_id JOIN users ON "
    )
    asked += "users.id = owner_id WHERE users.email = :email"
    page.goto(f"/customers/{company.ask(asked, email=f'{look.rep}@demo.test')[0]}")
    take(page, "customer-asked-for", look)
    page.goto("/customers/new")
    page.locator("#name").press_sequentially(company.customer_of("charlie").name)
    expect(page.locator("#elsewhere li").first).to_be_visible()
    take(page, "customer-new-likely", look)
    page.locator("#name").fill("")
    page.goto("/today")


def with_the_longest_chain(company: Company, who: str) -> str:
    found = company.ask(
        "SELECT customers.id FROM customers JOIN users ON users.id = owner_id "
        "JOIN contacts ON contacts.customer_id = customers.id "
        "WHERE users.email = :email AND customers.custom != '{}' AND customers.phone IS NOT NULL "
        "GROUP BY customers.id ORDER BY count(*) DESC, customers.id LIMIT 1",
        email=f"{who}@demo.test",
    )
    return str(found[0])


def take_what_is_typed(page: Page, company: Company, look: Look) -> None:
    page.goto("/customers/new")
    page.locator("#name").fill("")  # whatever of a draft is left
    page.locator(".save-bar button").click()
    expect(page.locator(".error").first).to_be_visible()
    take(page, "customer-new-wrong", look)
    page.goto(f"/visits/new?customer={company.busiest_customer_of(look.rep).id}")
    choose_outcome(page, "Interested" if look.language == "en" else "有兴趣")
    write_note(page, look.note)
    page.locator("input[name=next_step]").nth(2).check(force=True)
    expect(page.locator("[data-draft-kept]")).to_be_visible()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    take(page, "visit-typed", look)


def take_without_a_signal(context: BrowserContext, page: Page, company: Company, look: Look) -> None:
    context.set_offline(True)
    page.locator(".save-bar button").click()
    expect(page.locator("[data-toast]")).to_be_visible()
    expect(pill(page)).to_contain_text("1")
    take(page, "visit-saved-offline", look)
    page.goto("/outbox")
    expect(page.locator(".outbox-row")).to_have_count(1)
    take(page, "outbox-waiting", look)
    # The signal never comes back: the entry goes with the browser, and the next look begins as this one did.


def take_screens_of_admins(context: BrowserContext, company: Company, look: Look) -> None:
    page = context.new_page()
    page.goto("/sign-in")
    sign_in(page, "dora")
    customer = f"/customers/{company.busiest_customer_of('alice').id}"
    [product] = company.ask("SELECT id FROM products WHERE code = 'HK-110'")
    for name, path in {
        "people": "/people",
        "people-new": "/people/new",
        "pipelines": "/pipelines",
        "pipeline-editor": f"/pipelines/{DEFAULT_PIPELINE}",
        "deliveries": "/deliveries",
        "custom-fields": "/custom-fields",
        "products": "/products",
        "product-new": "/products/new",
        "product": f"/products/{product}",
        "product-next": f"/products/new?after={product}",
        "product-import": "/products/import",
        "letterhead": "/letterhead",
        "territory": page_of_first_territory(company),
        "import": "/import",
        "today-admin": "/today",
        "parked": "/parked",
        "phones": "/devices",
        "history": f"{customer}/history",
        "merge": f"{customer}/merge",
        "delete": f"{customer}/delete",
        "deleted": "/deleted-customers",
    }.items():
        page.goto(path)
        take(page, name, look)


def take_library(page: Page, company: Company, look: Look) -> None:
    """A document kept on the phone among others, files of a customer, and how a competitor compares."""
    page.goto("/library")
    page.locator("#library-list li").first.get_by_role("button").click()
    expect(page.locator("#library-list [data-pinned]")).to_have_count(1)
    take(page, "library", look)
    customer_id, opportunity_id = company.ask(
        "SELECT customer_id, opportunity_id FROM attachments JOIN users ON users.id = author_id "
        "WHERE users.email = :email AND opportunity_id IS NOT NULL AND visit_id IS NULL LIMIT 1",
        email=f"{look.rep}@demo.test",
    )[0]
    page.goto(f"/customers/{customer_id}")
    page.locator("#files-title").scroll_into_view_if_needed()
    take(page, "customer-files", look)
    page.locator("#about-title").scroll_into_view_if_needed()
    take(page, "customer-about", look)
    page.goto(f"/opportunities/{opportunity_id}")
    page.locator("#files-title").scroll_into_view_if_needed()
    take(page, "opportunity-files", look)
    page.goto(f"/customers/{customer_id}/comparison?competitor=Dichtwerk")
    take(page, "comparison", look)


def take_screens_of_leaders(context: BrowserContext, company: Company, look: Look) -> None:
    of_alice = f"/customers/{company.busiest_customer_of('alice').id}"
    for who, name, path in (
        ("mei", "library-manager", "/library"),
        ("dora", "library-document", "/library/new"),
        ("dora", "products", "/products"),
        ("mei", "team", "/team"),
        ("mei", "team-filter", "/team/filter"),
        ("mei", "team-cold", "/team/cold"),
        ("mei", "team-approvals", "/team/approvals"),
        ("mei", "give", f"{of_alice}/give"),
        ("sofia", "tasks", "/tasks"),
        ("mei", "report-team", "/report"),
        ("alice", "report", "/report"),
        ("henrik", "funnel", "/team/funnel"),
        ("henrik", "funnel-product", "/team/funnel?by=product"),
        ("mei", "funnel-stuck", "/team/funnel/stuck"),
        ("henrik", "buying", "/team/buying"),
        ("mei", "questions", "/team/questions"),
        ("mei", "question-editor", "/team/questions/new?measure=visits&by=customer_type"),
        ("mei", "question-wrong", "/team/questions/new?measure=visits&by=stage"),
        ("mei", "alerts", "/team/alerts"),
        ("mei", "alert-new", "/team/alerts/new?kind=competitor"),
        ("henrik", "question-heat", "/team/questions/new?measure=open_amount&by=stage&then=territory"),
        ("henrik", "question-margin", "/team/questions/new?measure=margin&by=product&period=twelve_months"),
        ("henrik", "question-line", "/team/questions/new?measure=won_amount&by=month&period=twelve_months"),
        ("mei", "team-visits", "/team/visits?period=month"),
        ("mei", "team-quota", "/team/quota"),
        ("mei", "forecast", "/team/forecast"),
        ("mei", "quotas", "/quotas"),
        ("henrik", "forecast-company", "/team/forecast"),
        ("henrik", "team-company", "/team?period=quarter"),
    ):
        page = context.new_page()
        page.goto("/sign-in")
        sign_in(page, who)
        page.goto(path)
        take(page, name, look)
        page.close()  # otherwise an answer that is on its way to the page would sign it in again
        context.clear_cookies()


def page_of_first_territory(company: Company) -> str:
    with company.database.reading() as session:
        return f"/territories/{territories(session)[0].id}/reminders"


def take(page: Page, name: str, look: Look) -> None:
    page.wait_for_load_state("networkidle") if name == "sign-in" else page.wait_for_load_state()
    page.screenshot(path=REPORTS / f"{name}-{look}.png", animations="disabled")


def keep() -> None:
    for name, place in KEPT.items():
        picture = Image.open(REPORTS / f"{name.partition('#')[0]}.png").convert("RGB")
        kept = ROOT / place
        kept.parent.mkdir(parents=True, exist_ok=True)
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(kept, optimize=True)


if __name__ == "__main__":
    main()
