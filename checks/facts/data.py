"""The data files that come with the program, also where the program is one zip file (gpuwright-doctor.pyz)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PosixPath
from zipimport import zipimporter


def beside(file: str) -> Path:
    """The folder of a module's `__file__`."""
    folder = Path(file).parent
    return folder if folder.is_dir() else _Zipped(folder)


class _Zipped(PosixPath):
    """A path inside a zip file: what the program does with its own data files, and no more."""

    @property
    def _archive(self) -> Path:
        return next(Path(parent) for parent in self.parents if os.path.isfile(parent))  # noqa: PTH113 - not ours

    @property
    def _entry(self) -> str:
        return Path(self).relative_to(self._archive).as_posix()

    def read_text(self, encoding: str | None = None, errors: str | None = None, newline: str | None = None) -> str:
        del newline
        return zipimporter(str(self._archive)).get_data(str(self)).decode(encoding or "utf-8", errors or "strict")

    def iterdir(self) -> Iterator[_Zipped]:  # type: ignore[override] # generators and iterators are one here
        from zipfile import ZipFile

        with ZipFile(self._archive) as archive:
            names = archive.namelist()
        folder = f"{self._entry}/"
        return (
            self / name[len(folder) :] for name in names if name.startswith(folder) and "/" not in name[len(folder) :]
        )

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        del follow_symlinks
        return any(path.name == self.name for path in _Zipped(self.parent).iterdir())

    def resolve(self, strict: bool = False) -> _Zipped:
        del strict
        return self
