"""The hands of the service: takes what a step owes and performs it, in the serving process or on servers of its own."""
