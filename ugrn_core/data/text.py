"""Text that others wrote: UTF-8, UTF-16 or a Windows code page, told apart without guessing."""

from __future__ import annotations

import codecs

from ugrn_core.errors import TableError

_MARKS = (  # the longer mark first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENDS = ("\r", "\n", "\t", "\f", "\v")  # control characters that text may hold


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file's `content`; `name` is the file's, for messages.

    By its byte order mark; without one as UTF-8, as UTF-16 where every second byte is zero, else
    as Windows-1252 (which has Latin-1's letters). Raises TableError for what is no text.
    """
    encoding = encoding_of(content)
    try:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            if encoding != "utf-8" or b"\0" in content:
                raise
            text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        what = "not text" if encoding == "utf-8" else f"not whole {encoding.upper()}"
        raise TableError(f"{name} is {what}. Save it as text (UTF-8).") from error
    if any(ord(c) < 32 and c not in _ENDS for c in set(text)):
        raise TableError(f"{name} is not text: it holds binary data. Save it as text (UTF-8).")
    return text


def encoding_of(content: bytes) -> str:
    """Return the encoding that a text begins in: by its byte order mark, UTF-16 where every second
    byte is zero, else utf-8."""
    marked = next((e for mark, e in _MARKS if content.startswith(mark)), None)
    if marked is not None:
        return marked
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = content[start:4000:2]
        if half and len(content) > 3 and half.count(0) > 0.9 * len(half):
            return encoding
    return "utf-8"
