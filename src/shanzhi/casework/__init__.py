"""闭环处置: cases from dispatch to closed, the city's 12345 as authority, the figures that follow from them."""
