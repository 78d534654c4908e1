"""A server that failed is not asked again for a while, or one that hangs would hold up everybody in turn."""

from __future__ import annotations

import time


class Away:
    """Whether to ask a server that may be away. Shared by threads; a race costs one question more.

    Args:
        seconds: How long one that failed is left alone.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = 0.0

    @property
    def is_known(self) -> bool:
        """Whether it did not answer the last time it was asked."""
        return self._until > 0.0

    @property
    def is_due(self) -> bool:
        """Whether it may be asked now."""
        return self._until <= time.monotonic()

    def failed(self) -> bool:
        """It did not answer; whether that is news."""
        is_news = not self.is_known
        self._until = time.monotonic() + self._seconds
        return is_news

    def answered(self) -> None:
        """It is there."""
        self._until = 0.0
