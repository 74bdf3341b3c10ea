// Runs before the first paint: a remembered choice of theme must not flash the other one.
// A file and not an inline script, so that the page works under a strict content security policy.
try {
  const theme = localStorage.getItem('sightline.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's preference then decides.
}
