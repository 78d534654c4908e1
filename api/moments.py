"""Points in time as addresses give them: in any zone, or in none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator


def in_utc(moment: datetime) -> datetime:
    """The same point in time in UTC; without a zone it is UTC already.

    PostgreSQL takes zones up to 15:59 from UTC only, ISO 8601 up to 23:59.

    Raises:
        ValueError: In UTC it would be before year 1 or after 9999.
    """
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a time between the years 1 and 9999") from None


Moment = Annotated[datetime, AfterValidator(in_utc)]
