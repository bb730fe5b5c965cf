"""A voice note spoken without a signal: kept with its visit, sent behind it, and heard on the customer's page."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.hand import PUT_AWAY, choose_outcome, move_in, pill, save
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until

ATTACHED = (
    "SELECT attachments.media_type, files.size FROM attachments JOIN visits ON visits.id = attachments.visit_id "
    "JOIN files ON files.sha256 = attachments.sha256 "
    "WHERE visits.note = :note AND attachments.received_at IS NOT NULL"
)
CAN_BE_HEARD = """() => new Promise((resolve) => {
  const sound = document.querySelector(".timeline audio");
  sound.onloadeddata = () => resolve(sound.readyState >= 2);
  sound.onerror = () => resolve(String(sound.error?.message));
  sound.preload = "auto";
  sound.load();
})"""


def test_a_voice_note_is_kept_with_the_visit_sent_behind_it_and_can_be_heard(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"Said more than typed, {phone.browser}"
    customer = company.customer_of("alice")
    phone.has_microphone = True
    move_in(phone)
    page = phone.open(f"/visits/new?customer={customer.id}")
    network.turn("down")
    page.locator("details.further summary").click()
    page.locator("[data-voice]").click()
    expect(page.locator("[data-voice][aria-pressed=true]")).to_be_visible()
    page.wait_for_timeout(1_500)
    page.locator("[data-voice]").click()
    expect(page.locator(".shots .shot audio")).to_have_count(1)
    choose_outcome(page, "Interested")
    page.locator("#note").fill(note)
    save(page)
    expect(page.locator("main")).to_contain_text("1 voice note pending")
    assert page.evaluate(CAN_BE_HEARD) is True

    network.turn("up")
    page.goto(f"{network.origin}/outbox")
    expect(pill(page)).to_have_text("All sent")
    wait_until(lambda: company.ask(ATTACHED, note=note), 90_000, page)
    [(media_type, size)] = company.ask(ATTACHED, note=note)
    assert (media_type.startswith("audio/"), size > 1_000) == (True, True)
    page.goto(f"{network.origin}/customers/{customer.id}")
    expect(page.locator("main")).not_to_contain_text("voice note pending")
    assert page.evaluate(CAN_BE_HEARD) is True


def test_a_recording_under_way_goes_with_the_visit_or_into_the_draft(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"Saved while speaking, {phone.browser}"
    customer = company.customer_of("alice")
    phone.has_microphone = True
    move_in(phone)
    page = phone.open(f"/customers/{customer.id}")
    network.turn("down")
    page.locator(".doors a.main").click()
    speak(page)
    page.locator(".bar .back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(customer.name)
    page.locator(".doors a.main").click()
    expect(page.locator(".shots .shot audio")).to_have_count(1)
    page.locator("[data-drop-photo]").click()

    speak(page)
    choose_outcome(page, "Interested")
    page.locator("#note").fill(note)
    save(page)
    expect(page.locator("main")).to_contain_text("1 voice note pending")
    network.turn("up")
    wait_until(lambda: company.ask(ATTACHED, note=note), 90_000, page)


def test_a_recording_ends_when_the_phone_is_put_away(company: Company, phone: Phone) -> None:
    phone.has_microphone = True
    move_in(phone)
    page = phone.open(f"/visits/new?customer={company.customer_of('alice').id}")
    speak(page)
    page.evaluate(PUT_AWAY)
    expect(page.locator(".shots .shot audio")).to_have_count(1)
    expect(page.locator("[data-voice]")).not_to_have_attribute("aria-pressed", "true")


def speak(page: Page) -> None:
    if not page.locator("[data-voice]").is_visible():
        page.locator("details.further summary").click()
    page.locator("[data-voice]").click()
    expect(page.locator("[data-voice][aria-pressed=true]")).to_be_visible()
    page.wait_for_timeout(500)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_without_a_microphone_it_says_what_to_do(company: Company, phone: Phone) -> None:
    move_in(phone)
    page = phone.open(f"/visits/new?customer={company.customer_of('alice').id}")
    page.locator("details.further summary").click()
    page.locator("[data-voice]").click()
    expect(page.locator("[data-silent]")).to_contain_text("Allow it in the browser")
    expect(page.locator(".shots .shot audio")).to_have_count(0)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_where_no_sound_can_be_encoded_the_microphone_is_let_go(company: Company, phone: Phone) -> None:
    phone.has_microphone = True
    move_in(phone)
    page = phone.open(f"/visits/new?customer={company.customer_of('alice').id}")
    page.evaluate(
        """() => {  // what WebKit does on a system without an encoder
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (what) => (window.heard = await ask(what));
          MediaRecorder.prototype.start = () => { throw new DOMException("", "NotSupportedError"); };
        }"""
    )
    page.locator("details.further summary").click()
    page.locator("[data-voice]").click()
    expect(page.locator("[data-silent]")).to_be_visible()
    expect(page.locator("[data-voice]")).not_to_have_attribute("aria-pressed", "true")
    assert page.evaluate("window.heard.getTracks().every(({ readyState }) => readyState === 'ended')")
