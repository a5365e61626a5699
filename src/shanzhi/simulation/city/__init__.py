"""The city's 12345, simulated. A process of its own that speaks the public interface only.

Its orders, calls and judgements are inventions; no figure that comes of them says anything about quality.
"""

import os

PORT_BEHIND = 12
"""Its receiver listens this many ports behind the server's."""


def receiver_port() -> int:
    return int(os.environ.get("PORT", "8000")) + PORT_BEHIND


def receiver_address() -> str:
    """Where it is told what became of its orders."""
    return f"http://127.0.0.1:{receiver_port()}/webhook"
