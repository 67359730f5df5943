"""What is kept on disk: the lake (events, rejects, alerts), SQL over it, and the ledger of what the service remembers.

Importing `penstock.store.lake` or `.query` loads Arrow and delta-rs (a third of a second): do it when it is needed.
"""
