"""The scaled stack in real containers, broken on purpose."""
