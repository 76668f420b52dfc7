"""The inbox: what a person or an organisation has to do, and until when. Derived from the data by inbox rules."""
