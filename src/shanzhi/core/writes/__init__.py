"""What every write over HTTP keeps to: the version it was made for, the answer it already got, the number it drew."""
