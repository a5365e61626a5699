"""Gives committed entries the next dense position, seals them into a block and tells followers, about every 50 ms.

One sequencer works at a time, held by a session advisory lock on a connection of its own; if its process dies the lock
goes with the connection and another worker takes over. If its process is stopped (SIGSTOP, a frozen machine, a cut
cable) the connection would live on: PostgreSQL itself ends a leader's session that has said nothing for `SILENCE`.
There are never two writers: every block is written on the session that holds the lock, and a session that PostgreSQL
has ended can write nothing more. A visible row is a committed row, so numbering what one sees
leaves no gap. The NOTIFY runs after the commit in a transaction of its own: inside, it would hold PostgreSQL's
database-wide notify lock through the flush (FINDINGS: a quarter of the commits a second). If the process dies between
the two, the next leader gives that notice first.
"""

import json
import threading
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog

from shanzhi.core.journal.blocks import block_after, insert_block, take_chain
from shanzhi.core.journal.entry import canonical_entry
from shanzhi.core.journal.merkle import canonical, leaf_hash
from shanzhi.core.time import real_now

log = structlog.get_logger(__name__)

LOCK = 0x5EA1  # the advisory lock "sequencer"
CHANNEL = "journal"
PAUSE = 0.05  # seconds between looks
STANDBY = 1.0  # seconds between a standby's tries to take over
BATCH = 2_000  # entries a block at most; bounds memory and the time of one transaction
KEEPALIVE: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 4000,
}

SEE_ALL = """
select set_config('shanzhi.realms', names, true), set_config('shanzhi.reads', names, true)
from (select coalesce(string_agg(id::text, ','), '') as names from core_realm) r
"""
SILENCE = 3.0
"""Seconds without a word after which PostgreSQL ends the sequencer's session and, with it, its lock. With `STANDBY` it
keeps a takeover within 5. A healthy one speaks every `PAUSE`."""
PENDING = """
select e.id, e.realm_id, e.verb, e.version, e.occurred_at, e.recorded_at, e.act, e.actor, e.subjects, e.payload
from core_journalpending p join core_journalentry e on e.id = p.entry_id order by p.seq limit %s
"""
# The one before may have died between its commit and its notice: whoever takes over says what is true now.
TAKEOVER_NOTICE = "select pg_notify(%s, coalesce(max(last), 0)::text) from core_journalblock"
ENTRY_COLUMNS = ("id", "realm", "verb", "version", "occurred_at", "recorded_at", "act", "actor", "subjects", "payload")


class Sequencer:
    """One candidate for the sequencer's lock.

    `cursor_factory` is psycopg's own hook; the tests pass one that kills the process at a chosen statement.
    """

    def __init__(self, conninfo: str, *, cursor_factory: type[psycopg.Cursor[Any]] = psycopg.Cursor) -> None:
        self.conninfo = conninfo
        self.cursor_factory = cursor_factory
        self.leading = False

    def run(self, stop: threading.Event) -> None:
        """Until `stop`: take the lock, then seal block after block. A lost connection is opened anew."""
        while not stop.is_set():
            try:
                with psycopg.connect(
                    self.conninfo,
                    autocommit=True,
                    cursor_factory=self.cursor_factory,
                    options=session_limits(SILENCE),
                    **KEEPALIVE,
                ) as connection:
                    self._lead(connection, stop)
            except psycopg.Error as error:
                self.leading = False
                log.warning("sequencer_connection_lost", error=type(error).__name__)
                stop.wait(STANDBY)
            finally:
                self.leading = False

    def _lead(self, connection: psycopg.Connection[Any], stop: threading.Event) -> None:
        while not stop.is_set():
            if connection.execute("select pg_try_advisory_lock(%s)", [LOCK]).fetchone() == (True,):
                break
            stop.wait(STANDBY)
        else:
            return
        connection.execute(TAKEOVER_NOTICE, [CHANNEL])
        self.leading = True
        log.info("sequencer_leads")
        while not stop.is_set():
            if seal(connection) == 0:
                stop.wait(PAUSE)


def session_limits(seconds: float) -> str:
    """Connection options that let PostgreSQL end a session whose process no longer speaks or reads: between two
    statements, inside a transaction, and while an answer waits to be taken.
    """
    limits = ("idle_session_timeout", "idle_in_transaction_session_timeout", "tcp_user_timeout")
    return " ".join(f"-c {name}={round(seconds * 1000)}" for name in limits)


def seal(connection: psycopg.Connection[Any]) -> int:
    """Order what is pending, up to `BATCH`, as one block. Returns how many entries it placed."""
    with connection.transaction():
        connection.execute(SEE_ALL)
        rows = connection.execute(PENDING, [BATCH]).fetchall()
        if not rows:
            return 0
        last = write_block(connection, rows)
    connection.execute("select pg_notify(%s, %s)", [CHANNEL, str(last)])
    return len(rows)


def write_block(connection: psycopg.Connection[Any], rows: Sequence[tuple[Any, ...]]) -> int:
    """Write the block of these entries and their positions. Returns the last position."""
    leaves = [leaf_hash(canonical(canonical_entry(**dict(zip(ENTRY_COLUMNS, row, strict=True))))) for row in rows]
    block = block_after(take_chain(connection), leaves, sealed_at=real_now())
    insert_block(connection, block)
    places = json.dumps(
        [[block.first + n, str(row[0]), leaf.hex()] for n, (row, leaf) in enumerate(zip(rows, leaves, strict=True))]
    )
    connection.execute(
        "insert into core_journalorder (position, entry_id, leaf, block_id)"
        " select (p->>0)::bigint, (p->>1)::uuid, decode(p->>2, 'hex'), %s from jsonb_array_elements(%s::jsonb) p",
        [block.number, places],
    )
    connection.execute("delete from core_journalpending where entry_id = any(%s)", [[row[0] for row in rows]])
    return block.last
