"""Runs one command with a network of its own, in which one server can be reached and nothing else in the world.

usage: unshare --net python3 alone.py SOCKET PORT COMMAND…
Inside, 127.0.0.1:PORT is the server that listens at the Unix socket SOCKET. Exits as the command does.
"""

import asyncio
import subprocess
import sys
import threading

from isolated import loopback_up


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass  # one side left; the other hears of it below
    finally:
        writer.close()


async def relay(path: str, port: int, listens: threading.Event) -> None:
    async def connected(reader, writer):
        there_reader, there_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(carry(reader, there_writer), carry(there_reader, writer))

    async with await asyncio.start_server(connected, "127.0.0.1", port) as server:
        listens.set()
        await server.serve_forever()


def main(path: str, port: str, *command: str) -> int:
    loopback_up()
    listens = threading.Event()
    threading.Thread(target=lambda: asyncio.run(relay(path, int(port), listens)), daemon=True).start()
    if not listens.wait(10):
        raise SystemExit(f"the way to {path} could not be opened")
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
