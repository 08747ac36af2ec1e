"""Administration in the browser: see in one look, decide, undo, set the pace. English only; works without JavaScript.

rights (route × role) → session (who is it, may they) → routes (read, or do one action and go back) → templates
"""
