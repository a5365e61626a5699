"""Messages to the city: written down by position, sent when the time for undo is over, in order for each order."""
