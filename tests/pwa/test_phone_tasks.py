"""Asking a department in a stairwell."""

from server.models.identity import new_id
from tests.pwa.test_phone_host import HARBOUR_CAFE, Alice, alice, company

__all__ = ["alice", "company"]

PAGE = f"/customers/{HARBOUR_CAFE}"


def test_a_task_is_asked_and_taken_back_without_a_signal(alice: Alice) -> None:
    task_id = new_id()
    asked = {"task_id": task_id, "customer_id": HARBOUR_CAFE, "note": "Which seal?", "next_step": "3"}
    wrong = alice.post("/tasks", {**asked, "department": "kitchen"})
    assert (wrong["status"], 'id="department-error"' in wrong["text"]) == (422, True)
    alice.post("/tasks", {**asked, "department": "service"})
    page = alice.get(PAGE)["text"]
    assert all(
        text in page for text in ("Which seal?", "Service", "Thu 26 Nov", f"/tasks/{task_id}/withdraw")
    )
    assert [change["name"] for change in alice.outbox()] == ["task.ask"]
    assert "Task" in alice.get("/outbox")["text"]
    too_soon = alice.post(f"/tasks/{task_id}/rate", {"rating": "splendid", "back": PAGE})
    assert too_soon["status"] == 422
    alice.post(f"/tasks/{task_id}/withdraw", {"back": PAGE})
    assert "Which seal?" not in alice.get(PAGE)["text"]
    assert [change["name"] for change in alice.outbox()] == ["task.ask", "task.withdraw"]
