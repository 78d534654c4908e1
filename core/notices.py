"""Codes of notices that the comparison itself heeds; all others are only shown."""

from __future__ import annotations

OBJECTS_NOT_READ = "objects_not_read"  #: annotations, forms, links, outline and metadata of the document are unknown
ENGINES_DISAGREE = "engines_disagree"  #: there may be pages that one reader sees and the other does not
