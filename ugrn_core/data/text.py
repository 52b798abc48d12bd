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
    encoding = next((e for mark, e in _MARKS if content.startswith(mark)), None)
    try:
        text = content.decode(encoding) if encoding else _unmarked(content)
    except UnicodeDecodeError as error:
        what = f"not whole {encoding.upper()}" if encoding else "not text"
        raise TableError(f"{name} is {what}. Save it as text (UTF-8).") from error
    if any(ord(c) < 32 and c not in _ENDS for c in set(text)):
        raise TableError(f"{name} is not text: it holds binary data. Save it as text (UTF-8).")
    return text


def _unmarked(content: bytes) -> str:
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = content[start:4000:2]
        if half and len(content) > 3 and half.count(0) > 0.9 * len(half):
            return content.decode(encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if b"\0" in content:
            raise
        return content.decode("cp1252")
