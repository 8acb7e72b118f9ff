"""What the docs claim, measured: run from a checkout, beside peers in the same run."""
