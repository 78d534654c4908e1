"""A page with boxes on it; the picture comes from /files, for whoever may see the document."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.language import t

_MOST_BOXES = 40
_PICTURE_DPI = 100


def page_picture(sha256: str, page: int, boxes: Sequence[Sequence[float]]) -> None:
    """Draw a page with a box around each place.

    Args:
        sha256: Digest of the document.
        page: From 1.
        boxes: Points from the top left.
    """
    scale = _PICTURE_DPI / 72
    # Boxes, not a drawing: Streamlit takes drawings out of HTML.
    marks = "".join(
        f'<div style="position:absolute;left:{x0 * scale - 2:.1f}px;top:{y0 * scale - 2:.1f}px;'
        f"width:{(x1 - x0) * scale + 4:.1f}px;height:{(y1 - y0) * scale + 4:.1f}px;"
        'background:rgb(255 153 0 / 30%);outline:1.5px solid #b35c00;border-radius:2px"></div>'
        for x0, y0, x1, y1 in boxes[:_MOST_BOXES]
    )
    address = f"/files/{sha256}/pages/{page}?dpi={_PICTURE_DPI}"
    st.html(
        '<div style="overflow:auto"><div style="position:relative;display:inline-block">'
        f'<img src="{address}" alt="{t("Page {0}", page)}" style="display:block;max-width:none">{marks}</div></div>'
    )
