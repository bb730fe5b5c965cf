"""The main job on the engine of iPhones, and a sale: without a signal, through kills, and counted once."""

from itertools import pairwise
from pathlib import Path

from PIL import Image

from tests.browser.company import Company
from tests.browser.network import Network
from tests.browser.phone import wait_until
from tests.browser.test_photos import OF_VISIT, photo
from tests.browser.test_story import SCREENS
from tests.browser.test_voice_note import ATTACHED, CAN_BE_HEARD
from tests.browser.webkit import WebKitPhone

NOTE = "Wants a quote for shaft seals, from an iPhone"
# An image below the screen is not loaded before it is scrolled to.
IS_SHOWN = """(selector) => {
  const image = document.querySelector(selector);
  image.scrollIntoView();
  return image.naturalWidth > 0;
}"""
DUE = "() => document.querySelectorAll('.when').length"
SHEETS_SEEN = """(count) =>
  [...document.querySelectorAll(".sheet")].filter((sheet) => sheet.getBoundingClientRect().height).length === count"""
# One row a quote, an order and a contract: more than one of any would be more rows.
SOLD = """SELECT stage, json_array_length(quotes.lines), json_extract(quotes.lines, '$[0].quantity'),
  json_extract(quotes.lines, '$[0].discount_bp'), json_array_length(opportunities.moves),
  json_array_length(orders.payments), signer, strokes FROM opportunities
  JOIN quotes ON quotes.opportunity_id = opportunities.id
  JOIN orders ON orders.opportunity_id = opportunities.id
  JOIN contracts ON contracts.opportunity_id = opportunities.id WHERE opportunities.name = :name"""
# Alone on the screen, and as large as to be told apart by its pixels.
SAY = """(text) => {
  document.body.textContent = text;
  Object.assign(document.body.style, { fontSize: "80px", background: "white", color: "black" });
}"""
KEPT = "() => document.querySelector('[data-draft-kept][data-all]') !== null"
TYPING = "Half a sentence that nobody has sav"


def test_a_visit_with_a_photo_survives_the_kill_and_arrives_once(
    company: Company, network: Network, webkit_phone: WebKitPhone, tmp_path: Path
) -> None:
    phone = webkit_phone
    (tmp_path / "photo.jpg").write_bytes(photo(41))
    name, other = (customer.name for customer in company.customers_of("alice", 2))
    phone.move_in("alice")
    network.turn("down")

    phone.open("/today")
    find_customer(phone, name)
    phone.click(".doors a.main")
    phone.write("#note", NOTE)
    phone.click("#outcome-field label")
    phone.click("details summary")
    phone.write("[data-photo]", str(tmp_path / "photo.jpg"))
    phone.waits_for("() => document.querySelector('.shots .shot') !== null")
    phone.click(".save-bar button")
    phone.waits_to_read("[data-toast]", "Undo")
    phone.waits_to_read(".pill span", "2 waiting")
    customer_path = phone.run("() => location.pathname")
    find_customer(phone, other)
    phone.click(".doors a.main")
    phone.write("#note", TYPING)
    phone.waits_for(KEPT)
    draft_path = phone.run("() => location.pathname + location.search")
    phone.kill()

    phone.open(customer_path)
    assert NOTE in phone.text("main")
    assert "1 photo pending" in phone.text("main")
    phone.go(draft_path)
    assert phone.run("() => document.querySelector('#note').value") == TYPING
    for path, heading in SCREENS.items():
        phone.go(path)
        assert phone.text("h1") == heading if heading else phone.text("h1")
    phone.go("/outbox")
    assert phone.run("() => document.querySelectorAll('.outbox-row').length") == 2
    assert company.visits_noting(NOTE) == 0

    network.turn("up")
    phone.go("/outbox")
    phone.waits_to_read(".pill span", "All sent")
    phone.waits_for("() => document.querySelector('.outbox-row') === null")
    assert company.visits_noting(NOTE) == 1
    [(_, has_arrived)] = company.ask(OF_VISIT, note=NOTE)
    assert has_arrived
    phone.go(customer_path)
    phone.waits_for(IS_SHOWN, ".timeline .shot img")


def test_a_sale_survives_the_kills_from_its_first_word_to_the_signature_and_arrives_once(
    company: Company, network: Network, webkit_phone: WebKitPhone
) -> None:
    phone, name = webkit_phone, "Seals for line 7, from an iPhone"
    phone.move_in("charlie")  # of whose sales no other test asks
    network.turn("down")
    phone.open(f"/opportunities/new?customer={company.customer_of('charlie').id}")
    phone.write("#name", name)
    phone.write("#amount_cents", "1575")
    save(phone, "Opportunity saved")
    sale = phone.run("() => location.pathname")
    phone.go(f"{sale}/move?to=first_contact")
    save(phone, "Moved")
    phone.go(f"{sale}/move?to=won")
    phone.click(".save-bar button")
    phone.waits_to_read(".refusal", "Won has to wait")

    phone.go(f"{sale}/quotes/new")
    phone.click("#found [name=add]")
    phone.write("[name=line_discount]", "5")
    phone.click("[name=more]")
    phone.waits_for("() => document.querySelector('[name=line_quantity]').value === '2'")
    phone.waits_to_read(".quote-total", "5% below list")
    phone.waits_for(KEPT)
    phone.kill()
    phone.open(f"{sale}/quotes/new")
    save(phone, "Quote saved")
    press(phone, "button[value=accepted]", "Quote accepted")
    press(phone, "form[action$='/orders'] button", "Order placed")
    press(phone, "form[action$='/payments'] button", "Payment saved")

    phone.go(f"{sale}/contracts/new")
    save(phone, "Contract saved")
    phone.write("[name=signer]", "Ilse")
    phone.draw(".pad .ink")
    drawn = phone.run("() => document.querySelector('[name=strokes]').value")
    phone.waits_for(KEPT)
    contract = phone.run("() => location.pathname")
    phone.kill()
    phone.open(contract)
    press(phone, "form[data-place] .primary", "Contract signed")
    assert "The seal holds" in phone.text(".signed")
    phone.kill()

    network.turn("up")
    phone.open("/outbox")
    phone.waits_to_read(".pill span", "All sent")
    assert company.ask(SOLD, name=name) == [("first_contact", 1, 2, 500, 1, 1, "Ilse", drawn)]


