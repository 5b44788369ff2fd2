"""``hch serve RUN --api``: a run as a server with OpenAI's interface."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from hch.cli.listening import EVERYWHERE, called_from_here, in_address, listening_at, names
from hch.cli.usage import DONE, FAILED, UsageError

KEY = "HCH_API_KEY"
LEAST_LETTERS = 16


def serve_api(read: argparse.Namespace) -> int:
    """Loads the run, says where it is served and under which names, and serves it until interrupted."""
    import uvicorn

    from hch.cli.rebuild import rebuilt
    from hch.serving.api.app import application
    from hch.serving.api.served_models import ServedModels
    from hch.training.run_folder import RunFolder
    from hch.training.trained import load_trained

    key = os.environ.get(KEY, "")
    if key and len(key) < LEAST_LETTERS:
        raise UsageError(f"{KEY} needs at least {LEAST_LETTERS} letters: whoever guesses it can use the server")
    folder = RunFolder.existing(Path(read.run))
    listening = listening_at(read.host, read.port)
    if listening is None:
        print(f"hch: port {read.port} at {read.host} is in use: choose another --port", file=sys.stderr)
        return FAILED
    with listening:
        run = asyncio.run(load_trained(rebuilt(folder), folder))
        called = in_address(read.name[0]) if read.name else called_from_here(read.host)
        print(f"The API is at http://{called}:{listening.getsockname()[1]}/v1 and serves {folder.path}", flush=True)
        print(f"Its models: {', '.join(ServedModels(run).names)}", flush=True)
        if read.host in EVERYWHERE and not read.name:
            print("Other machines reach it only by a name that --name gives.", flush=True)
        if not key and read.host not in ("127.0.0.1", "localhost", "::1"):
            print(f"hch: whoever reaches it can use it: {KEY} sets a key that they need", file=sys.stderr)
        print("Ctrl-C ends it.", flush=True)
        app = application(run, hosts=names(read.host, read.name), key=key)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, proxy_headers=False,
            timeout_graceful_shutdown=3, lifespan="off",
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listening])
    return DONE
