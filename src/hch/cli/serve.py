"""``hch serve``: the pages for people, over a store, and if wanted a model that answers what they ask."""

from __future__ import annotations

import argparse
import errno
import os
import secrets
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hch.cli.usage import DONE, FAILED, Parser, UsageError

if TYPE_CHECKING:
    from hch.protocols import Answerer
    from hch.store.database import Database
    from hch.web.settings import Settings

DESCRIPTION = """Serves the pages on which people answer questions, ask others or a model, judge, and see how it goes.

People come by invite links; while nobody is there yet, the first one is printed. Only this machine can reach the pages,
unless --host and --name say otherwise. Ctrl-C ends it, and nothing that was saved is lost."""


def main(words: Sequence[str]) -> int:
    """Serves until interrupted."""
    parser = Parser("serve", DESCRIPTION)
    parser.add_argument(
        "--store", metavar="URL", help="a file of SQLite, or postgresql://… (default: hch.db in this folder)"
    )
    parser.add_argument(
        "--model", metavar="RUN|URL",
        help="what answers people's questions: a run, a server with OpenAI's interface, or “excerpts”",
    )  # fmt: skip
    parser.add_argument("--model-name", metavar="NAME", default="model", help="which model of that server")
    parser.add_argument("--runs", metavar="FOLDER", type=Path, default=Path("runs"), help="the runs that are shown")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="the port; 0 is any free one (default: %(default)s)")
    parser.add_argument(
        "--name", metavar="HOST", action="append", default=[], help="another name by which browsers may call it"
    )
    parser.add_argument("--https", action="store_true", help="it is reached by https, so cookies are sent no other way")
    parser.add_argument("--sample", action="store_true", help="put a sample project into the store, to try things out")
    return serve(parser.read(words))


def serve(read: argparse.Namespace) -> int:
    """Opens the store, says where the pages are, and serves them."""
    import uvicorn

    from hch.store.database import DEFAULT_URL, open_store
    from hch.web.app import application

    listening = _listening(read.host, read.port)
    if listening is None:
        print(f"hch: port {read.port} at {read.host} is in use: choose another --port", file=sys.stderr)
        return FAILED
    with listening:
        store = open_store(read.store or DEFAULT_URL)
        address = f"http://{_in_address(read.host)}:{listening.getsockname()[1]}"
        settings = _settings(read, store)
        _greet(store, address, sample=read.sample)
        app = application(settings)
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3, lifespan="on")
        server = uvicorn.Server(config)
        app.state.ending = lambda: server.should_exit
        server.run(sockets=[listening])
        store.close()
    return DONE


def _settings(read: argparse.Namespace, store: Database) -> Settings:
    from hch.other_side import OtherSide
    from hch.web.settings import LOOPBACK, Settings

    named = read.model or ("excerpts" if read.sample else "")
    background = (OtherSide(store, _model(named, read.model_name)).attend,) if named else ()
    own = () if read.host in ("0.0.0.0", "::") else (_in_address(read.host),)
    return Settings(
        store,
        _secret(store),
        hosts=tuple(dict.fromkeys([*LOOPBACK, *own, *read.name])),
        runs=read.runs,
        model=named,
        secure_cookies=read.https,
        background=background,
    )


def _model(named: str, name: str) -> Answerer:
    """What answers what people ask. UsageError where it is nothing that can."""
    if named == "excerpts":
        from hch.models.excerpts import Excerpts

        return Excerpts()
    if named.startswith(("http://", "https://")):
        from hch.models.endpoint import Endpoint, EndpointSettings

        return Endpoint(EndpointSettings(url=named, model=name), role="other side")
    path = Path(named)
    if not path.is_dir():
        raise UsageError(f"--model {named} is no run's folder, no address that begins with http, and not “excerpts”")
    import asyncio

    from hch.asking import AboutAnything, trained
    from hch.cli.rebuild import rebuilt
    from hch.runs import RunFolder

    folder = RunFolder.existing(path)
    return AboutAnything(asyncio.run(trained(rebuilt(folder), folder)))


def _secret(store: Database) -> str:
    """What sessions are signed with: HCH_SECRET, or a file beside the store that only its owner reads.

    A store on a server has no such place: without HCH_SECRET, people sign in anew each time the pages are started.
    """
    given = os.environ.get("HCH_SECRET", "")
    if given:
        if len(given) < LEAST_SECRET:
            raise UsageError(f"HCH_SECRET needs at least {LEAST_SECRET} letters: whoever guesses it can be anybody")
        return given
    if not store.is_sqlite or not store.engine.url.database:
        print("hch: HCH_SECRET is not set, so people sign in anew whenever this is started", file=sys.stderr)
        return secrets.token_urlsafe(32)
    file = Path(f"{store.engine.url.database}.secret")
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text()
    with os.fdopen(descriptor, "w") as opened:
        opened.write(secrets.token_urlsafe(32))
    return file.read_text()


LEAST_SECRET = 20


def _greet(store: Database, address: str, *, sample: bool) -> None:
    """Says where the pages are, and how the first people get in."""
    from hch.sample import put_sample
    from hch.store.people import all_people, make_invite

    if sample:
        store.write(put_sample)
    print(f"The pages are at {address}/ and the store is {store.url}", flush=True)
    if not store.read(all_people):
        now = time.time()
        print(f"Nobody is there yet. Open this to be the first researcher: {address}/join/", end="", flush=True)
        print(store.write(make_invite, "researcher", now, note="the first one"), flush=True)
        if sample:
            for who in ("one who answers", "another, in another browser"):
                token = store.write(make_invite, "answerer", now, note=who)
                print(f"For {who}: {address}/join/{token}", flush=True)
    print("Ctrl-C ends it.", flush=True)


def _listening(host: str, port: int) -> socket.socket | None:
    """A socket at the address; None where the port is in use. UsageError where the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except (OSError, OverflowError) as error:
        opened.close()
        if isinstance(error, OSError) and error.errno == ADDRESS_IN_USE:
            return None
        raise UsageError(
            f"cannot listen at {host}, port {port}: {getattr(error, 'strerror', None) or error}"
        ) from error
    return opened


ADDRESS_IN_USE = errno.EADDRINUSE


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host
