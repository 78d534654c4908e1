"""Waiting for a comparison: our component that reruns its fragment when the job got on, without a timer of Streamlit.

`st.fragment(run_every=…)` may send one more rerun while the page is being left; it carries the old page's name, and the
browser then clears the new page.
"""

from __future__ import annotations

import time

from service.assistant import AnswerView
from service.views import ComparisonView
from ui.components import component


def wait(comparison_id: str, found: ComparisonView | None) -> None:
    """Rerun the fragment around this call as soon as the comparison differs from `found`; draws nothing.

    Args:
        comparison_id: Which comparison.
        found: It as drawn; None when it could not be looked up.
    """
    mount = component("waiting", js="waiting-*.js", css="waiting-*.css", html="<i></i>")
    mount(
        key="waiting",
        data={
            "api": "/api/v1",
            "what": "comparisons",
            "id": comparison_id,
            "drawn": _drawn(found) if found else "",
            "round": time.monotonic_ns(),  # the component goes on asking when its data differ from the last
        },
        on_changed_change=lambda: None,
    )


def wait_for_answer(found: AnswerView) -> None:
    """Likewise for an answer of the assistant, as soon as there is more of it."""
    mount = component("waiting", js="waiting-*.js", css="waiting-*.css", html="<i></i>")
    mount(
        key=f"waiting_{found.id}",
        data={
            "api": "/api/v1",
            "what": "assistant",
            "id": found.id,
            "drawn": _drawn(found),
            "round": time.monotonic_ns(),
        },
        on_changed_change=lambda: None,
    )


def _drawn(found: ComparisonView | AnswerView) -> str:
    """What the component compares, as it writes it."""
    progress = found.progress
    parts = (progress.stage, progress.side, progress.done, progress.total) if progress else (None,) * 4
    come = sum(map(len, found.result["parts"].values())) if isinstance(found, AnswerView) and found.result else 0
    told = (found.state, *parts, found.queue_position, come or None)
    return "/".join("" if part is None else str(part) for part in told)
