"""Everything that can go wrong, with a code that never changes and a sentence that helps.

PdfCompareError
├── InputError          the user can mend it; never retried
│   ├── CannotOpen, CannotWrite
│   ├── NotAPdf, EmptyFile, DamagedPdf, EncryptedPdf, WrongPassword
│   ├── NoPages, TooManyPages, FileTooLarge, PageTooLarge, TooComplex
│   └── OptionsError
├── EngineError         a child died, ran out of time or memory, or answered nonsense
│   └── ChildCrashed, TimedOut, OutOfMemory, BadOutput, Incomplete
├── StorageError        a blob or row could not be kept or found
├── AssistantError      the language model could not help; results are made without it
├── SandboxMissing      this system cannot lock children in as it was told to
└── Cancelled           asked for; not a failure
"""

from __future__ import annotations

from typing import ClassVar


class PdfCompareError(Exception):
    """Base of all our errors: `message` says what, `help` says what to do.

    `side` is "old" or "new" where the error is about one of the two files, else None.
    """

    code: ClassVar[str] = "internal"
    remedy: ClassVar[str] = "Try again; if it happens again, tell the administrator the code."
    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "", *, remedy: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n")[0])
        self.help = remedy or self.remedy
        self.side: str | None = None

    @property
    def message(self) -> str:
        return str(self.args[0])


class InputError(PdfCompareError):
    """The input cannot be used."""

    code = "input"
    remedy = "Check the file and give it again."


class CannotOpen(InputError):
    """cannot be opened."""

    code = "cannot_open"
    remedy = "Check the path and the permission to read it."


class CannotWrite(InputError):
    """cannot be written."""

    code = "cannot_write"
    remedy = "Check the folder, the permission to write there and the space on the disk."


class NotAPdf(InputError):
    """is not a PDF."""

    code = "not_a_pdf"
    remedy = "Give a PDF file; other formats must be exported to PDF first."


class EmptyFile(InputError):
    """is empty."""

    code = "empty_file"
    remedy = "Give the file again; the copy may have been cut off."


class DamagedPdf(InputError):
    """is damaged and cannot be opened."""

    code = "damaged_pdf"
    remedy = "Open it in a PDF viewer and save it again, or get a fresh copy."


class NotRecognised(InputError):
    """Tesseract could not be used on a page."""

    code = "not_recognised"
    remedy = "Install Tesseract with the languages of the document; `pdf-compare doctor` tells what is there."


class EncryptedPdf(InputError):
    """asks for a password."""

    code = "encrypted_pdf"
    remedy = "Give its password, or a copy saved without one."


class WrongPassword(InputError):
    """does not open with this password."""

    code = "wrong_password"
    remedy = "Check the password, or give a copy saved without one."


class NoPages(InputError):
    """has no pages."""

    code = "no_pages"
    remedy = "Give a PDF with at least one page."


class TooManyPages(InputError):
    """has too many pages."""

    code = "too_many_pages"
    remedy = "Split it, or choose pages with the pages option."


class FileTooLarge(InputError):
    """is too large."""

    code = "file_too_large"
    remedy = "Split it, or ask the administrator to raise the limit."


class PageTooLarge(InputError):
    """has a page that is too large."""

    code = "page_too_large"
    remedy = "Export the sheet at a smaller paper size."


class TooComplex(InputError):
    """is too complex to read within the limits."""

    code = "too_complex"
    remedy = "Save it again from the program that made it, or leave the heavy pages out."


class OptionsError(InputError):
    """An option has a value that cannot be used."""

    code = "bad_options"
    remedy = "Correct the option."


class EngineError(PdfCompareError):
    """The work could not be finished."""

    code = "engine"
    retryable = True


class ChildCrashed(EngineError):
    """made the reader crash."""

    code = "child_crashed"
    remedy = "The file is probably damaged: save it again from the program that made it."


class TimedOut(EngineError):
    """took longer than the time limit."""

    code = "timed_out"
    remedy = "Choose fewer pages, or ask the administrator to raise the limit."


class OutOfMemory(EngineError):
    """needs more memory than the limit."""

    code = "out_of_memory"
    remedy = "Choose fewer pages, or save the file again in a simpler form."


class BadOutput(EngineError):
    """made the reader answer nonsense."""

    code = "bad_output"
    remedy = "The file is probably damaged: save it again from the program that made it."


class Incomplete(EngineError):
    """could not be compared completely."""

    code = "incomplete"
    remedy = "The notices of the result name the pages and the reasons."
    retryable = False


class AssistantError(PdfCompareError):
    """The assistant could not answer."""

    code = "assistant"
    remedy = "Try again; everything else works without it."


class SandboxMissing(PdfCompareError):
    """The reader cannot be locked in as it must."""

    code = "sandbox_missing"
    remedy = "Use Linux 5.13 or later with Landlock and seccomp, or set SANDBOX=auto to work without; see `doctor`."


class StorageError(PdfCompareError):
    """A stored document or result could not be kept or found."""

    code = "storage"
    retryable = True


class NotFound(StorageError):
    """There is no such document or comparison, or it is not yours to see."""

    code = "not_found"
    remedy = "Check the address; it may have been deleted."
    retryable = False


class Cancelled(PdfCompareError):
    """The work was cancelled."""

    code = "cancelled"
    remedy = "Start it again if it is still wanted."


def error_classes() -> dict[str, type[PdfCompareError]]:
    """Every error class by its code."""
    found: dict[str, type[PdfCompareError]] = {}
    todo: list[type[PdfCompareError]] = [PdfCompareError]
    while todo:
        cls = todo.pop()
        found[cls.code] = cls
        todo.extend(cls.__subclasses__())
    return found


def from_code(code: str, message: str, remedy: str | None = None) -> PdfCompareError:
    """The error a child reported, as the class that the code names (`PdfCompareError` when unknown)."""
    return error_classes().get(code, PdfCompareError)(message, remedy=remedy)
