"""The inbox: what a person or an organisation has to do. Derived from the data by inbox rules."""
