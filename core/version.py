"""What decides every byte of a result besides the files and the options."""

#: The version of the product; pyproject.toml takes it from here, because asking the package's metadata takes 30 ms.
VERSION = "0.1.0"
#: Counts the changes of what reading finds; documents read by another one are read again.
READER_VERSION = "11"
