"""What one PDF holds, taken out of it: text, words, tables, fields, pictures, properties, files, searchable copy."""
