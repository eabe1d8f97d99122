import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { packagedCoworkers } from './tools/sample.ts';

const server = process.env.WEFT_SERVER ?? 'http://127.0.0.1:8470';

// What the app itself is made of; everything else belongs to the server.
const api = {
    '^/(?!app(/|$)|@|src/|node_modules/)': { target: server, changeOrigin: false },
};

// The policy that the server sends with the app; vite preview sends it too, so that tests notice what breaks it.
const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
].join('; ');

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
    preview: { proxy: api, headers: { 'content-security-policy': policy } },
});
