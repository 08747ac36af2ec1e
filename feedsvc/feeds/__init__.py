"""Feeds: what a feed is (spec), how it is made (build, formats), how it is kept (cache)."""
