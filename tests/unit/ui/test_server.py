"""What the web server does to its own sockets."""

from __future__ import annotations

import socket
from pathlib import Path

from ui import server


def test_only_what_is_accepted_at_our_port_is_sent_at_once() -> None:
    with socket.socket() as ours, socket.socket() as other:
        ours.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        before = len(list(Path("/proc/self/fd").iterdir()))
        server._send_at_once(ours.getsockname()[1])
        assert len(list(Path("/proc/self/fd").iterdir())) == before
        ours.listen()
        with socket.create_connection(ours.getsockname()):
            accepted, _ = ours.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not other.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
