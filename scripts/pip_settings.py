"""Translates pip's settings for uv: reads the output of ``pip config list``, writes shell lines that export variables.

Precedence is pip's: a variable ``PIP_…``, then the section ``[install]``, then ``[global]``. A variable of uv's that is
set already is not changed.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

SECTIONS = ("global", "install", ":env:")
"""The sections that ``pip install`` reads; a later one replaces what an earlier one says."""


def parts(value: str) -> list[str]:
    """The members of a list; pip splits it at white space."""
    return [str(Path(word).expanduser()) if word.startswith("~") else word for word in value.split()]


def join_by_spaces(value: str) -> str:
    """A list as most of uv's variables have it."""
    return " ".join(parts(value))


def join_by_commas(value: str) -> str:
    """A list as UV_FIND_LINKS has it."""
    return ",".join(parts(value))


def to_seconds(value: str) -> str:
    """A time in whole seconds, at least one."""
    return str(max(1, round(float(value))))


def to_boolean(value: str) -> str:
    """A truth value; pip accepts more words for it than uv."""
    return "true" if value.lower() in ("1", "y", "yes", "t", "true", "on") else "false"


VARIABLES: dict[str, tuple[str, Callable[[str], str]]] = {
    "index-url": ("UV_DEFAULT_INDEX", str),
    "extra-index-url": ("UV_INDEX", join_by_spaces),
    "find-links": ("UV_FIND_LINKS", join_by_commas),
    "no-index": ("UV_NO_INDEX", to_boolean),
    "trusted-host": ("UV_INSECURE_HOST", join_by_spaces),
    "cert": ("SSL_CERT_FILE", str),
    "client-cert": ("SSL_CLIENT_CERT", str),
    "proxy": ("ALL_PROXY", str),
    "default-timeout": ("UV_HTTP_TIMEOUT", to_seconds),
    "timeout": ("UV_HTTP_TIMEOUT", to_seconds),
}
"""pip's options, each with the variable that uv reads, and how its value is written there."""


def pip_settings(listing: str) -> dict[str, str]:
    """The options of pip and their values, from lines such as ``global.find-links='/srv/wheels'``."""
    by_section: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for section, option, value in re.findall(r"^([\w:-]+)\.([\w-]+)=(.*)$", listing, re.MULTILINE):
        if section in by_section:
            by_section[section][option] = str(ast.literal_eval(value))
    return {option: value for section in SECTIONS for option, value in by_section[section].items()}


def uv_settings(settings: dict[str, str]) -> dict[str, str]:
    """The variables that make uv do the same."""
    variables = {}
    for option, (variable, write) in VARIABLES.items():
        if settings.get(option):
            variables[variable] = write(settings[option])
    if "UV_INDEX" in variables:
        # pip prefers no index: it takes the newest version that the constraints allow, wherever that is.
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return variables


def main() -> None:
    """Translates from stdin to stdout."""
    for variable, value in uv_settings(pip_settings(sys.stdin.read())).items():
        if variable not in os.environ:
            sys.stdout.write(f"export {variable}={shlex.quote(value)}\n")


if __name__ == "__main__":
    main()
