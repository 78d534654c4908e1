"""What a PDF holds besides words and pictures, compared: annotations, forms, links, outline, properties."""

from core.objects.comparing import add_objects, traces

__all__ = ["add_objects", "traces"]
