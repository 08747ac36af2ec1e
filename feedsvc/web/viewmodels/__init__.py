"""Contents of pages, as plain values in the reader's language; knows no Flask."""
