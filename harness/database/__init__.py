"""What is kept for longer than one command, in a database: SQLite in a file by default, PostgreSQL by URL.

Read in this order: `base` (what all tables have in common), `engine` (a database that is open), `migrations` (how its
tables came to be as they are), then the tables, one module for each subject. A module of tables has plain functions
over a session beside them; who calls decides what is one transaction.
"""
