"""The configuration: read once, validated as a whole, into frozen objects."""
