"""Addresses that other systems call: alerts of monitoring, telephone systems, chat networks."""
