"""HTTP itself: the gate before Flask, answers and their headers, hosts, bodies, metrics, the feeds."""
