"""``hch serve``: the pages for people, over a store, and if wanted a model that answers what they ask."""

from __future__ import annotations

import argparse
import contextlib
import errno
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

EVERYWHERE = ("0.0.0.0", "::")
"""Addresses to listen at that are all of this machine's, and none to be called by."""

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
    parser.add_argument(
        "--https", action="store_true", help="a proxy on this machine serves it by https: cookies go no other way"
    )
    parser.add_argument(
        "--secret-file", metavar="FILE", type=Path,
        help="what sessions are signed with; made if it is not there (default: beside a SQLite store)",
    )  # fmt: skip
    parser.add_argument("--sample", action="store_true", help="put a sample project into the store, to try things out")
    return serve(parser.read(words))


def serve(read: argparse.Namespace) -> int:
    """Opens the store, says where the pages are, and serves them."""
    import uvicorn

    from hch.store.database import DEFAULT_URL, open_store
    from hch.web.app import application

    named = read.model or ("excerpts" if read.sample else "")
    model = _model(named, read.model_name) if named else None
    listening = _listening(read.host, read.port)
    if listening is None:
        print(f"hch: port {read.port} at {read.host} is in use: choose another --port", file=sys.stderr)
        return FAILED
    with listening, contextlib.closing(open_store(read.store or DEFAULT_URL)) as store:
        settings = _settings(read, store, named, model)
        _greet(store, _address(read, listening.getsockname()[1]), sample=read.sample)
        if read.host in EVERYWHERE and not read.name:
            print("Other machines reach it only by a name that --name gives.", flush=True)
        print("Ctrl-C ends it.", flush=True)
        app = application(settings)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            # Who is behind a proxy is known by what that says, and by nothing that anybody else says.
            proxy_headers=read.https,
            timeout_graceful_shutdown=3,
            lifespan="on",
        )
        server = uvicorn.Server(config)
        app.state.ending = lambda: server.should_exit
        server.run(sockets=[listening])
    return DONE


def _address(read: argparse.Namespace, port: int) -> str:
    """Where a browser finds it."""
    if read.https and read.name:
        return f"https://{read.name[0]}"
    here = "127.0.0.1" if read.host == "0.0.0.0" else "::1" if read.host == "::" else read.host
    return f"http://{_in_address(read.name[0] if read.name else here)}:{port}"


def _settings(read: argparse.Namespace, store: Database, named: str, model: Answerer | None) -> Settings:
    from hch.cli.secret import signing_secret
    from hch.other_side import OtherSide
    from hch.web.settings import LOOPBACK, Settings

    own = () if read.host in EVERYWHERE else (_in_address(read.host),)
    return Settings(
        store,
        signing_secret(store, read.secret_file),
        hosts=tuple(dict.fromkeys(name.lower() for name in (*LOOPBACK, *own, *read.name))),
        runs=read.runs,
        model=named,
        secure_cookies=read.https,
        background=() if model is None else (OtherSide(store, model).attend,),
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


def _listening(host: str, port: int) -> socket.socket | None:
    """A socket at the address; None where the port is in use. UsageError where the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen(2048)
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
