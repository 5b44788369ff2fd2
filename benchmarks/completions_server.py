"""A server of chat completions that takes its time and does nothing else: ``python -m benchmarks.completions_server``.

It listens at a free port, which it prints, and answers each call after so many seconds as its argument says. It shares
the machine with what is measured, so it knows of HTTP only where a request ends: a call takes it 0.04 ms of CPU, where
a server that knows more takes four times that.
"""

from __future__ import annotations

import asyncio
import json
import sys

LENGTH = b"content-length:"


def completion() -> bytes:
    """What is sent, with its headers."""
    message = {"role": "assistant", "content": "yes"}
    body = json.dumps(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "model",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11},
        }
    ).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


class Connection(asyncio.Protocol):
    """One of them; its requests have a length."""

    def __init__(self, seconds: float, sent: bytes) -> None:
        self.seconds, self.sent, self.read = seconds, sent, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.later = transport, asyncio.get_running_loop().call_later

    def data_received(self, data: bytes) -> None:
        self.read += data
        while (end := self.read.find(b"\r\n\r\n")) >= 0:
            length = self.read[:end].lower().partition(LENGTH)[2].partition(b"\r\n")[0]
            whole = end + 4 + int(length)
            if len(self.read) < whole:
                return
            self.read = self.read[whole:]
            self.later(self.seconds, self.transport.write, self.sent)


async def main(seconds: float) -> None:
    sent = completion()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(seconds, sent), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
