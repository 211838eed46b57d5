import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// ENTENTE_WEB_OUT: where cmake/web.cmake wants the page. ENTENTE_SERVER: the server behind `npm run dev`.
const server = process.env.ENTENTE_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: './', // relative, so that the page works under any base path
  plugins: [svelte()],
  build: {
    outDir: process.env.ENTENTE_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(['/v1', '/session'].map((path) => [path, { target: server }])),
  },
});
