// Writes the generated pages of the reference: `npm run docs`.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatedPages } from './generator/pages.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'reference')

for (const [name, text] of await generatedPages()) {
  writeFileSync(join(folder, name), text)
  console.log(`docs/reference/${name}`)
}
