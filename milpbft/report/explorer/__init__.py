"""The trace explorer: runs on one self-contained page, with a slider over time."""

from milpbft.report.explorer.page import Run, write_page

__all__ = ["Run", "write_page"]
