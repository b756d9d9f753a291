"""Groups of commands, one file each; ``cli`` joins them."""
