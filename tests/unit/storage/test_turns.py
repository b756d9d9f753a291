"""Who writes stands in line: one at a time, in order, and nobody for ever."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from signing_service.storage.turns import Turns


def in_line(turns: Turns, name: int, order: list[int]) -> threading.Thread:
    """A thread that stands in line before this returns, and writes its name down at its turn."""

    def take() -> None:
        with turns.turn(60):
            order.append(name)

    thread = threading.Thread(target=take)
    before = len(turns._waiting)
    thread.start()
    while len(turns._waiting) == before:
        time.sleep(0.001)
    return thread


def test_turns_come_in_the_order_of_the_line() -> None:
    turns, order = Turns(), list[int]()
    with turns.turn(60):
        threads = [in_line(turns, number, order) for number in range(8)]
    for thread in threads:
        thread.join(60)
    assert order == list(range(8))


def test_who_comes_again_at_once_stands_behind_whoever_waited() -> None:
    turns, order = Turns(), list[int]()
    with turns.turn(60):
        thread = in_line(turns, 1, order)
    with turns.turn(60):
        order.append(2)
    thread.join(60)
    assert order == [1, 2]


def test_who_is_not_let_in_is_told_and_leaves_the_line() -> None:
    turns = Turns()
    with turns.turn(60), pytest.raises(TimeoutError), turns.turn(0.01):
        pytest.fail("two have the turn")
    with turns.turn(0.01):
        pass


def test_a_turn_ends_also_with_an_error() -> None:
    turns = Turns()
    with pytest.raises(RuntimeError), turns.turn(60):
        raise RuntimeError
    with ExitStack() as stack:
        stack.enter_context(turns.turn(0.01))


def test_no_two_of_many_have_the_turn() -> None:
    turns, inside, most = Turns(), 0, 0

    def take() -> None:
        nonlocal inside, most
        for _ in range(200):
            with turns.turn(60):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (most, inside) == (1, 0)
