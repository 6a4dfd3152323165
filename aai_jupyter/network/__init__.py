"""Every connection of this package: made here and nowhere else, after the offline lock was asked."""
