from __future__ import annotations

import gc
import signal
import threading

import pytest

from hch.training.process import interrupts, rare_collections


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_is_noted_and_the_second_obeyed(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interrupts() as interrupted:
        assert not interrupted()
        signal.raise_signal(number)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_signals_are_as_before_whatever_happens_inside() -> None:
    before = signal.getsignal(signal.SIGINT)

    def fails() -> None:
        with interrupts():
            raise ValueError("something else")

    with pytest.raises(ValueError, match="something else"):
        fails()
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_nothing_is_noted_and_nothing_breaks() -> None:
    seen: list[bool] = []

    def work() -> None:
        with interrupts() as interrupted:
            seen.append(interrupted())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]


def test_garbage_is_looked_for_less_often_and_then_as_before() -> None:
    before = gc.get_threshold()
    with rare_collections():
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before
