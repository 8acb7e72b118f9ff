"""A program with an idle worker and a busy one, which have both called the port it is given."""

from __future__ import annotations

import sys

import anyio

from tests.support import jobs
from webis_mcp.service.workers import open_workers
from webis_mcp.settings import ReadingLimits


async def main(port: int) -> None:
    async with open_workers(ReadingLimits()) as workers, anyio.create_task_group() as tasks:
        tasks.start_soon(workers.run, jobs.keep_in_touch_and_spin, port)
        await workers.run(jobs.keep_in_touch, port)
        await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]))
