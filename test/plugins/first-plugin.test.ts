import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'

// Runs the tests the guide tells to write, against the plugin it tells to write.

const root = join(import.meta.dirname, '..', '..')
const guide = readFileSync(join(root, 'docs', 'guide', 'first-plugin.md'), 'utf8')
// Inside the package, so that `gateway/testing` means this one.
const folder = join(root, '.gateway', `first-plugin-${process.pid}`)

mkdirSync(folder, { recursive: true })
// Of a file that is written twice, the later one stays.
for (const [, name = '', text = ''] of guide.matchAll(/^```ts (\S+)\n(.*?)^```/gms)) {
  writeFileSync(join(folder, name), text)
}
afterAll(() => rmSync(folder, { recursive: true }))

await import(/* @vite-ignore */ join(folder, 'my-plugin.test.ts'))
