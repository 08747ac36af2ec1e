"""Parsing shared by the kinds of sources: dates, links, encodings, JSON, HTML in lines, states of events."""
