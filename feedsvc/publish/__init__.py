"""Feeds as plain files: in a directory for nginx or a CDN, or in a bucket.

list | stamp | write | check | compare | put in place | index | manifest

`run` does it, `manifest` remembers what stands at the target, `directory` and `bucket` are the targets, `index` is the
list of addresses; the linter of `ical` looks at what was written before it is put in place. Is handed the feed files
there are and knows neither the store nor HTTP. Nothing that was once published is ever taken away.
"""
