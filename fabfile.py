"""So that `fab` finds the collection that `invoke` finds in tasks.py."""

from tasks import namespace

__all__ = ["namespace"]
