"""A customer with a long past, opened from the list on the phone: from the tap to the frame in which it stands."""

from pathlib import Path
from statistics import median

from playwright.sync_api import Playwright, expect

from tests.bench.phone import Bench
from tests.bench.result import Result, at_most
from tests.browser.company import Company

ACTIVITIES = 500
TIMES = 15
# Other activities than visits, so that the page has kinds to choose from.
KINDS = "UPDATE visits SET kind = 'call' WHERE customer_id = :id AND outcome IN ('interested', 'not_now')"

OPEN = """id => new Promise((resolve) => {
  const started = performance.now();
  const look = () => location.pathname === `/customers/${id}` && document.querySelector(".timeline li")
    ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)))
    : requestAnimationFrame(look);
  document.querySelector(`#customer-list a[href="/customers/${id}"]`).click();
  look();
})"""


def measure(playwright: Playwright, company: Company, folder: Path) -> list[Result]:
    [(customer_id, name)] = company.ask(
        "SELECT customers.id, customers.name FROM customers JOIN visits ON visits.customer_id = customers.id "
        "GROUP BY customers.id, customers.name ORDER BY count(*) DESC LIMIT 1"
    )
    company.tell(KINDS, id=customer_id)
    bench = Bench(playwright, company, folder)
    bench.move_in("long past")
    bench.network.turn("down")
    taken = []
    with bench.browser("long past") as (_, page):
        for _ in range(TIMES):
            bench.go(page, f"/customers?q={name}")
            expect(page.locator(f'#customer-list a[href="/customers/{customer_id}"]')).to_be_visible()
            page.wait_for_timeout(300)
            taken.append(page.evaluate(OPEN, customer_id))
    bench.network.close()
    return [at_most(f"Customer tapped → page with {ACTIVITIES} activities painted", median(taken), 150, "ms")]
