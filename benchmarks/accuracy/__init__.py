"""The public accuracy benchmark: pairs with known edits, a scorer, and the table beside other tools.

Shares no code with the product: documents are made by other programs, the truth is the list of edits that was carried
out, places are measured with Poppler, and the product is run as a command like every other tool.
"""
