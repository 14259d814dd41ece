"""Reference implementations of PBFT, Linear BFT and SBFT, and their rules for whoever models them.

The references, :class:`~milpbft.pbft.reference.pbft_reference.PbftReference` and its siblings, run
one sequence number unless told otherwise. Every correct node is asked for value 0 before it starts;
a Byzantine primary may propose other values k, which the client asked for as well. The rules below
are for that; those of :class:`~milpbft.pbft.reference.rules.Rules` are meant by their names.

A node is in a view v, which is *open* for it (view 0 is from the start) or which it *awaits*.
Quorums count the node itself. A step: messages are taken; an expired timer takes effect; then rules
are taken until none is enabled. So nothing but ``timeout`` and ``switch`` waits for a timer. A node
that leaves a view drops what it has of that view and takes nothing more of it; messages of later
views are kept until it is there. A rule about (v, k) is taken once.

View changes, the same for all
------------------------------
propose
    v = 0 is open, node is its primary, at its first step: PrePrepare(0, 0).
accept k
    v is open; PrePrepare(v, k) of its primary taken; nothing accepted in v yet.
timeout
    The timer expires while it runs: leave for v + 1. It runs where v is open, the node is not v's
    primary, and is undecided; and where v is awaited and `view_quorum` view changes for v, its own
    included, are taken, whether the node is decided or not. Where timers have durations, that of v
    lasts T 2^v ticks from when it is started: once it runs in v, and not anew as v is opened.
join
    View changes of `join_quorum` = f + 1 other nodes for views after v: leave for the least of the
    views, where each of those nodes counts with its latest.
leave for w
    By one of these two: ViewChange(w), with the claims below; w is awaited.
open
    v is awaited, node is its primary, `view_quorum` = n - f view changes for v: NewView(v, k),
    where k is chosen from the view changes taken so far, and is 0 if they leave it open; v is open,
    and k is accepted.
follow
    NewView(w, k) of w's primary taken, w = v if v is awaited, any w > v otherwise and as well: w is
    open, k is accepted. No view change of one's own is needed.

A decided node goes on in all of this, but its timer runs only in views that it awaits. It prepares
and commits again in later views, and decides once. A primary that has decided and is left free
by the view changes, which takes a mutant or more than f liars, opens its view with no proposal.

A view change's label is its kind, with what it claims of the latest view: ``ViewChange`` nothing,
``PreparedViewChange#k`` a certificate. Its view is the one that it asks for. NewView bears k, and
carries the proposal: a free choice is not sent as a PrePrepare of its own, as it would be in the
paper, but with the new view; a Byzantine primary may still do either.

A Byzantine node may send any vote for any k; ``PreparedViewChange#k`` where signatures for a
certificate of an earlier view were given, by itself or in messages sent before; and, as primary,
``NewView#k`` where some `view_quorum` of the view changes sent before, its own of any kind
included, choose k or leave it free. Forgeries that this does not allow are made, but not taken.

PBFT
----
prepare
    k accepted, v open, not the primary: Prepare(v, k).
commit
    k accepted, v open, `prepare_quorum` - 1 = n - f - 1 Prepares(v, k) of backups, its own
    included: Commit(v, k). The proposal is the primary's prepare. Claim from now on: (v, k).
decide
    Commit(v, k) sent, v open, `commit_quorum` = n - f Commits(v, k): decides k.

Choice of a new view: the claim of the latest view; of two of one view, the first that came.
Without faults: 3 ticks, and (n - 1) + (n - 1)^2 + n (n - 1) = 2n (n - 1) messages.

Linear BFT
----------
The primary of v is its collector, and sends no shares: it has its own. A share reaches all nodes in
a schedule, but only the collector's copy counts (:meth:`FamilyReference.copies`).

sign
    k accepted, v open: PrepareShare(v, k).
certify
    Collector, k accepted, v open, `prepare_quorum` PrepareShares(v, k): PrepareCertificate(v, k).
commit
    k accepted, v open, PrepareCertificate(v, k): CommitShare(v, k). Claim from now on: (v, k).
certify commit
    Collector, k accepted, v open, `commit_quorum` CommitShares(v, k): CommitCertificate(v, k).
decide
    k accepted, v open, CommitCertificate(v, k): decides k.

The choice is PBFT's. Without faults: 5 ticks, 4 for the collector, and 5 (n - 1) messages. A lying
collector can make a certificate for k where enough shares for k were sent before, its own included.

SBFT
----
sign
    k accepted, v open: SignShare(v, k). Claim from now on: the share (v, k).
certify fast
    Collector, k accepted, v open, not switched, `fast_quorum` = n - c = 3f + c + 1
    SignShares(v, k): FullCommitProof(v, k).
switch
    The collector's timer expires after it proposed in v and before FullCommitProof: from now on,
    the slow path only. The collector's timer does nothing else; backups' timers are as above.
certify, commit, certify commit
    As in Linear BFT, of SignShares, once switched, with n - f - c = 2f + c + 1 shares. ``commit``
    adds the claim of a certificate (v, k) to that of the latest share.
decide
    k accepted, v open, FullCommitProof(v, k) or CommitCertificate(v, k): decides k; the claim of a
    certificate becomes that of a decision, for good.
learn
    A NewView is followed, or opened, whose view changes claim a decision on k: decides k, in the
    view of that decision (`learns`).
execute
    Decided (`execution`): SignState to the collector of v; with f + 1 of them, and itself decided,
    FullExecuteProof. Nothing depends on either; ``execution=False`` leaves them out.

Labels: ``SignedViewChange#k`` claims a share only, ``PreparedViewChange#k`` a certificate as well,
``DecidedViewChange#k`` a decision. A lying share in a view change is for the latest view possible.
``DecidedNewView#k`` is a new view with a ``DecidedViewChange#k`` among its view changes, so that
who follows it learns k; a liar's ``NewView#k`` has none.

Choice of a new view, of the claims of its n - f view changes:

1. a decision, if one claims it;
2. with w the latest view of a certificate, -1 without any, and u the latest view such that
   `evidence_quorum` = f + c + 1 shares of u or later are for one k, -1 without any, or where two k
   have that: the certificate's k if w >= u and w > -1; the shares' k if u > w; free otherwise.

Without faults: 3 ticks and 3 (n - 1) messages on the fast path, 5 and 5 (n - 1) on the slow one
when switched at once; execution certificates take 2 ticks and 2 (n - 1) messages more.

The variant of the thesis, ``SbftFastReference``, has no ``switch``, and so no slow path: a view in
which more than c nodes are silent decides nothing.

What SBFT's view change was compared with
-----------------------------------------
concord-bft [1]_, which the paper's authors wrote: ``ViewChangeSafetyLogic.cpp``
(``computeRestrictionsForSeqNum``, ``calcLBStableForView``), ``ViewsManager.cpp``
(``exitFromCurrentView``, ``tryMoveToPendingViewAsPrimary``, ``computeCorrectRelevantViewNumbers``),
``ViewChangeMsg.cpp``, ``CheckpointInfo.cpp``; and its Dafny model, ``docs/sbft-formal-model``, for
what it has, which is the slow path with c = 0. Of the paper [2]_ section 2 of the first version was
at hand, for f + 1 shares of an execution certificate, and section V was not: what is said of it
here is from memory.

The same: 2f + 2c + 1 view changes of distinct nodes for one view; f + 1 take a node along; claims
are of earlier views, above the checkpoint and in the window; rule 2 of the choice, for every set of
2f + 2c + 1 view changes that concord-bft can have (``tests/pbft/reference/test_safe_values.py``,
which also goes through all view changes that can follow a decision); the null request for gaps;
2f + c + 1 checkpoints make one stable.

Other than there:

- A view change of concord-bft has no proofs of decisions, and nobody learns one from it. Here it
  has, as in the paper: the choice is the same, who follows decides at once.
- There a proposal's digest stands for the share, and the certificate goes with the latest proposal:
  one for another value is dropped. Here both are kept, each the latest, as in the paper. Who takes
  another value in a later view knows from its new view that the certified one was not decided.
- A new view may have more than 2f + 2c + 1 view changes. Then two requests may have evidence: the
  later counts, and of the same view none.
- There a stable checkpoint is not proven in view changes, and the (f + 1)-th highest counts. Here,
  as in the Dafny model, it is, and the highest counts.
- There all of the window above the checkpoint is filled with null requests where any view change
  claims anything, also numbers with too little evidence. Here, as in PBFT, O ends with the highest
  number that is chosen, and the primary proposes what it likes above.
- The paper's c + 1 collectors per number, of whom the primary is one, are the primary alone, as in
  the thesis. One that switched makes no proof of the fast path any more.
- Once f + 1 others are ahead, a node goes to the least of their views, as in PBFT; there to the
  (f + 1)-th highest, its own included.

.. [1] https://github.com/vmware/concord-bft, ``bftengine/src/bftengine``.
.. [2] G. Golan Gueta et al. SBFT: a scalable and decentralized trust infrastructure. DSN 2019,
   arXiv 1804.01626.

More than one sequence number
-----------------------------
Checkpoints, watermarks and clients are in the code: :mod:`~milpbft.pbft.reference.recovery`,
:mod:`~milpbft.pbft.reference.client`. A timer is for the oldest request that waits, and started
anew for the next once that is executed.

Where PBFT departs from Castro and Liskov
-----------------------------------------
- Replicas send nothing twice, clients do: the network is to delay, and to lose nothing for ever.
- The timer of view v lasts T 2^v. The paper waits T for the first new view and doubles that until
  a request is executed.
- A request that comes with a proposal starts no timer. The client that asks all nodes does.
- Certificates in view changes are of the latest view per sequence number, with their requests. In
  the paper these are left out, and fetched where they are missing.
- State is the list of what was executed, and is handed over from the first that is missing.
- All messages are signed. Read-only requests, tentative execution and digests of replies, which
  are optimisations, are left out.
"""
