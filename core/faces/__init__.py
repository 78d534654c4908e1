"""The faces of a result: pure functions from parsed `pdf-compare/1` JSON to text and marks.

They import nothing heavy, because the command line and the service use them in the parent process. What a result
holds was written by whoever wrote the PDF: every string goes through `plain.shown` and the escaping of its face.
"""
