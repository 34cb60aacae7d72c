"""Every foreign format and the doors it comes through: codecs are pure, intake and export call services."""
