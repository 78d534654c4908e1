"""The assistant: what a language model is asked, and what of its answer is shown. It reads results, it makes none."""
