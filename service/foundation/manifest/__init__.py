"""The declaration of a domain: each domain folder has one `Manifest`, which contains only values.

`service/domains.py` lists the manifests. The worker, the inbox, privacy, closing and the doctor receive this list and
import no domain.
"""
