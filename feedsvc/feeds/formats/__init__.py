"""Output formats, one module each: EXTENSION, CONTENT_TYPE and `render(feed) -> bytes chunks`. Found by file name."""
