"""A photo taken without a signal: kept through the kill, shown, sent behind its visit by pieces, and there once."""

import hashlib
import io
import random
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.hand import choose_outcome, find_customer, move_in, pill, save
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until
from tests.files.pictures import MAKER, taken

# In one breath, so that the picture cannot have been read before. What the page says meanwhile, and once it is sent.
CHOOSE_AND_SAVE = """(bytes) => {
  const said = () => [".save-bar button", ".kept"].map((one) => document.querySelector(one).innerText.trim());
  const chosen = new DataTransfer();
  chosen.items.add(new File([new Uint8Array(bytes)], "a.jpg", { type: "image/jpeg" }));
  const input = document.querySelector("[data-photo]");
  input.files = chosen.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  document.querySelector(".save-bar button").click();
  addEventListener("submit", () => { window.said_when_sent = said(); }, { capture: true, once: true });
  return said();
}"""
OF_VISIT = (
    "SELECT attachments.sha256, attachments.received_at IS NOT NULL FROM attachments "
    "JOIN visits ON visits.id = attachments.visit_id WHERE visits.note = :note"
)


def photo(seed: int) -> bytes:
    """Of 12 megapixels, with the place it was taken at: a phone makes it some hundred kilobytes of noise."""
    written, noise = io.BytesIO(), Image.frombytes("RGB", (200, 150), random.Random(seed).randbytes(90_000))
    noise.resize((4000, 3000), Image.Resampling.NEAREST).save(written, "JPEG", exif=taken(6), quality=70)
    return written.getvalue()


def choose(page: Page, content: bytes, name: str = "photo.jpg", media_type: str = "image/jpeg") -> None:
    page.locator("[data-add]").wait_for()
    page.locator("[data-photo]").set_input_files({"name": name, "mimeType": media_type, "buffer": content})


def loaded(page: Page, selector: str) -> bool:
    script = "(one) => document.querySelector(one)?.complete && document.querySelector(one).naturalWidth > 0"
    return bool(page.evaluate(script, selector))


