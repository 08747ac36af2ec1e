"""Listening at an address of this machine."""

from __future__ import annotations

import socket


def listen(host: str, port: int, backlog: int = 1024) -> socket.socket:
    """A socket that listens, to be handed to processes that answer. Raises OSError where nobody may listen.

    One socket for all of them: a client that connects while one process replaces another waits in its queue. With
    a socket for each (SO_REUSEPORT) those in the queue of the process that ends would be cut off, and another program
    could take half of the requests without a word.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _name, place = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        # What was closed a moment ago does not stand in the way.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(backlog)
        listening.setblocking(False)
        listening.set_inheritable(True)
    except OSError:
        listening.close()
        raise
    return listening
