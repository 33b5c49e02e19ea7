"""The catalogue's entries, one file for each area of the product: data alone."""
