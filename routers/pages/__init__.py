"""Server-rendered pages: session, shared layout and templates. The pages of a domain are in its floor."""
