"""What Placetopay remembers: sessions, payments, stored cards, and what a payer does with them."""
