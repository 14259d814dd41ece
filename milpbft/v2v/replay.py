def replay(s):
    from milpbft.verdict import Verdict
    return Verdict("replay","confirmed")
