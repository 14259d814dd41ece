"""Signatures of the key ring."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from milpbft.sim.signatures import KeyRing


def test_a_signature_is_of_its_signer_and_message_only():
    """Another node, another message, a damaged or a short signature do not verify."""
    keys = KeyRing(4)
    signature = keys.sign(1, b"block")
    assert keys.verify(1, b"block", signature)
    assert not keys.verify(2, b"block", signature)
    assert not keys.verify(1, b"other", signature)
    assert not keys.verify(1, b"block", bytes(64))
    assert not keys.verify(1, b"block", b"short")


@pytest.mark.parametrize("node", [-1, 4])
def test_a_node_without_a_key_signs_nothing(node: int):
    """What names a node that does not exist never verifies."""
    keys = KeyRing(4)
    assert not keys.verify(node, b"block", keys.sign(3, b"block"))


def test_a_seed_gives_its_keys():
    """Equal seeds give equal signatures, different seeds different ones."""
    first, again, other = KeyRing(2, seed=1), KeyRing(2, seed=1), KeyRing(2, seed=2)
    assert first.sign(0, b"x") == again.sign(0, b"x")
    assert first.sign(0, b"x") != other.sign(0, b"x")


def test_a_message_to_many_is_verified_once():
    """The second receiver of a message pays nothing for its signature."""
    keys = KeyRing(4)
    signature = keys.sign(0, b"x")
    with patch.object(KeyRing, "_verify", return_value=True) as verify:
        assert all(keys.verify(0, b"x", signature) for _ in range(19))
    assert verify.call_count == 1
