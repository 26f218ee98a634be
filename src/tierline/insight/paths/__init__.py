"""The ways that tickets took, read from the timeline: the common ground of measures, economics and flow."""
