"""What a message may say, member by member, and what a query says of it."""
