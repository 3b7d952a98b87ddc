"""Reports: as text for a person, and in the formats that programs read."""
