"""The store of results: one SQLite file, what is in it, and what differs between two."""

from .record import OUTCOMES, Key, Record, pack, pack_point, unpack
from .store import Store, as_json

__all__ = ["OUTCOMES", "Key", "Record", "Store", "as_json", "pack", "pack_point", "unpack"]
