"""No test leaves this machine: what seems to work because a server somewhere answered does not count."""

from __future__ import annotations

import socket
import threading

import pytest

BARRED = "tests talk to this machine only"


def test_a_connection_to_another_machine_is_refused_before_it_leaves() -> None:
    with pytest.raises(RuntimeError, match=BARRED), socket.create_connection(("192.0.2.1", 80), timeout=1):
        pass


def test_not_even_a_name_is_looked_up() -> None:
    with pytest.raises(RuntimeError, match=BARRED):
        socket.getaddrinfo("timestamp.example.org", 80)


def test_a_thread_finds_no_way_out_either() -> None:
    refused: list[BaseException] = []

    def leave() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
            try:
                way_out.sendto(b"?", ("192.0.2.1", 53))
            except RuntimeError as error:
                refused.append(error)

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()
    assert BARRED in str(refused[0])


def test_loopback_is_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
