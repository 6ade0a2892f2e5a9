import { rmSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { KeptFiles } from '../../../src/serve/tls/kept-files.ts'
import { Workspace } from '../../harness/workspace.ts'

const workspace = new Workspace('kept-files')
afterAll(() => workspace.remove())
const mark = { file: 'test', line: 1, column: 1 }

/** Writes a text into a file, and tells what is then found at a time. */
function changing(files: KeptFiles, name: string) {
  const path = workspace.path(name)
  return (text: string, now: number) => {
    workspace.write(name, text)
    return files.load(path, mark, now).content.toString()
  }
}

test('a file is read again when it was kept long enough, however often it is asked for', () => {
  const at = changing(new KeptFiles({ max: 10, inactive: 1000, valid: 100 }), 'valid')
  expect(['a', 'b', 'c', 'd'].map((text, i) => at(text, i * 60))).toEqual(['a', 'a', 'c', 'c'])
})

test('one that was not asked for is dropped', () => {
  const files = new KeptFiles({ max: 10, inactive: 50, valid: 1000 })
  const [at, other] = [changing(files, 'x'), changing(files, 'y')]
  expect([at('a', 0), at('b', 40), other('a', 60), at('c', 80), at('d', 131)]).toEqual([
    'a',
    'a',
    'a',
    'a',
    'd',
  ])
})

test('the one that was asked for longest ago makes room', () => {
  const files = new KeptFiles({ max: 2, inactive: 1000, valid: 1000 })
  const [one, two, three] = ['1', '2', '3'].map((name) => changing(files, name))
  expect([one?.('a', 0), two?.('a', 1), one?.('b', 2), three?.('a', 3)]).toEqual(Array(4).fill('a'))
  expect([one?.('c', 4), two?.('c', 5)]).toEqual(['a', 'c'])
})

test('none is kept where none may be, and one that is gone is told', () => {
  const at = changing(new KeptFiles({ max: 0, inactive: 0, valid: 0 }), 'z')
  expect([at('a', 0), at('b', 0)]).toEqual(['a', 'b'])
  rmSync(workspace.path('z'))
  const files = new KeptFiles({ max: 1, inactive: 1000, valid: 1000 })
  expect(() => files.load(workspace.path('z'), mark, 0)).toThrow(/cannot read .*No such file/)
})
