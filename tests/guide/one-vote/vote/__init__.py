"""One vote: the primary proposes, everybody votes once, and n - f votes decide."""

from milpbft.registry import Entry

ENTRY = Entry("One vote", "vote.room:ROOM", {"strict": "vote.room:VoteInstance"})
