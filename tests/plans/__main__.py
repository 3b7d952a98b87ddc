"""`python -m tests.plans` writes the golden plans anew; read the diff as somebody who would sign it."""

from __future__ import annotations

from tests.plans.golden import FOLDER, files

if __name__ == "__main__":
    for name, text in files().items():
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
