"""The taxonomy's rules: which category code and which contexts an event gets where no pack has said it.

The rules are data: `rules/*.yaml` for codes, `contexts.yaml` for contexts, and `categories/*.yaml` in further folders
of packs. `rules.py` reads them, `book.py` compiles them; `stages.categorise` applies them.
"""
