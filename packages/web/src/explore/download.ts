/** Hands `text` to the reader as a file. */
export function downloadText(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The click only schedules the download; the object must outlive it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
