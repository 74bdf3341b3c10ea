/** The page that asks for the token: no script, no style from outside. */
export function loginPage(failed: boolean): string {
  const note = failed ? '<p role="alert">That is not the token of this process.</p>' : '';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sightline: sign in</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { display: grid; place-items: center; min-height: 90vh; margin: 0; padding: 1rem }
  form { display: grid; gap: .75rem; width: min(22rem, 100%) }
  input, button { font: inherit; padding: .5rem .75rem }
</style>
<form method="post" action="/login">
  <h1>Sightline</h1>
  ${note}
  <label for="token">Token (given with --token when the process was started)</label>
  <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
  <button>Sign in</button>
</form>
</html>
`;
}
