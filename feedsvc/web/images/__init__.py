"""Pictures: the preview that links show, its drawing, QR codes."""
