"""Blocks of a report and how they are shown: as HTML (``render``), in a notebook and for machines (``show``)."""
