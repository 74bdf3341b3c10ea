/** What a thrown value says; never throws itself, however odd the value. */
export function errorText(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'a value that cannot be shown was thrown';
  }
}
