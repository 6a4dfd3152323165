"""Every request parameter, once: its type, limits, models, price, help; and the body made from them."""
