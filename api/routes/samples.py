"""The sample pair: something to try when no documents are at hand."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.identity import Use, Writer
from api.schemas import Samples

router = APIRouter(prefix="/samples", tags=["documents"])


@router.post("", status_code=201, response_model=Samples)
def add_samples(actor: Writer, services: Use) -> dict[str, Any]:
    """Store the generated pair of two revisions of a contract; again gives the same two documents."""
    old, new = services.documents.add_sample_pair(actor)
    return {"old": old.to_json(), "new": new.to_json()}
