"""Vendor PDF, image and OCR libraries are imported here and nowhere else."""
