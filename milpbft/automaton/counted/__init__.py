"""The counted encoding: how many nodes are in each location, in slots between guards."""
