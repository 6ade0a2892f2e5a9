import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config/index.ts'
import {
  MAX_ALIAS_NODES,
  MAX_FILE_BYTES,
  MAX_INCLUDE_DEPTH,
  MAX_NESTING,
  MAX_NODES,
} from '../../src/config/limits.ts'
import { errorsIn, FILE, readText } from './compile-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'gateway-limits-'))
afterAll(() => rmSync(folder, { recursive: true }))

function onDisk(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

test('refuses an alias bomb', () => {
  const levels = Array.from({ length: 9 }, (_, i) => {
    return `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`
  })
  const bomb = ['l0: &l0 [a, a]', ...levels].join('\n')
  expect(errorsIn(() => readText(bomb))).toEqual([
    expect.stringContaining(`aliases expand to more than ${MAX_ALIAS_NODES} values`),
  ])
})

test('refuses an alias that contains itself', () => {
  expect(errorsIn(() => readText('a: &a [*a]'))).toEqual([
    expect.stringContaining(`values are nested deeper than ${MAX_NESTING}`),
  ])
})

test.each(['[', '{a: ', '- '])('refuses values nested without end: %j', (open) => {
  expect(errorsIn(() => readText(open.repeat(50_000)))).toEqual([
    `1:1 values are nested deeper than ${MAX_NESTING}`,
  ])
})

test('refuses a chain of includes that is too long', () => {
  const files = Object.fromEntries(
    Array.from({ length: MAX_INCLUDE_DEPTH + 2 }, (_, i) => [
      i === 0 ? FILE : `/conf/${i}.yaml`,
      `include: ${i + 1}.yaml`,
    ]),
  )
  expect(errorsIn(() => readText(files))).toEqual([
    `1:10 includes are nested deeper than ${MAX_INCLUDE_DEPTH}`,
  ])
})

test('refuses includes that multiply', () => {
  const files: Record<string, string> = {}
  for (let i = 0; i < 7; i++) {
    files[i === 0 ? FILE : `/conf/${i}.yaml`] = Array(12)
      .fill(`- include: ${i + 1}.yaml`)
      .join('\n')
  }
  files['/conf/7.yaml'] = 'pid: a'
  expect(errorsIn(() => readText(files))).toEqual([
    expect.stringContaining(`more than ${MAX_NODES} values with all includes`),
  ])
})

test('refuses a file that is too large before it is read', () => {
  const file = onDisk('large.yaml', '')
  truncateSync(file, MAX_FILE_BYTES + 1)
  expect(errorsIn(() => readConfig(file, { prefix: folder }))).toEqual([
    `1:1 "${file}" is larger than ${MAX_FILE_BYTES} bytes`,
  ])
})

test('refuses what is not UTF-8', () => {
  const file = onDisk('bytes.yaml', Uint8Array.of(0x70, 0x3a, 0x20, 0xff, 0xfe))
  expect(errorsIn(() => readConfig(file, { prefix: folder }))).toEqual([
    `1:1 "${file}" is not UTF-8 text`,
  ])
})

test('says why a file cannot be read', () => {
  expect(errorsIn(() => readConfig(join(folder, 'none.yaml'), { prefix: folder }))).toEqual([
    `1:1 cannot read "${join(folder, 'none.yaml')}": no such file`,
  ])
})
