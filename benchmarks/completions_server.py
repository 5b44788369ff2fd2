"""A server of chat completions that takes its time and does nothing else: ``python -m benchmarks.completions_server``.

It listens at a free port, which it prints, and answers each call after so many seconds as its argument says.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from typing import Any

import uvicorn


def completion() -> bytes:
    message = {"role": "assistant", "content": "yes"}
    return json.dumps(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "model",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11},
        }
    ).encode()


def main(seconds: float) -> None:
    body = completion()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def application(_: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await asyncio.sleep(seconds)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(2048)
        print(listening.getsockname()[1], flush=True)
        config = uvicorn.Config(application, log_level="error", access_log=False, lifespan="off")
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(float(sys.argv[1]))
