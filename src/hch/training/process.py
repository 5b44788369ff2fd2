"""What a run changes of its process while it lasts: how an interrupt is taken, how often garbage is looked for."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def rare_collections() -> Iterator[None]:
    """Inside the block the garbage collector runs seldom.

    Questions and answers are made by the thousand and never in cycles, so looking for cycles among them took a third
    of the time of an amplification.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Inside the block the first interrupt (Ctrl-C, or a polite kill) is only noted; the second is obeyed at once."""
    noted: list[int] = []
    before: dict[int, Any] = {}

    def note(number: int, _frame: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
