"""Proof of Vote, the protocol of K. Li, H. Li, Hou, Li and Chen (HPCC 2017)."""
