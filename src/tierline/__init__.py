"""Tierline: a self-hosted tiered support desk. Issues flow up with evidence; knowledge flows down with proof."""

__version__ = "0.1.0"
