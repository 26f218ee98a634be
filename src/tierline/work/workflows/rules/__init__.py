"""Runbooks (`steps`) and automations (`conditions`) as pure functions."""
