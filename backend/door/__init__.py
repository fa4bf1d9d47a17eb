"""对外核验: what somebody's own telephone opens at the door: who is entitled to check what, the copy, the rating."""
