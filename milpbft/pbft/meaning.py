"""When replicas of the PBFT family do what schedules show, in words for pictures."""

from __future__ import annotations

RULES = {
    "PrePrepare": "the primary of view 0 proposes a request of a client",
    "Prepare": "it takes the proposal of its view's primary, the first that it sees",
    "PrepareShare": "it takes the proposal of its view's primary, and signs a share for it",
    "SignShare": "it takes the proposal of its view's primary, and signs a share for both paths",
    "Commit": "n - f nodes have taken the proposal: it is prepared",
    "CommitShare": "it holds a prepare certificate, and signs a share",
    "PrepareCertificate": "the collector holds enough shares for the slow path",
    "CommitCertificate": "the collector holds enough commit shares",
    "FullCommitProof": "the collector holds shares of 3f + c + 1 nodes: the fast path",
    "ViewChange": "its timer expires, or f + 1 others ask for a later view",
    "PreparedViewChange": "the same, with the prepare certificate that it holds",
    "SignedViewChange": "the same, with its latest share",
    "DecidedViewChange": "the same, with the proof of a decision",
    "NewView": "the primary holds n - f view changes, and proposes what they bind it to",
    "DecidedNewView": "the primary holds view changes, one with the proof of a decision",
    "SignState": "it has executed a request, and signs its state",
    "FullExecuteProof": "the collector holds f + 1 signed states",
    "decide": "n - f commits, or the certificate of one of SBFT's paths",
    "timeout": "the view change timer of the view it is in, or waits for",
    "fault": "the adversary chose this node",
}
"""By kind of message, and by what else happens."""
