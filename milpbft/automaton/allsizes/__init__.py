"""The counted encoding without sizes: a formula of linear integer arithmetic for all parameters."""
