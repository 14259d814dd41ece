"""Ledgers as files, so that whoever was not there can check the chain and its amounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.v2v.reference.blocks import Block, read_block
from milpbft.v2v.reference.codec import DecodeError, values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write_ledger(blocks: Sequence[Block], head: bytes) -> str:
    """Write blocks as JSON, transactions in full; `head` is the hash that replicas state."""
    listed = [
        {
            "height": block.height,
            "previous": block.previous.hex(),
            "transactions": [values(t) for t in block.transactions],
        }
        for block in blocks
    ]
    return json.dumps({"head": head.hex(), "blocks": listed}, indent=1)


def read_ledger(path: Path) -> tuple[list[Block], str]:
    """Read blocks, and the head that the file itself states.

    Raises
    ------
    InputError
        Where the file is no ledger.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        blocks = [_block(item) for item in content["blocks"]]
        head = content["head"]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.unreadable("ledger", path, error) from None
    except (ValueError, KeyError, TypeError, RecursionError, DecodeError):
        raise InputError("ledger", str(path), "a ledger as `market run --out` writes it") from None
    return blocks, str(head)


def _block(item: Any) -> Block:  # noqa: ANN401
    transactions = tuple(tuple(map(_part, t)) for t in item["transactions"])
    return read_block((item["height"], bytes.fromhex(item["previous"]), transactions))


def _part(part: Any) -> Any:  # noqa: ANN401
    """Return an id as a tuple; JSON has lists."""
    found = tuple(part) if isinstance(part, list) else part
    whole = [found] if not isinstance(found, tuple) else list(found)
    if any(type(number) is not int or number < 0 for number in whole):
        raise DecodeError("a transaction holds numbers alone")
    return found
