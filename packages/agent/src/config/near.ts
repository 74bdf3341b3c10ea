/** Which of the known names somebody may have meant. */

/** The nearest, when it is near: at most a third of the letters differ, or one begins with the other. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const other of known) {
    const candidate = other.toLowerCase();
    const distance = editDistance(wanted, candidate);
    const begins =
      wanted.length > 2 && (candidate.startsWith(wanted) || wanted.startsWith(candidate));
    const isNear = begins || distance <= Math.max(1, Math.floor(wanted.length / 3));
    if (isNear && distance < least) {
      best = other;
      least = distance;
    }
  }
  return best;
}

/** Letters to insert, delete or replace (Levenshtein), row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
