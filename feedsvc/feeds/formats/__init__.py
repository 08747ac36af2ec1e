"""Output formats, one module each, found by looking into this folder.

EXTENSION, CONTENT_TYPE, NAME (what people call it), `render(feed) -> Iterator[bytes]`, and
`is_whole(body, events) -> bool`: a cheap look at the finished document. IS_WINDOWED = True where it is made of
`feed.vevents()`, which leave out what is long past. See `feeds/feed.py`.
"""