def test_a_photo_taken_without_a_signal_survives_the_kill_and_arrives_once(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"A photo of the pump, {phone.browser}"
    name = company.customer_of("alice").name
    move_in(phone)
    phone.close()
    network.turn("down")

    page = phone.open("/today")
    find_customer(page, name)
    page.locator(".doors a.main").click()
    page.locator("details.further summary").click()
    choose(page, photo(1 if phone.browser == "chromium" else 2))
    wait_until(lambda: loaded(page, ".shots .shot img"), page=page)
    wait_until(lambda: page.locator("[data-draft-kept][data-all]").is_visible(), page=page)
    form_path = page.url.removeprefix(network.origin)
    phone.kill()

    page = phone.open(form_path)
    wait_until(lambda: loaded(page, ".shots .shot img"), page=page)
    choose_outcome(page, "Interested")
    page.locator("#note").fill(note)
    save(page)
    expect(page.locator("main")).to_contain_text(note)
    expect(page.locator("main")).to_contain_text("1 photo pending")
    customer_path = page.url.removeprefix(network.origin)
    phone.kill()

    page = phone.open(customer_path)
    expect(page.locator("main")).to_contain_text("1 photo pending")
    wait_until(lambda: loaded(page, ".timeline .shot img"), page=page)
    assert company.ask(OF_VISIT, note=note) == []

    network.cut_after = 600_000  # in the middle of the photo
    network.turn("up")
    page.goto(network.origin + "/outbox")
    expect(pill(page)).to_have_text("1 file pending")
    assert company.visits_noting(note) == 1
    wait_until(lambda: network.mode == "down", page=page)
    page.goto(network.origin + "/outbox")
    expect(page.locator("main")).to_contain_text("1 photo or file is still on its way.")
    expect(pill(page)).to_have_text("1 file pending")
    assert is_on_its_way(company)
    network.turn("up")
    wait_until(lambda: company.ask(OF_VISIT, note=note)[0][1], 90_000, page)
    expect(pill(page)).to_have_text("All sent")

    [(sha256, _)] = company.ask(OF_VISIT, note=note)
    [(stored, size)] = company.ask(
        "SELECT stored_sha256, size FROM files WHERE sha256 = :sha256", sha256=sha256
    )
    content = (company.folder / "files" / "files" / sha256[:2] / sha256).read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (stored, size)
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (1536, 2048)
        assert not picture.getexif().get_ifd(0x8825)
    assert MAKER.encode() not in content
    page.goto(network.origin + customer_path)
    expect(page.locator("main")).not_to_contain_text("photo pending", timeout=60_000)
    assert company.ask("SELECT count(*) FROM uploads") == [0]


def is_on_its_way(company: Company) -> bool:
    return bool(company.ask("SELECT 1 FROM uploads WHERE received > 0"))


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_photo_that_the_phone_has_lost_is_told_and_holds_up_none_behind_it(
    company: Company, network: Network, phone: Phone
) -> None:
    notes = [f"Lost on the way, {phone.browser}", f"Behind it, {phone.browser}"]
    customer = company.customer_of("alice")
    move_in(phone)
    network.turn("down")
    for seed, note in enumerate(notes, 11):
        page = phone.open(f"/visits/new?customer={customer.id}")
        page.locator("details.further summary").click()
        choose(page, photo(seed))
        expect(page.locator(".shots .shot")).to_have_count(1)
        choose_outcome(page, "Interested")
        page.locator("#note").fill(note)
        save(page)
        expect(page.locator("main")).to_contain_text(note)
        phone.close()
    files = [path for path in phone.profile.rglob("*.indexeddb.blob/**/*") if path.is_file()]
    files.sort(key=lambda path: path.stat().st_mtime)
    lost, other = hash_of(files[0]), hash_of(files[-1])
    assert {lost, other} == set(map(hash_of, files))
    for path in files:  # there may be one from before it was saved with its visit
        if hash_of(path) == lost:
            path.unlink()

    network.turn("up")
    page = phone.open("/outbox")
    wait_until(lambda: company.ask(OF_VISIT, note=notes[1]) == [(other, 1)], 60_000, page)
    expect(pill(page)).to_have_text("1 needs you", timeout=60_000)
    expect(page.locator(".outbox-row strong")).to_have_text(f"Photo or file · {customer.name}")
    expect(page.locator(".outbox-why")).to_contain_text("This phone can no longer read it")
    page.locator(".outbox-actions").get_by_role("button", name="Discard").click()
    page.locator(".sheet:popover-open").get_by_role("button", name="Discard").click()
    expect(pill(page)).to_have_text("All sent")


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_what_is_no_picture_is_refused_in_a_sentence_and_the_visit_is_saved(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"No picture of it, {phone.browser}"
    move_in(phone)
    page = phone.open("/today")
    find_customer(page, company.customer_of("alice").name)
    page.locator(".doors a.main").click()
    page.locator("details.further summary").click()
    choose(page, b"<!doctype html><script>alert(1)</script>")
    expect(page.locator("[data-unread]")).to_have_text(
        "This picture cannot be read here. Save it as JPEG, or take it with the camera."
    )
    expect(page.locator(".shots .shot")).to_have_count(0)
    choose_outcome(page, "Interested")
    page.locator("#note").fill(note)
    save(page)
    expect(page.locator("main")).to_contain_text(note)
    wait_until(lambda: company.visits_noting(note) == 1, page=page)


def test_a_photo_that_is_still_read_when_the_visit_is_saved_goes_with_it(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"Saved before it was read, {phone.browser}"
    move_in(phone)
    page = phone.open(f"/visits/new?customer={company.customer_of('alice').id}")
    network.turn("down")
    page.locator("details.further summary").click()
    page.locator("[data-add]").wait_for()
    choose_outcome(page, "Interested")
    page.locator("#note").fill(note)
    label = page.locator(".save-bar button").inner_text()
    said = page.evaluate(CHOOSE_AND_SAVE, list(photo(5 if phone.browser == "chromium" else 6)))
    assert said[0] == "Reading photos and voice notes…"
    assert said[1].endswith("Reading photos and voice notes…")  # beside that the draft is kept
    expect(page.locator("main")).to_contain_text("1 photo pending")
    sent = page.evaluate("window.said_when_sent")
    assert sent[0] == label
    assert "Reading" not in sent[1]
    network.turn("up")
    wait_until(
        lambda: company.ask(OF_VISIT, note=note) and company.ask(OF_VISIT, note=note)[0][1], 60_000, page
    )


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_photo_taken_out_of_one_form_stays_in_another_and_is_in_none_twice(
    company: Company, network: Network, phone: Phone
) -> None:
    note, same = f"The same again, {phone.browser}", photo(7)
    one, other = company.customers_of("alice", 2)
    move_in(phone)
    page = phone.open(f"/visits/new?customer={one.id}")
    page.locator("details.further summary").click()
    for times in range(2):
        choose(page, same)
        page.wait_for_function("() => document.querySelector('[data-photo]').files.length === 0")
        expect(page.locator("[data-draft-kept][data-all]")).to_be_visible()
        expect(page.locator(".shots .shot")).to_have_count(1)
        if times == 0:
            choose(page, b"no picture")  # what was wrong with one is not said of the next
            expect(page.locator("[data-unread]")).to_be_visible()
    expect(page.locator("[data-unread]")).to_be_hidden()
    expect(page.locator(".shots .shot")).to_have_count(1)

    page.goto(f"{network.origin}/visits/new?customer={other.id}")
    page.locator("details.further summary").click()
    choose(page, same)
    expect(page.locator("[data-draft-kept][data-all]")).to_be_visible()
    page.locator("[data-drop-photo]").click()
    expect(page.locator(".shots .shot")).to_have_count(0)

    page.goto(f"{network.origin}/visits/new?customer={one.id}")
    choose_outcome(page, "Interested")
    page.locator("#note").fill(note)
    save(page)
    wait_until(
        lambda: company.ask(OF_VISIT, note=note) and company.ask(OF_VISIT, note=note)[0][1], 60_000, page
    )


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_photo_shared_by_another_app_is_part_of_the_visit(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"Nameplate, {phone.browser}"
    move_in(phone)
    page = phone.open("/today")
    share = """async (bytes) => {
      const form = new FormData();
      form.append("text", "Nameplate");
      form.append("photos", new File([new Uint8Array(bytes)], "a.jpg", { type: "image/jpeg" }));
      await fetch("/share-target", { method: "POST", body: form, redirect: "manual" });
    }"""
    page.evaluate(share, list(photo(3 if phone.browser == "chromium" else 4)))
    page.goto(network.origin + "/visits/new")
    expect(page.locator("#note")).to_have_value("Nameplate")
    wait_until(lambda: loaded(page, ".shots .shot img"), page=page)
    page.locator("#note").fill(note)
    choose_outcome(page, "Interested")
    save(page)
    wait_until(
        lambda: company.ask(OF_VISIT, note=note) and company.ask(OF_VISIT, note=note)[0][1], 60_000, page
    )


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_phone_that_is_nearly_full_takes_no_photo_and_saves_the_visit(
    company: Company, network: Network, phone: Phone
) -> None:
    """Whatever the browser promises: it says 10 GB, and gives three million bytes."""
    note = "No room for a photo"
    move_in(phone)
    page = phone.open("/today")
    assert phone.context
    disk, here = phone.context.new_cdp_session(page), {"origin": network.origin}
    used = disk.send("Storage.getUsageAndQuota", here)["usage"]
    disk.send("Storage.overrideQuotaForOrigin", {**here, "quotaSize": used + 3_000_000})
    find_customer(page, company.customer_of("alice").name)
    page.locator(".doors a.main").click()
    page.locator("details.further summary").click()
    expect(page.locator("[data-full]")).to_contain_text("This phone is nearly full")
    expect(page.locator("[data-add]")).to_be_hidden()
    expect(page.locator("[data-voice]")).to_be_hidden()
    choose_outcome(page, "Interested")
    page.locator("#note").fill(note)
    save(page)
    wait_until(lambda: company.visits_noting(note) == 1, page=page)
