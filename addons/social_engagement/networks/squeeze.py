"""JSON that is too large, made smaller while it arrives: its long texts are shortened,
and what it holds too much of is left out. What comes after, such as the token of the
next page, stays.
"""

import re

KEPT = 64 * 1024  # bytes of a text
ROOM = 2 * 1024 * 1024  # bytes of each value that stands in the outermost one
_MARK = rb" [\u2026]"
_SIGNS = re.compile(rb'["{}\[\],]')
_TEXT = re.compile(rb'(?:[^"\\]|\\.)*', re.DOTALL)
# The same for a text that was cut anywhere.
_WHOLE = re.compile(
    rb'(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*',
    re.DOTALL,
)
_CLOSING = {0x7B: b"}", 0x5B: b"]"}


class Squeezer:
    """Takes JSON (UTF-8) in pieces; :attr:`kept` is what stays of it.

    >>> squeezer = Squeezer()
    >>> squeezer.feed(b'{"a": "b"}')
    >>> bytes(squeezer.kept)
    b'{"a": "b"}'
    """

    def __init__(self):
        self.kept = bytearray()
        self._open = []  # what closes each value that is open, outermost first
        self._in_text = False
        self._text = self._value = 0  # where these began, in what is kept
        self._length = 0  # of the text
        self._dropping = False
        self._rest = b""  # of an escape that the next piece ends

    def feed(self, piece: bytes) -> None:
        """Takes the next piece."""
        piece, at = self._rest + piece, 0
        self._rest = b""
        while at < len(piece):
            at = (self._read_text if self._in_text else self._read_signs)(piece, at)

    def _read_text(self, piece, at):
        end = _TEXT.match(piece, at).end()
        self._keep_text(piece[at:end])
        if piece[end : end + 1] == b'"':
            self._end_text()
            return end + 1
        self._rest = piece[end:]  # nothing, or one backslash
        return len(piece)

    def _keep_text(self, text):
        if not self._dropping:
            self.kept += text[: max(0, KEPT - self._length)]
        self._length += len(text)

    def _end_text(self):
        self._in_text = False
        if self._dropping:
            return
        if self._length > KEPT:
            whole = _WHOLE.match(bytes(self.kept[self._text :])).group()
            self.kept[self._text :] = whole.decode("utf-8", "ignore").encode() + _MARK
        self.kept += b'"'

    def _read_signs(self, piece, at):
        start = at
        for found in _SIGNS.finditer(piece, at):
            sign, at = piece[found.start()], found.end()
            if sign == 0x22:  # a quotation mark
                self._keep(piece[start:at])
                self._in_text, self._text, self._length = True, len(self.kept), 0
                return at
            if sign == 0x2C and self._is_full(at - start):
                self._keep(piece[start : at - 1])
                self._drop()
                start = at
            elif sign in _CLOSING:
                self._open.append(_CLOSING[sign])
                if len(self._open) == 2:
                    self._value = len(self.kept) + at - start
            elif sign != 0x2C and self._open:
                self._open.pop()
                if self._dropping and len(self._open) < 2:
                    self._dropping, start = False, at  # it was closed when it was cut
        self._keep(piece[start:])
        return len(piece)

    def _keep(self, signs):
        if not self._dropping:
            self.kept += signs

    def _is_full(self, more):
        inside = len(self._open) > 1 and not self._dropping
        return inside and len(self.kept) + more - self._value > ROOM

    def _drop(self):
        """Leaves out what is left of a value, which ends here."""
        self.kept += b"".join(reversed(self._open[1:]))
        self._dropping = True
