"""Output formats, one module each, found by looking into this folder.

EXTENSION, CONTENT_TYPE, NAME (what people call it), `render(feed) -> Iterator[bytes]`, and
`is_whole(body, events) -> bool`: a cheap look at the finished document. See `feeds/feed.py`.
"""
