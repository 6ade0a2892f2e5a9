import { defineConfig } from 'vitest/config'

export default defineConfig({
  // `gateway/plugin` is the source itself, not a build of it.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
})
