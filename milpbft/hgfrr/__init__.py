"""HGFRR: the broadcast overlay of recursive rings, its bounds, and how it compares."""

from milpbft.lazy import offer

offer(
    __name__,
    {
        "all_late_decision": "milpbft.hgfrr.consensus:all_late_decision",
        "average": "milpbft.hgfrr.coverage:average",
        "broadcast_messages": "milpbft.hgfrr.consensus:broadcast_messages",
        "draw_messages": "milpbft.hgfrr.pictures:draw_messages",
        "draw_ticks": "milpbft.hgfrr.pictures:draw_ticks",
        "draw_topology": "milpbft.hgfrr.pictures:draw_topology",
        "CLAIMS": "milpbft.hgfrr.claims:CLAIMS",
        "Engine": "milpbft.hgfrr.reference.engine:Engine",
        "mesh": "milpbft.hgfrr.consensus:mesh",
        "overlay_hops": "milpbft.hgfrr.consensus:overlay_hops",
        "relays": "milpbft.hgfrr.reference.forwarding:relays",
        "scale": "milpbft.hgfrr.study:scale",
        "Sizes": "milpbft.hgfrr.sizes:Sizes",
        "Spread": "milpbft.hgfrr.spread:Spread",
        "topology_of": "milpbft.hgfrr.reference.build:topology_of",
        "tree_depth": "milpbft.hgfrr.formulas:tree_depth",
        "wire_messages": "milpbft.hgfrr.consensus:wire_messages",
        "Wiring": "milpbft.hgfrr.wiring:Wiring",
        "World": "milpbft.hgfrr.reference.world:World",
    },
)
