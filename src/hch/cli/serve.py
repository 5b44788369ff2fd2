"""``hch serve``: the pages for people, over a store, with a model that answers what they ask; or a run's own API."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hch.cli.parts import makes, own_parts, part, plugins
from hch.cli.usage import DONE, Parser, UsageError, add_store, suggestion
from hch.serving.hosts import LOOPBACK
from hch.text.display import plain
from hch.text.files import RunError

if TYPE_CHECKING:
    from hch.people.store.database import Database
    from hch.protocols import Answerer
    from hch.serving.pages.settings import Settings

DESCRIPTION = """Serves one of two things. Only this machine can reach it, unless --host and --name say otherwise.
Ctrl-C ends it.

  hch serve [--store URL] …    the pages on which people answer questions, ask others or a model, judge, and see how
                               it goes. People come by invite links; while nobody is there yet, the first one is
                               printed. Nothing that was saved is lost.
  hch serve RUN --api          a run to programs, by OpenAI's interface: chat completions of its model, of H
                               consulting it, and of HCH. Where HCH_API_KEY is set, they need that key."""


def main(words: Sequence[str]) -> int:
    """Serves until interrupted."""
    parser = Parser("serve", DESCRIPTION)
    parser.add_argument("run", metavar="RUN", nargs="?", help="the run's folder, with --api")
    parser.add_argument("--api", action="store_true", help="serve the run to programs, by OpenAI's interface")
    both = parser.add_argument_group("where it is reached")
    both.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    both.add_argument("--port", type=int, default=8000, help="the port; 0 is any free one (default: %(default)s)")
    both.add_argument("--name", metavar="HOST", action="append", default=[], help="another name that it may be called")
    pages = parser.add_argument_group("the pages")
    add_store(pages)
    pages.add_argument(
        "--model", metavar="RUN|URL|NAME",
        help="what answers people's questions: a run, a server with OpenAI's interface, or one of hch list models",
    )  # fmt: skip
    pages.add_argument("--model-name", metavar="NAME", default="model", help="which model of that server")
    pages.add_argument("--runs", metavar="FOLDER", type=Path, default=Path("runs"), help="the runs that are shown")
    pages.add_argument(
        "--https", action="store_true", help="a proxy on this machine serves it by https: cookies go no other way"
    )
    pages.add_argument(
        "--secret-file", metavar="FILE", type=Path,
        help="what sessions are signed with; made if it is not there (default: beside a SQLite store)",
    )  # fmt: skip
    pages.add_argument("--sample", action="store_true", help="put a sample project into the store, to try things out")
    read = parser.read(words)
    if not read.api and read.run is None:
        return serve(read)
    if not read.api:
        said = f"a run is served to programs with --api, and to people with --model {plain(read.run, 100)}"
        raise UsageError(f"{said}. All is explained by: hch serve --help")
    if read.run is None:
        raise UsageError("--api serves a run: hch serve RUN --api")
    for option, at_rest in PAGES_ALONE.items():
        if getattr(read, option.replace("-", "_")) != at_rest:
            raise UsageError(f"--{option} is for the pages, and there are none with --api")
    return serve_api(read)


PAGES_ALONE = {
    "store": None, "model": None, "model-name": "model", "runs": Path("runs"), "https": False, "secret-file": None,
    "sample": False,
}  # fmt: skip
"""The options that only the pages have, and what they are where nobody gives them."""


def serve(read: argparse.Namespace) -> int:
    """Opens the store, says where the pages are, and serves them."""
    from hch.people.store.database import open_store
    from hch.serving.pages.app import application

    named = read.model or ("excerpts" if read.sample else "")
    model = _model(named, read.model_name) if named else None
    with listen_at(read.host, read.port) as listening, contextlib.closing(open_store(read.store or "")) as store:
        settings = _settings(read, store, named, model)
        _greet(store, _address(read, listening.getsockname()[1]), sample=read.sample)
        # Who is behind a proxy is known by what that says, and by nothing that anybody else says.
        return run_server(application(settings), read, listening, proxy_headers=read.https, lifespan="on")


def run_server(app: Any, read: argparse.Namespace, listening: socket.socket, **config: Any) -> int:
    """Serves an application at a socket until interrupted."""
    import uvicorn

    if read.host in EVERYWHERE and not read.name:
        print("Other machines reach it only by a name that --name gives.", flush=True)
    print("Ctrl-C ends it.", flush=True)
    quiet: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": 3,
    }
    server = uvicorn.Server(uvicorn.Config(app, **quiet, **config))
    app.state.ending = lambda: server.should_exit
    server.run(sockets=[listening])
    return DONE


def _address(read: argparse.Namespace, port: int) -> str:
    """Where a browser finds it."""
    if read.https and read.name:
        return f"https://{read.name[0]}"
    return f"http://{bracket(read.name[0]) if read.name else name_from_here(read.host)}:{port}"


def _settings(read: argparse.Namespace, store: Database, named: str, model: Answerer | None) -> Settings:
    from hch.cli.secret import signing_secret
    from hch.people.model_side import OtherSide
    from hch.serving.pages.settings import Settings

    return Settings(
        store,
        signing_secret(store, read.secret_file),
        hosts=host_names(read.host, read.name),
        runs=read.runs,
        model=named,
        secure_cookies=read.https,
        background=() if model is None else (OtherSide(store, model).attend,),
    )


def _model(named: str, name: str) -> Answerer:
    """What answers what people ask. UsageError where it is nothing that can."""
    if named.startswith(("http://", "https://")):
        from hch.models.endpoint.endpoint import Endpoint, EndpointSettings

        return Endpoint(EndpointSettings(url=named, model=name), role="other side")
    path = Path(named)
    if not path.is_dir():
        known = [*own_parts("models"), *plugins("models")]
        if named not in known:
            near = suggestion(named, known)
            raise UsageError(
                f"--model {named} is no run, no address that begins with http, and none of hch list models{near}"
            )
        value = part("models", named)
        answerer: Answerer = value() if makes(value) else value
        return answerer
    from hch.cli.rebuild import rebuild
    from hch.training.run_folder import RunFolder
    from hch.training.trained import AnyContext, load_trained

    folder = RunFolder.existing(path)
    return AnyContext(asyncio.run(load_trained(rebuild(folder), folder)))


def _greet(store: Database, address: str, *, sample: bool) -> None:
    """Says where the pages are, and how the first people get in."""
    from hch.people.sample_project import put_sample
    from hch.people.store.people import all_people, make_invite

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


# The API


KEY = "HCH_API_KEY"
LEAST_LETTERS = 16


def serve_api(read: argparse.Namespace) -> int:
    """Loads the run, says where it is served and under which names, and serves it until interrupted."""
    from hch.cli.rebuild import rebuild
    from hch.serving.api.app import application
    from hch.serving.api.served_models import ServedModels
    from hch.training.run_folder import RunFolder
    from hch.training.trained import load_trained

    key = os.environ.get(KEY, "")
    if key and len(key) < LEAST_LETTERS:
        raise UsageError(f"{KEY} needs at least {LEAST_LETTERS} letters: whoever guesses it can use the server")
    folder = RunFolder.existing(Path(read.run))
    with listen_at(read.host, read.port) as listening:
        run = asyncio.run(load_trained(rebuild(folder), folder))
        called = bracket(read.name[0]) if read.name else name_from_here(read.host)
        print(f"The API is at http://{called}:{listening.getsockname()[1]}/v1 and serves {folder.path}", flush=True)
        print(f"Its models: {', '.join(ServedModels(run).names)}", flush=True)
        if not key and read.host not in ("127.0.0.1", "localhost", "::1"):
            print(f"hch: whoever reaches it can use it: {KEY} sets a key that they need", file=sys.stderr)
        app = application(run, hosts=host_names(read.host, read.name), key=key)
        return run_server(app, read, listening, proxy_headers=False, lifespan="off")


# The socket, and the names that it is called by


EVERYWHERE = ("0.0.0.0", "::")
"""Addresses to listen at that are all of this machine's, and none to be called by."""


def listen_at(host: str, port: int) -> socket.socket:
    """A socket at the address. Raises RunError where the port is in use, UsageError where the address is another's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen(2048)
    except (OSError, OverflowError) as error:
        opened.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise RunError(f"port {port} at {host} is in use: choose another --port") from error
        raise UsageError(
            f"cannot listen at {host}, port {port}: {getattr(error, 'strerror', None) or error}"
        ) from error
    return opened


def name_from_here(host: str) -> str:
    """The name by which this machine calls what listens at ``host``."""
    here = "127.0.0.1" if host == "0.0.0.0" else "::1" if host == "::" else host
    return bracket(here)


def host_names(host: str, others: list[str]) -> tuple[str, ...]:
    """All names by which it may be called: this machine's own, its address, and those that are given."""
    own = () if host in EVERYWHERE else (bracket(host),)
    return tuple(dict.fromkeys(name.lower() for name in (*LOOPBACK, *own, *others)))


def bracket(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host
