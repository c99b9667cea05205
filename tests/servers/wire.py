"""A wire between a program and a server that a test can cut or silence, as a broken cable or a firewall would."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 64 * 1024


class Wire:
    """Carries bytes from its own port to `target`. It runs on a thread of its own, so that tests may block."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._is_cut = False
        self._carries = asyncio.Event()
        self._ends: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()

    def cut(self) -> None:
        """Reset all connections, and each new one, until mended."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._abort)

    def silence(self) -> None:
        """Carry nothing either way until mended; connections stay, as where packets are dropped."""
        self._loop.call_soon_threadsafe(self._carries.clear)

    def mend(self) -> None:
        """Carry all that comes from now on, and all that was held."""
        self._is_cut = False
        self._loop.call_soon_threadsafe(self._carries.set)

    def run(self, started: threading.Event) -> None:
        self._loop.run_until_complete(self._serve(started))
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self, started: threading.Event) -> None:
        self._carries.set()
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()
        self._abort()
        held = asyncio.all_tasks() - {asyncio.current_task()}
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = {writer}
        try:
            if self._is_cut:
                return
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            ends.add(back)
            self._ends |= ends
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        except (OSError, asyncio.CancelledError):
            return  # either side has gone, or the test is over
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(CHUNK):
            await self._carries.wait()
            writer.write(chunk)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()

    def _abort(self) -> None:
        for end in self._ends:
            end.transport.abort()


@contextmanager
def wire(target: int) -> Iterator[Wire]:
    """Carrying until left."""
    made, started = Wire(target), threading.Event()
    thread = threading.Thread(target=made.run, args=(started,), name=f"wire to {target}")
    thread.start()
    started.wait(timeout=10)
    try:
        yield made
    finally:
        made.stop()
        thread.join(timeout=10)
