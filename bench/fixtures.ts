import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { prose } from './prose.ts'

/** The bench's temporary folder with the files its rows serve. */
export interface Fixtures {
  readonly folder: string
  /** The folder with `10k.txt`, `prose.txt` and `prose.txt.gz`, `100k.html`, `page.html`, `1k.bin`, `100k.bin` and `100m.bin`. */
  readonly root: string
  /** A file of users: `reader`, whose password is `secret`. */
  readonly users: string
  remove(): void
}

export function createFixtures(): Fixtures {
  const folder = mkdtempSync(path.join(tmpdir(), 'gateway-bench-'))
  const root = path.join(folder, 'root')
  mkdirSync(root)
  writeFileSync(path.join(root, 'index.html'), 'index')
  writeFileSync(path.join(root, '10k.txt'), prose(10_240))
  writeFileSync(path.join(root, '100k.html'), prose(102_400))
  writeFileSync(path.join(root, 'part.html'), prose(1024))
  const include = '<!--#include virtual="/part.html" -->'
  const page = Array.from({ length: 3 }, () => `${prose(700)}\n${include}\n`)
  writeFileSync(path.join(root, 'page.html'), page.join(''))
  writeFileSync(path.join(root, '1k.bin'), Buffer.alloc(1024, 'x'))
  writeFileSync(path.join(root, '100k.bin'), Buffer.alloc(102_400, 'x'))
  const text = prose(10_240)
  writeFileSync(path.join(root, 'prose.txt'), text)
  writeFileSync(path.join(root, 'prose.txt.gz'), gzipSync(text))
  const users = path.join(folder, 'users')
  writeFileSync(users, `reader:{SHA}${createHash('sha1').update('secret').digest('base64')}\n`)
  const large = path.join(root, '100m.bin')
  writeFileSync(large, '')
  truncateSync(large, 100 * 2 ** 20)
  return { folder, root, users, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
