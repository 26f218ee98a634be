"""Three small plug-ins for Tierline."""
