"""How this machine reaches others: every connection is made here, after the offline lock was asked."""
