"""What the documents say about the code is true."""

import json

import pytest

from core.model import Kind, Layer, Severity
from core.options import IGNORABLE, KINDS, LAYERS, OCR_MODES, SHOWABLE
from core.profiles import built_in
from core.text.severity import REASONS
from tests.architecture.tables import DOCS, TABLES, with_table


@pytest.mark.parametrize("name", TABLES)
def test_the_table_is_that_of_the_code(name: str) -> None:
    """When this fails, run `make docs` and read what changed."""
    file, table = TABLES[name]
    text = (DOCS / file).read_text("utf-8")
    assert text == with_table(text, name, table())


def test_the_schema_knows_the_words_of_the_model() -> None:
    schema = json.loads((DOCS / "pdf-compare-1.schema.json").read_text("utf-8"))["$defs"]
    assert schema["layer"]["enum"] == [str(layer) for layer in Layer] == list(LAYERS)
    assert schema["kind"]["enum"] == [str(kind) for kind in Kind] == list(KINDS)
    assert schema["severity"]["enum"] == [str(severity) for severity in Severity]
    assert schema["options"]["properties"]["show"]["items"]["enum"] == list(SHOWABLE)
    assert schema["change"]["properties"]["severity"]["enum"] == [str(severity) for severity in Severity]
    assert schema["options"]["properties"]["ocr"]["enum"] == list(OCR_MODES)


def test_the_readme_names_every_choice_of_the_command_line() -> None:
    text = (DOCS.parent / "README.md").read_text("utf-8")
    missing = [word for word in (*LAYERS, *IGNORABLE, *SHOWABLE, *built_in()) if word not in text]
    assert missing == []


def test_every_reason_stands_in_the_docs_with_its_severity() -> None:
    text = (DOCS / "profiles.md").read_text("utf-8")
    rows = {
        reason.strip(" `"): cells[1].strip()
        for line in text.splitlines()
        if line.startswith("| `") and len(cells := line.strip("|").split("|")) == 3
        for reason in cells[0].split(",")
    }
    assert {reason: rows.get(reason) for reason in REASONS} == {reason: str(s) for reason, s in REASONS.items()}
    assert all(f"`{word}`" in text for word in (*IGNORABLE, *SHOWABLE, *built_in()))
