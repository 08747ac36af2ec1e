"""The public pages: routes, what each page shows, template context, page cache."""
