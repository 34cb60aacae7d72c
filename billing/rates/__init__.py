"""Rates of the Medicare physician fee schedule, dated: those that are shipped with their sources, and CMS's file of them."""
