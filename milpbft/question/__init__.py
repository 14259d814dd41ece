"""Questions: what is asked of a protocol, how it is named, and the files that hold it."""
