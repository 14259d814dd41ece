"""Transactions: business records, and every conversion of roles (figure 2), signed by who asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from milpbft.pov.reference.encoding import Part, digest, encode

if TYPE_CHECKING:
    from milpbft.sim.signatures import Signatures


@dataclass(frozen=True)
class Letter:
    """A recommendation of `candidate`, signed by `commissioner`; each `serial` is used once.

    The serial number is not in the paper: without it a letter would outlive a dishonourable exit.
    """

    commissioner: int
    candidate: int
    serial: int
    signature: bytes

    @cached_property
    def content(self) -> bytes:
        """What the commissioner signs."""
        return encode("letter", self.commissioner, self.candidate, self.serial)

    @classmethod
    def signed(cls, commissioner: int, candidate: int, serial: int, keys: Signatures) -> Letter:
        """Write a letter with the key of `commissioner`."""
        bare = cls(commissioner, candidate, serial, b"")
        return cls(commissioner, candidate, serial, keys.sign(commissioner, bare.content))


@dataclass(frozen=True)
class Action:
    """What a transaction does."""

    kind: ClassVar[str]

    def parts(self) -> tuple[Part, ...]:
        """Return the fields for the canonical bytes."""
        return ()


@dataclass(frozen=True)
class Record(Action):
    """Business data."""

    kind: ClassVar[str] = "record"
    data: bytes

    def parts(self) -> tuple[Part, ...]:
        """Return the data."""
        return (self.data,)


@dataclass(frozen=True)
class Register(Action):
    """Open a user account."""

    kind: ClassVar[str] = "register"


@dataclass(frozen=True)
class Apply(Action):
    """Apply for butler candidate with a recommendation letter."""

    kind: ClassVar[str] = "apply"
    letter: Letter

    def parts(self) -> tuple[Part, ...]:
        """Return the letter with its signature."""
        return self.letter.content, self.letter.signature


@dataclass(frozen=True)
class Deposit(Action):
    """Submit the deposit, which makes an applicant a candidate."""

    kind: ClassVar[str] = "deposit"
    amount: int

    def parts(self) -> tuple[Part, ...]:
        """Return the amount."""
        return (self.amount,)


@dataclass(frozen=True)
class Resign(Action):
    """Give up being a candidate, and the seat if there is one."""

    kind: ClassVar[str] = "resign"


@dataclass(frozen=True)
class Supplement(Action):
    """A commissioner pays into the alliance fund."""

    kind: ClassVar[str] = "supplement"
    amount: int

    def parts(self) -> tuple[Part, ...]:
        """Return the amount."""
        return (self.amount,)


@dataclass(frozen=True)
class Transaction:
    """An action of `author`, whose transactions are numbered from 0 by `nonce`, signed by it."""

    author: int
    nonce: int
    action: Action
    signature: bytes

    @cached_property
    def content(self) -> bytes:
        """What the author signs."""
        return encode("transaction", self.author, self.nonce, self.action.kind, self.action.parts())

    @cached_property
    def digest(self) -> bytes:
        """Hash of content and signature."""
        return digest(self.content, self.signature)

    @classmethod
    def signed(cls, author: int, nonce: int, action: Action, keys: Signatures) -> Transaction:
        """Make a transaction with the key of `author`."""
        bare = cls(author, nonce, action, b"")
        return cls(author, nonce, action, keys.sign(author, bare.content))
