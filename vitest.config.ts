import { defineConfig } from 'vitest/config'

export default defineConfig({
  // `gateway/plugin` is the source itself, not a build of it.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    // A test fails by what it sees; this is for those that see nothing, on however busy a machine.
    testTimeout: 30_000,
  },
})
