"""The pages for users, and what makes the generated parts of them."""
