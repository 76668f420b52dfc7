"""The inbox: what needs a person or an organisation, why, until when. Derived from what is, never entered by hand."""
