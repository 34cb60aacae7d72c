"""Measured figures: what the product costs beside the least that the same work can cost, in one run (`make bench`)."""
