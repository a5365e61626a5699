"""The invented street: furnishes a realm through the pure steps, and plays the city through public interfaces only."""
