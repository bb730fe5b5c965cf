"""What another app hands over begins a visit: its text the note, its photo kept on the phone, without a signal too."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.hand import choose_outcome, move_in, pill, save
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until

# As the system does it: a form in the manifest's enctype, sent by a navigation. The photo is a real JPEG, 8 by 8.
SHARE = """([texts, photo]) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: "/share-target", enctype: "multipart/form-data" });
  for (const [name, value] of Object.entries(texts)) {
    form.append(Object.assign(document.createElement("input"), { name, value }));
  }
  if (photo) {
    const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], "seal.jpg", { type: "image/jpeg" }));
    const field = Object.assign(document.createElement("input"), { type: "file", name: "photos" });
    field.files = files.files;
    form.append(field);
  }
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form);
}"""
PHOTO = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6j"
    "q62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSk"
    "pKSkpKSkpKT/wAARCAAIAAgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF"
    "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW"
    "V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi"
    "4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC"
    "AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm"
    "Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq"
    "8vP09fb3+Pn6/9oADAMBAAIRAxEAPwCpRRRQcZ//2Q=="
)
PHOTOS_KEPT = """async () => {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open(`legwork-${document.documentElement.dataset.user}`);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const kept = await new Promise((resolve) => {
    database.transaction("blobs").objectStore("blobs").getAll().onsuccess = ({ target }) => resolve(target.result);
  });
  database.close();
  return kept.map(({ blob }) => blob.type);
}"""


def share(page: Page, texts: dict[str, str], photo: str | None = None) -> None:
    page.evaluate(SHARE, [texts, photo])
    page.wait_for_url("**/visits/new")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_text_shared_without_a_signal_becomes_the_note_and_goes_with_the_visit(
    company: Company, network: Network, phone: Phone
) -> None:
    text = f"Order 4711 from the mail, {phone.browser}"
    move_in(phone)
    network.turn("down")
    page = phone.open("/today")
    share(page, {"title": "", "text": text, "url": "https://example.test/4711"})
    expect(page.locator("#note")).to_have_value(f"{text}\nhttps://example.test/4711")
    choose_outcome(page, "Ordered")
    save(page)
    expect(page.locator("[data-toast]")).to_contain_text("Visit saved")

    page.goto(f"{network.origin}/visits/new")
    expect(page.locator("#note")).to_have_value("")
    network.turn("up")
    page.goto(f"{network.origin}/outbox")
    expect(pill(page)).to_have_text("All sent")
    wait_until(lambda: company.visits_noting(f"{text}\nhttps://example.test/4711") == 1, page=page)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_photo_shared_without_a_signal_is_kept_with_the_visit_being_typed(
    network: Network, phone: Phone
) -> None:
    move_in(phone)
    phone.close()
    network.turn("down")
    page = phone.open("/today")
    share(page, {"text": "The type plate"}, PHOTO)
    for killed in (False, True):
        if killed:
            phone.kill()
            page = phone.open("/visits/new")
        expect(page.locator("#note")).to_have_value("The type plate")
        expect(page.locator("input[name=photo]")).to_have_count(1)
        assert page.evaluate(PHOTOS_KEPT) == ["image/jpeg"]


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_what_is_shared_with_a_signal_is_added_to_what_was_being_typed(phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/today")
    share(page, {"text": "First"})
    share(page, {"text": "Second"})
    expect(page.locator("#note")).to_have_value("First\nSecond")
