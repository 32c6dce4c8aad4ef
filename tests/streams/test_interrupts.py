"""One signal ends the demo in order; another does not disturb that."""

import asyncio
import os
import signal

import pytest

from streams.demo.interrupts import Interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_loop_interrupts(number: signal.Signals) -> None:
    interrupts = Interrupts()
    with pytest.raises(KeyboardInterrupt), interrupts:
        os.kill(os.getpid(), number)
    assert interrupts.signal == number


def test_a_signal_cancels_what_runs_and_a_second_one_lets_it_clear_away() -> None:
    interrupts = Interrupts()
    cleared: list[bool] = []

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.sleep(30)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.01)
            cleared.append(True)

    with pytest.raises(asyncio.CancelledError), interrupts:
        asyncio.run(interrupts.guard(work()))
    assert cleared == [True]
    assert interrupts.signal == signal.SIGTERM
