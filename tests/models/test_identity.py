"""Ids say when they were made, and in which order."""

import time
from itertools import pairwise
from uuid import UUID

from server.models.identity import is_id, new_id


def test_ids_of_one_process_sort_in_the_order_they_are_made() -> None:
    made = [new_id() for _ in range(500)]
    assert all(one < other for one, other in pairwise(made))


def test_an_id_is_a_uuid_of_the_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = UUID(new_id())
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000
    assert is_id(str(made))
    assert UUID(new_id(7, 0)).int >> 80 == 7
    assert new_id(7, (1 << 74) - 1) == "00000000-0007-7fff-bfff-ffffffffffff"
