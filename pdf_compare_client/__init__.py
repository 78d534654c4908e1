"""A client of a PDF Compare server, for programs: typed, small, and independent of the server's own code.

with Client("https://compare.example.org", token="pdfc_…") as client:
old, new = client.upload("rev-a.pdf"), client.upload("rev-b.pdf")
comparison = client.wait(client.compare(old.id, new.id).id)
for change in client.changes(comparison.id, severities=["major"]):
print(change.kind, change.old_text, change.new_text)
"""

from pdf_compare_client.client import Client
from pdf_compare_client.errors import ApiError, BadSignature, ClientError, TookTooLong, Unreachable
from pdf_compare_client.models import Answer, Batch, BatchItem, Change, Comparison, Document, Job, Pair
from pdf_compare_client.signatures import verify_webhook

__all__ = [
    "Answer",
    "ApiError",
    "BadSignature",
    "Batch",
    "BatchItem",
    "Change",
    "Client",
    "ClientError",
    "Comparison",
    "Document",
    "Job",
    "Pair",
    "TookTooLong",
    "Unreachable",
    "verify_webhook",
]
