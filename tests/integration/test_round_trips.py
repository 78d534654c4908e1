"""What a list sends to the database does not depend on its length."""

from __future__ import annotations

from benchmarks.workspace import filled, lists, statements
from service.bootstrap import Services

MOST_STATEMENTS = 4  #: of one list; that of the transaction's workspace included


def test_a_list_sends_the_same_few_statements_whatever_its_length(services: Services, database_url: str) -> None:
    sent = []
    for size in (1, 120):
        actor = filled(services, database_url, size)
        sent.append({name: statements(ask) for name, ask in lists(services, actor).items()})
    assert sent[0] == sent[1]
    assert max(sent[1].values()) <= MOST_STATEMENTS, sent[1]
