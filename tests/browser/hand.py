"""What a person does on a screen: sign in, find, write, save; and how a test knows that the phone is ready."""

from playwright.sync_api import Locator, Page, expect

from server.demo.cast import PASSWORD
from tests.browser.phone import Phone, wait_until

# Whether the first replica is complete. Read from the phone's database, because no screen says it.
COPY_IS_COMPLETE = """async () => {
  if (!navigator.serviceWorker.controller) return false;
  const name = `legwork-${document.documentElement.dataset.user}`;
  if (!(await indexedDB.databases()).some((one) => one.name === name)) return false;
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  try {
    if (!database.objectStoreNames.contains("meta")) return false;
    return await new Promise((resolve, reject) => {
      const request = database.transaction("meta").objectStore("meta").get("replica");
      request.onsuccess = () => resolve(request.result?.live?.complete === true);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}"""

# later.js comes after the page. A function and not an expression: the page's policy lets Playwright evaluate an
# expression only once, and wait_for_function does it again and again.
LATER_HAS_COME = "() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/later.'))"
LATER_IS_KEPT = "caches.match(document.querySelector('[data-later]').dataset.later).then(Boolean)"
LATER_HAS_RUN = "() => import(document.querySelector('[data-later]').dataset.later).then(() => true)"

# Makes the page believe for a moment that it is hidden, which in a test it never is by itself.
PUT_AWAY = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  delete document.visibilityState;
}"""


def sign_in(page: Page, who: str = "alice") -> None:
    page.locator("input[name=email]").fill(f"{who}@demo.test")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    expect(page.locator("nav.dock")).to_be_visible()


def wait_until_ready_for_offline(page: Page) -> None:
    wait_until(lambda: page.evaluate(COPY_IS_COMPLETE) and page.evaluate(LATER_IS_KEPT), page=page)


def wait_for_what_comes_later(page: Page) -> None:
    page.wait_for_function(LATER_HAS_COME)
    page.evaluate(LATER_HAS_RUN)


def move_in(phone: Phone, who: str = "alice") -> None:
    """Signs in and waits for the first replica. The browser goes on running, because each start takes seconds: a test
    of what one finds after a start closes it. So does one that kills it, because a browser writes the cookies of a
    sign-in only after a while."""
    page = phone.open()
    sign_in(page, who)
    wait_until_ready_for_offline(page)


def pill(page: Page) -> Locator:
    """The pill: the last one on the page, because on a tablet the list beside a customer has one that is not shown."""
    return page.locator(".pill span").last


def find_customer(page: Page, name: str) -> None:
    """Opens a customer's page from any screen, by the dock and the search."""
    page.locator("nav.dock a[href='/customers']").click()
    page.locator("#q").press_sequentially(name)
    page.locator("#customer-list .row").filter(has_text=name).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def choose_outcome(page: Page, outcome: str) -> None:
    page.locator("#outcome-field label").filter(has_text=outcome).click()


def write_note(page: Page, note: str) -> None:
    page.locator("#note").press_sequentially(note)


def save(page: Page) -> None:
    page.locator(".save-bar button").click()


def log_visit(page: Page, outcome: str, note: str) -> None:
    """Logs a visit, beginning at the customer's page."""
    page.locator(".doors a.main").click()
    write_note(page, note)
    choose_outcome(page, outcome)
    save(page)
    expect(page.locator("[data-toast]")).to_contain_text("Undo")
