"""What a domain declares to the rest of the house: one `Manifest` per domain folder, values only.

`service/domains.py` lists the manifests. The worker, the inbox, privacy, closing and the doctor get the list passed in
and know no domain by name.
"""
