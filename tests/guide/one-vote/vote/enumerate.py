"""Every run of the replicas at a small size: what no model is needed for."""

from dataclasses import replace

from vote.replica import Message, Reference


def most_blocks(n, byzantine):
    """How many different blocks correct nodes decide at most; the first nodes are Byzantine."""
    reference, kinds = Reference(n), ("Propose", *["Vote"] * n)
    said = [Message(kinds[i], i, value) for i in range(byzantine) for value in (0, 1)]
    start = tuple(reference.replicas().values())[byzantine:]
    todo, seen, most = [(start, {lie.signed(reference.keys) for lie in said})], {start}, 0
    while todo:
        nodes, sent = todo.pop()
        most = max(most, len({node.decision.block for node in nodes if node.decision}))
        for k, node in enumerate(nodes):
            for message in (None, *sent):
                moved = replace(node, outbox=[])
                moved.on_timer() if message is None else moved.on_message(message)
                moved.act()
                after = (*nodes[:k], moved, *nodes[k + 1 :])
                if after not in seen:
                    seen.add(after)
                    todo.append((after, sent | {*moved.outbox}))
    return most
