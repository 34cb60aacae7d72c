"""Hospitals' messages, from the bytes that a door hands in to the discharge that coordination hears of."""
