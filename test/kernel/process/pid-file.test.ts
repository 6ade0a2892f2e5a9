import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PidFile } from '../../../src/kernel/process/pid-file.ts'

let folder = ''
let path = ''
let old = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-pid-'))
  path = join(folder, 'gateway.pid')
  old = `${path}.oldbin`
})

afterEach(() => rmSync(folder, { recursive: true }))

function written(): PidFile {
  const file = new PidFile(path)
  file.write()
  return file
}

test('steps aside for a successor, whose file it leaves alone', () => {
  const file = written()
  file.stepAside()
  expect([existsSync(path), readFileSync(old, 'utf8')]).toEqual([false, `${process.pid}\n`])
  writeFileSync(path, '1\n')
  file.remove()
  expect([readFileSync(path, 'utf8'), existsSync(old)]).toEqual(['1\n', false])
})

test('steps back over what a successor has left', () => {
  const file = written()
  file.stepAside()
  writeFileSync(path, '1\n')
  file.stepBack()
  expect([readFileSync(path, 'utf8'), existsSync(old)]).toEqual([`${process.pid}\n`, false])
  file.remove()
  expect(existsSync(path)).toBe(false)
})

test('says in the words of nginx when it cannot, and stays where it was', () => {
  const file = written()
  rmSync(path)
  expect(() => file.stepAside()).toThrow(
    `rename() ${path} to ${old} failed (2: No such file or directory)`,
  )
  file.write()
  file.remove()
  expect(existsSync(path)).toBe(false)
})
