"""Proof of Vote as its paper has it: signed messages, nodes, the world they run in, and replay.

This is what a Schedule of protocol ``pov`` says, and what :func:`milpbft.pov.reference.replay`
checks. Models are written against this text.

**Nodes.** Commissioners are 0 to N_c - 1. The first team of butlers is N_c to N_c + N_b - 1: node
N_c + i is butler number i. The time server is N_c + N_b. What follows are candidates and ordinary
users, if any: ``n >= N_c + N_b + 1``.

**Views.** View v is packing cycle m = v + 1 of its round, and its primary is the butler on duty,
number (R + v) mod N_b, where R is the number drawn by the block before.

**Clock.** One tick is one unit of time. Genesis is confirmed at tick 0. T_cut of view v is
``previous confirmation + (v + 1) * T_b``; a timestamp counts if it is *less*. The time server
stamps the tick at which a request reaches it.

**A step** of a correct node at a tick: deliveries, expired timers, then actions until none is
enabled. What is sent at a tick can be delivered from the next tick on. Every :class:`Send` is a
broadcast, and who gets it is said by :class:`Deliver`; a node drops what is not for it. A node's
own messages count at once and need no delivery.

**Kinds**, in the order of a round, with what makes a correct node send them:

=============  ============  ======================================================================
kind           sender        sent when
=============  ============  ======================================================================
Proposal       butler        it enters the view of its duty: tick 0 for view 0 of height 1, T_cut of
                             the view before for others (special rounds: once ballots are there)
Signature      commissioner  a valid Proposal of the view that it is in is there; one per view. It
                             signs again in a later view: the paper binds it to nothing
StampRequest   butler        floor(N_c/2) + 1 signatures of its Proposal are there while it is still
                             in that view; once
Timestamp      time server   a StampRequest is there; at the tick of its delivery
Block          butler        the Timestamp is there, is less than T_cut, and the node has adopted no
                             block of that height; also after its own timer has expired
Forward        commissioner  it adopts a block; only with the setting ``forwarding``, with which all
                             nodes also send on the Transactions of others
Fetch          commissioner  its timer expires; only with the setting ``fetch``, of the view that
               or butler     begins. Who has the block, or adopts it later, sends one Forward
BallotRequest  butler        it enters the view of its duty in a special round
Ballot         commissioner  a BallotRequest of the view that it is in is there
Transaction    anyone        it is told to by who runs it
=============  ============  ======================================================================

**Decide**: a correct node (the time server has no chain) adopts a valid block at its tick; `view`
is that of the block. It adopts the first that it gets at a height and refuses others. With N_c - 1
the cap on signatures of a block, an honest butler takes all that it has, lowest commissioners
first, up to ``max(quorum, N_c - 1)``.

**Timeout**: at T_cut of the view that it is in, a commissioner or butler of the team without a
block of the height enters the next view. Clocks are synchronised, so timeouts follow from the rest
of the schedule: one without any Timeout event is compared without them. With the setting
``skew`` each is up to so many ticks ahead of the time server's, or behind it: timers expire when
Timeout events say so, or when they must. With ``clocks = free`` they expire when Timeout events say
so, and at no other tick.

A block that is delivered at T_cut does not stop the timer, but the node then adopts it before it
does anything in the next view.

**Faults**: a node that crashes at a tick does nothing from then on. A byzantine node decides
nothing; a schedule in which one does is refuted. A correct node that starts again (``restart``)
does so before anything else at that tick: it keeps its blocks, has the time from the time server
(II), and has forgotten the rest, what it signed included. What is under way to it comes as before;
what has come is not sent again. A butler on duty proposes the same again. One that starts again
with its log (``reload``) has forgotten nothing, and what is under way to it is lost.

**Byzantine nodes** (`Schedule.byzantine`; any but the time server) send what their Send events
say. A kind is ``BASE[#k[!]][{a,b,...}][~j]``:

- ``#k``, k > 0: another proposal of the butler in that view, and all that is about it
  (``Proposal#1``, ``Signature#1``, ``StampRequest#1``, ``Timestamp#1``, ``Block#1``);
  ``#k!`` has a forged transaction in it, which correct commissioners do not sign;
- ``StampRequest{0,2,3}``: whose signatures go in, and so into R; by default all that the butler
  can have, lowest first, up to the cap. The Timestamp and Block that belong to it have the same
  suffix. ``Ballot{7,9}``: the tickets; ``Proposal{0,1}``: whose ballots a special block counts;
- ``~j``, j > 0: the j-th repetition of a StampRequest, for another timestamp.

Correct nodes' answers bear the suffix of what they answer. A Timestamp ends in ``+d`` or ``-d``
where the time server's clock is so many ticks off, with the setting ``off`` at most that many.
Nobody forges: a signature of a correct commissioner is usable once its Signature was delivered to a
byzantine node, a timestamp once its Timestamp was; byzantine commissioners sign at once, with or
without a Send of their own.

**Names that repeat.** Where a correct node has used a name, the next gets ``#1`` at its end, and so
on: transactions, and timestamps for butlers on two branches of a fork.

**Forks.** :class:`milpbft.pov.reference.replay.Replay` keeps its `world`; `world.valid` has the
different valid blocks that were published at each height, whoever adopted them.

**Heights.** A run covers ``rounds`` heights, after which nodes rest. Kinds of height h > 1 end in
``@h``, after all other suffixes.

**Settings** (`Schedule.settings`, strings): ``commissioners``, ``butlers``, ``cycle`` (T_b in
ticks) are required; ``rounds`` (1), ``first`` (R of the genesis block, 0), ``ordinary`` (B_w,
1000000), ``votes`` (K, 1), ``designated`` (of these tickets so many designated ones, 0),
``candidates`` (of the nodes after the time server so many, the first, are candidates from genesis
on, 0), ``teams`` (whom all commissioners designate, a team per tenure: ``4.5|4.6``), ``quorum``
(floor(N_c/2) + 1), ``clocks`` (``synchronised`` or ``free``), ``skew`` (0), ``off`` (0), ``wrap``
(``on``: m counts on after N_b cycles; ``again``: m starts at 1 again in T_cut, as printed, after
which no block is ever in time), ``forwarding``, and
the repairs ``fetch``, ``lock``, ``once``, ``vrf`` and ``lots`` (``no`` or ``yes``).

**Draws.** With ``vrf``, R of height h is the hash of the time server's signature over h, modulo
N_b. The server signs it with the first Timestamp of a header that a quorum has signed, Block and
Timestamp carry it, and every node verifies it. What makes it unique: its input is the height alone,
and the server, which the paper trusts, signs as RFC 8032 has it, deterministically; so all headers,
signers and timestamps of a height give one R, also on both branches of a fork. Under a butler's key
it would not be unique, for who holds an Ed25519 key can make many valid signatures of one message
by choosing nonces. With ``lots``, equals in an election are ranked by the hash of their number with
the proof of the block below, or with the hash of that block where there is no ``vrf``.

**Where the paper leaves a choice**, and what was chosen:

- T_cut: a timestamp counts if it is less (S6 says before, S7 exceeded; equality is in neither).
- A butler publishes what was stamped in time, however late the stamp reaches it: S6 asks about the
  timestamp only, and so does the check of section III G.
- A commissioner signs one header per cycle, and again in the next: without the former not even
  "only one block in one packing cycle" would hold, and nothing asks for more.
- Votes make a block valid: nodes do not judge again what is in it. Illegal transactions that pass
  have no effect and are counted (`Ledger.illegal`).
- R + 1 is modulo N_b (the text wraps only when R + 1 > N_b); whether m is, is the setting ``wrap``.
- A ballot has exactly K tickets for different candidates; an election takes ballots of a quorum,
  and a butler waits for the others for half a cycle; equals are ranked by node number.
- Incumbents run again without another letter or deposit. A resigned butler's seat stays vacant.
- The only bad record is to resign during an own tenure. Pay that the fund lacks stays owed.
- Letters have serial numbers, so that each is used once.
"""