def save(phone: WebKitPhone, told: str) -> None:
    press(phone, ".save-bar button", told)


def press(phone: WebKitPhone, selector: str, told: str) -> None:
    phone.click(selector)
    phone.waits_to_read("[data-toast]", told)


def find_customer(phone: WebKitPhone, name: str) -> None:
    phone.click("nav.dock a[href='/customers']")
    phone.write("#q", name)
    phone.waits_for(
        """(name) => {
          const row = [...document.querySelectorAll("#customer-list .row")].find((one) => one.innerText.includes(name));
          row?.querySelector("a")?.click() ?? row?.click();
          return row !== undefined;
        }""",
        name,
    )
    phone.waits_to_read("h1", name)


def test_an_iphone_that_gets_no_more_updates_has_sheets_and_photos(
    company: Company, webkit_phone: WebKitPhone, tmp_path: Path
) -> None:
    """Safari 16.4 as far as it can be had: without popovers, which snooze, decline, discard and sign out."""
    phone = webkit_phone
    phone.lacks = ("PopoverAttribute", "Element.prototype.checkVisibility", "URL.canParse")
    (tmp_path / "photo.jpg").write_bytes(photo(43))
    phone.move_in("alice")

    phone.open("/today")
    due = phone.run(DUE)
    phone.click(".when")
    phone.waits_for(SHEETS_SEEN, 1)
    phone.click("h1")
    phone.waits_for(SHEETS_SEEN, 0)
    phone.click(".when")
    phone.click(".sheet[style] .choice")
    phone.waits_to_read("[data-toast]", "Undo")
    assert phone.run(SHEETS_SEEN, 0)
    assert phone.run(DUE) == due - 1

    phone.go(f"/visits/new?customer={company.customer_of('alice').id}")
    phone.click("details summary")
    phone.write("[data-photo]", str(tmp_path / "photo.jpg"))
    phone.waits_for("() => document.querySelector('.shots .shot') !== null")


def test_a_sheet_is_as_high_as_what_it_says(webkit_phone: WebKitPhone) -> None:
    """What browsers give a popover, fit-content, WebKit takes for as high as may be."""
    phone = webkit_phone
    phone.move_in("alice")
    phone.open("/more")
    phone.click("button[popovertarget=sign-out]")
    phone.waits_for("() => document.querySelector('.sheet:popover-open') !== null")
    height = phone.run("() => document.querySelector('.sheet:popover-open').getBoundingClientRect().height")
    assert 150 < height < 350


def test_digits_beside_chinese_stand_apart(webkit_phone: WebKitPhone) -> None:
    """Where it parts them from the Chinese by a space of its own, WebKit 2.50 draws the second over the first."""
    phone = webkit_phone
    phone.open("/sign-in")
    phone.run(SAY, "月00日")
    wait_until(lambda: parts_drawn(phone.picture()) == 4)


def parts_drawn(picture: Image.Image) -> int:
    """How many columns of ink, with empty ones between them."""
    ink = [picture.crop((x, 0, x + 1, picture.height)).getextrema()[0] < 128 for x in range(picture.width)]
    return sum(is_ink and not before for before, is_ink in pairwise([False, *ink]))


def test_a_voice_note_survives_the_kill_and_is_heard_before_and_after_it_is_sent(
    company: Company, network: Network, webkit_phone: WebKitPhone
) -> None:
    """Said in MPEG-4, which WebKit alone records."""
    phone, note = webkit_phone, "Said on an iPhone"
    customer = company.customer_of("alice")
    phone.move_in("alice")
    network.turn("down")
    phone.open(f"/visits/new?customer={customer.id}")
    phone.click("details summary")
    phone.click("[data-voice]")
    phone.waits_for("() => document.querySelector('[data-voice][aria-pressed=true]') !== null")
    phone.run("() => new Promise((resolve) => setTimeout(resolve, 1000))")
    phone.click("[data-voice]")
    phone.waits_for("() => document.querySelector('.shots .shot audio') !== null")
    phone.write("#note", note)
    phone.click("#outcome-field label")
    phone.click(".save-bar button")
    phone.waits_to_read("main", "1 voice note pending")
    phone.kill()

    phone.open(f"/customers/{customer.id}")
    phone.waits_for(CAN_BE_HEARD)
    network.turn("up")
    phone.go("/outbox")
    wait_until(lambda: company.ask(ATTACHED, note=note))
    [(media_type, _)] = company.ask(ATTACHED, note=note)
    assert media_type == "audio/mp4"
    phone.go(f"/customers/{customer.id}")
    phone.waits_for(CAN_BE_HEARD)
