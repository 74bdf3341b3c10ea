import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * The page is built to `dist/` and served by the Sightline process itself. `npm run dev` of this package
 * proxies the API to a running server: SIGHTLINE_URL, by default the address that `npm start` listens on.
 */
export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: 'esnext',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    // The first load in one file: what later pages share with it would else be split off, and small files compress badly.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
    },
  },
  server: {
    port: 4310,
    proxy: Object.fromEntries(
      ['/api', '/loki', '/tempo'].map((path) => [
        path,
        process.env.SIGHTLINE_URL ?? 'http://127.0.0.1:4300',
      ]),
    ),
  },
});
