"""Published semantics: the dBFT 2.0 model of Coelho et al. 2020, to the digit."""
