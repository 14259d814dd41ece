"""Drivers: any implementation, in a process of its own, driven one input at a time.

`docs/drivers.md` specifies the protocol.
"""
