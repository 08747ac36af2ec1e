"""The only door to the network, and to files named in the configuration.

address -> judged -> resolved -> judged -> connected to the judged address -> head -> body, bounded in time and size

A page that an outsider controls decides where redirects lead, what a name resolves to, how fast bytes come and how
many. None of it reaches an inner network, takes more than the deadline, or more memory than the limit.
"""

from __future__ import annotations

from feedsvc.fetch.client import FetchClient, Policy, Response, Validators
from feedsvc.fetch.files import read_file

__all__ = ["FetchClient", "Policy", "Response", "Validators", "read_file"]
