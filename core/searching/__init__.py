"""Full-text search, as far as it needs no database: words folded alike for index and query, queries, languages."""
