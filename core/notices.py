"""Codes of notices that the comparison itself heeds; all others are only shown."""

from __future__ import annotations

OBJECTS_NOT_READ = "objects_not_read"  #: annotations, forms, links, outline and metadata of the document are unknown
NO_TEXT = "no_text"  #: a page has something on it, but no text layer
SUSPECT_TEXT = "suspect_text"  #: the characters of a page are probably wrong
CONTRADICTED_TEXT = "contradicted_text"  #: a font of a page says other letters than its character map
UNREAD_TEXT = "unread_text"  #: words of a page are known by the shapes of their letters only
SCANNED_PAGE = "scanned_page"  #: a picture fills the page, and hardly a word is in its text layer
SCAN_TEXT = "scan_text"  #: the text layer of a page was recognised by the program that scanned it
DOUBTED_TEXT = "doubted_text"  #: so few words of a suspect page agree with its partner that none were compared
DRAWN_PAGE = "drawn_page"  #: a page has no text layer, and is drawn with lines, its letters too
DRAWING_DOUBTFUL = "drawing_doubtful"  #: what is told of two drawings needs a look
REGISTRATION_UNUSED = "registration_unused"  #: two pages laid on each other by hand have no lines to compare
PAGE_TURNED = "page_turned"  #: a page lies upside down or on its side, and was compared turned
#: How it lies, by the quarters by which it was turned.
LYING = {1: "lies on its side", 2: "lies upside down", 3: "lies on its side"}
LINES_NOT_READ = "lines_not_read"  #: the drawing of a page has more lines than are compared
#: Pages with one of these are given to character recognition.
UNSEEN_TEXT = frozenset({NO_TEXT, SUSPECT_TEXT, CONTRADICTED_TEXT, UNREAD_TEXT, SCANNED_PAGE})
#: And the pictures of these are looked at too.
PICTURED_TEXT = UNSEEN_TEXT | {SCAN_TEXT, DRAWN_PAGE}
TOO_COMPLEX_PAGE = "too_complex_page"  #: a page has more objects or characters than are read
COARSER = frozenset({LINES_NOT_READ, TOO_COMPLEX_PAGE})  #: pages with one of these are compared by their pictures
ENGINES_DISAGREE = "engines_disagree"  #: there may be pages that one reader sees and the other does not
