import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const server = process.env.SHANZHI_SERVER ?? 'http://127.0.0.1:8000'

/** Parts that change seldom get a file of their own, so a release does not make browsers load them again. */
function chunk(id: string): string | undefined {
  if (/node_modules\/.*(maplibre|kdbush|supercluster|geojson-vt|pbf|earcut)/.test(id)) return 'map'
  if (/node_modules\/.*(echarts|zrender)/.test(id)) return 'charts'
  if (/node_modules\/.*(element-plus|@popperjs|@floating-ui|lodash|dayjs|@vueuse|async-validator)/.test(id)) return 'parts'
  if (/node_modules\/.*(@vue|vue-router|vue-i18n|@intlify|@tanstack|openapi-fetch|\/vue\/)/.test(id)) return 'vue'
  return undefined
}

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1100,
    rollupOptions: { output: { manualChunks: chunk } },
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(['/api', '/_allauth', '/files'].map((path) => [path, { target: server }])),
  },
  test: { environment: 'happy-dom', include: ['test/**/*.test.ts'] },
})
