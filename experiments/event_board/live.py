"""Who is reading along, event by event, in this process."""

from collections import defaultdict

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect


class Rooms:
    def __init__(self):
        self._open = defaultdict(set)

    def join(self, event_id: str, socket: WebSocket):
        self._open[event_id].add(socket)

    def leave(self, event_id: str, socket: WebSocket):
        self._open[event_id].discard(socket)
        if not self._open[event_id]:
            del self._open[event_id]

    async def tell(self, event_id: str, post: dict):
        """Send a post to all in the room; those who have just gone are let go."""
        for socket in list(self._open[event_id]):
            try:
                await socket.send_json(post)
            except (RuntimeError, WebSocketDisconnect):
                self.leave(event_id, socket)
