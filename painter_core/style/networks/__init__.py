"""The networks of style transfer, their files, and what is computed with them."""
