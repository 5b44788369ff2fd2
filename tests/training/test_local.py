from __future__ import annotations

import asyncio

from hch.training.experiment import Local


async def test_results_keep_the_order_of_the_items_and_run_together() -> None:
    running = 0

    async def doubled(number: int) -> int:
        nonlocal running
        running += 1
        await asyncio.sleep(0.001 * (5 - number))
        assert running == 5
        return 2 * number

    assert await Local()(doubled, range(5)) == [0, 2, 4, 6, 8]
