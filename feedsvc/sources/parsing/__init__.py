"""What kinds of sources share: dates, links, encodings, JSON, HTML in lines, states of events."""
