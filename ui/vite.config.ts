import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { packagedCoworkers } from './tools/sample.ts';

const server = process.env.WEFT_SERVER ?? 'http://127.0.0.1:8470';

// What the app itself is made of; everything else belongs to the server.
const api = {
    '^/(?!app(/|$)|@|src/|node_modules/)': { target: server, changeOrigin: false },
};

export default defineConfig({
    base: '/app/',
    plugins: [react(), packagedCoworkers()],
    resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
    build: {
        modulePreload: { polyfill: false },
        target: 'es2023',
        // Older ones would get a light-dark() that does not see the theme.
        cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
        assetsInlineLimit: 0,
        chunkSizeWarningLimit: 700,
    },
    server: { proxy: api },
});
