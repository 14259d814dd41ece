"""dBFT 2.1 over one pool of messages that all nodes read at once, as its TLA+ specification says.

The guards of the specification (``spec``) are enumerated state by state, node by node (``plain``),
or counted and view by view (``views``), and walked through by chance (``walk``).
"""
