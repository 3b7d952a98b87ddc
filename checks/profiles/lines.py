"""On which line each key of a TOML text stands: the standard library's parser does not say."""

from __future__ import annotations

import re
import sys

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Path = tuple[str, ...]

ITEM = "[]"
"""Stands in a path for any item of a list."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_SCALAR = re.compile(
    r'''"""(?:\\.|[^\\])*?"""["]{0,2}|\'\'\'.*?\'\'\'[']{0,2}|"(?:\\.|[^"\\])*"|'[^']*'|[^,\]}\n#]+''', re.DOTALL
)


def lines(text: str) -> dict[Path, int]:
    """The line of every key and table of a valid TOML text, by path; of an array of tables, the first one's."""
    return _Scanner(text).scan()


class _Scanner:
    """Walks over a text that the real parser has accepted, so it need not look for mistakes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while not self._ended():
            if self.text[self.at] == "[":
                brackets = 2 if self.text.startswith("[[", self.at) else 1
                self.at += brackets
                table = self._key(())
                self.at += brackets
            else:
                self._pair(table)
        return self.found

    def _ended(self) -> bool:
        self._blank()
        return self.at >= len(self.text)

    def _blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _key(self, table: Path) -> Path:
        line = self.text.count("\n", 0, self.at) + 1
        path = table
        while match := _KEY.match(self.text, self.at):
            self.at = match.end()
            path = (*path, *tomllib.loads(f"{match[1]} = 0"))
            self.found.setdefault(path, line)
            if not match[2]:
                break
        return path

    def _pair(self, table: Path) -> None:
        path = self._key(table)
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._blank()
        opened = self.text[self.at]
        if opened not in "[{":
            match = _SCALAR.match(self.text, self.at)
            self.at = match.end() if match else self.at + 1
            return
        self.at += 1
        while not self._closed():
            if opened == "[":
                self._value((*path, ITEM))
            else:
                self._pair(path)

    def _closed(self) -> bool:
        """Whether a list or an inline table ends here; passes over the end, or over what stands between two items."""
        self._blank()
        if self.text[self.at] == ",":
            self.at += 1
            self._blank()
        if self.text[self.at] not in "]}":
            return False
        self.at += 1
        return True
