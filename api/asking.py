"""What every way to ask for a comparison shares: its options, its answer, and waiting for it."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

from fastapi import Query, Response
from starlette.concurrency import run_in_threadpool

from api.schemas import HowToCompare
from core.options import CompareOptions
from core.profiles import overlaid
from service.access import Actor
from service.bootstrap import Services
from service.views import ComparisonView

# Two ids and a hundred rules of each sort; the rest of a larger body is not read.
MOST_BYTES = 256 * 1024
MOST_WAIT_SECONDS = 60.0  #: below the patience of proxies
_FIRST_LOOK_SECONDS, _MOST_LOOK_SECONDS, _SLOWER = 0.1, 1.0, 1.5

Wait = Annotated[
    float,
    Query(
        ge=0, le=MOST_WAIT_SECONDS, description="Answer after so many seconds at the latest, sooner when it has ended."
    ),
]


def chosen_options(services: Services, actor: Actor, how: HowToCompare) -> CompareOptions:
    """The options of a request, laid over those of the profile that it names."""
    base = CompareOptions() if how.profile is None else services.profiles.options(actor, how.profile)
    return overlaid(base, how.options.model_dump(exclude_unset=True))


def told(comparison: ComparisonView) -> dict[str, Any]:
    """A comparison as JSON, with the addresses where it goes on."""
    here = f"/api/v1/comparisons/{comparison.id}"
    is_done = comparison.state == "done"
    return {
        **comparison.to_json(),
        "links": {
            "status": here,
            "job": f"/api/v1/jobs/{comparison.job}",
            "result": f"{here}/result" if is_done else None,
            "changes": f"{here}/changes" if is_done else None,
            "report": f"{here}/export/html" if is_done else None,
        },
    }


def submitted(comparison: ComparisonView, response: Response) -> dict[str, Any]:
    """The answer to who asked: 202 while it is still to be done, 200 when it has ended."""
    response.status_code = 202 if comparison.is_live else 200
    response.headers["Location"] = f"/api/v1/comparisons/{comparison.id}"
    return {"comparison": told(comparison)}


async def waited(services: Services, actor: Actor, comparison_id: str, seconds: float) -> ComparisonView:
    """The comparison when it has ended, or as it is after so many seconds."""
    end, pause = time.monotonic() + seconds, _FIRST_LOOK_SECONDS
    while True:
        found = await run_in_threadpool(services.comparisons.get, actor, comparison_id)
        left = end - time.monotonic()
        if not found.is_live or left <= 0:
            return found
        await asyncio.sleep(min(pause, left))
        pause = min(pause * _SLOWER, _MOST_LOOK_SECONDS)
