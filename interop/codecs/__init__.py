"""Pure text to dataclasses and back, one module a format. No framework, no clock, no network, no database."""
