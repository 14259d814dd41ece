"""What all tests share: property tests have no deadline, since the first call may import."""

from hypothesis import settings

settings.register_profile("milpbft", deadline=None)
settings.load_profile("milpbft")
