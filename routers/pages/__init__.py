"""Server-rendered pages, one file per domain, their templates beside."""
