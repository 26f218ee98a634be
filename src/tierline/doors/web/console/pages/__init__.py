"""What each page of the console shows: queries of several rooms, composed."""
