"""The peer of the stream bench: what is left of a live stream without sessions, realms, topics and slow clients.

`python -m bench.sse_peer PORT CHANNEL`, with $DATABASE_URL: every notice goes to everybody as it comes.
"""

import asyncio
import os
import sys

import psycopg

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\nid: 0\ndata: {}\n\n"
clients: set[asyncio.StreamWriter] = set()


async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD)
    clients.add(writer)
    await reader.read()  # until the client leaves
    clients.discard(writer)
    writer.close()


async def listen(channel: str) -> None:
    async with await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        await connection.execute(f"listen {channel}")
        async for notice in connection.notifies():
            event = f'id: {notice.payload}\ndata: {{"position":{notice.payload}}}\n\n'.encode()
            for writer in clients:
                writer.write(event)


async def main(port: int, channel: str) -> None:
    server = await asyncio.start_server(serve_one, "127.0.0.1", port, backlog=512)
    async with server:
        await listen(channel)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
