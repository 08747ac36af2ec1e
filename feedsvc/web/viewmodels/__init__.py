"""What pages show, as plain values in the reader's language; knows no Flask."""
