// Small choices that this browser keeps: widths, what is unfolded, what was seen. A private window forgets them.

export function remember(key, value) {
  try {
    localStorage.setItem(key, String(value));
  } catch {
    // refused: it is then as at first
  }
}

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
