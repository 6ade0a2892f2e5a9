import { Buffer } from 'node:buffer'
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { TempFile } from '../../../src/storage/temp/temp-file.ts'
import { TempFolder } from '../../../src/storage/temp/temp-folder.ts'
import { until } from '../../harness/wait.ts'
import { Workspace } from '../../harness/workspace.ts'

let workspace: Workspace

beforeEach(() => {
  workspace = new Workspace('temp')
  onTestFinished(() => workspace.remove())
})

const chunks = (...texts: string[]) => texts.map((text) => Buffer.from(text))

test('gives back what was written, of an unnamed file whose name is gone at once', async () => {
  const file = await TempFile.create(new TempFolder(workspace.dir, []), 'unnamed')
  onTestFinished(() => file.close())
  expect(readdirSync(workspace.dir)).toEqual([])
  expect(await file.write(chunks('one ', 'two '), 0)).toBe(8)
  expect(await file.write(chunks('three'), 8)).toBe(5)
  const memory = Buffer.alloc(9)
  await file.read(memory, 4)
  expect(memory.toString()).toBe('two three')
})

test('spreads files over folders by the last digits of their names, as nginx does', async () => {
  const folder = new TempFolder(workspace.dir, [1, 2])
  const file = await TempFile.create(folder, 'kept')
  file.close()
  const digits = path.basename(file.name)
  expect(digits).toMatch(/^\d{10}$/)
  expect(path.relative(workspace.dir, file.name)).toBe(
    path.join(digits.slice(9), digits.slice(7, 9), digits),
  )
  expect(statSync(file.name).mode & 0o777).toBe(0o600)
  expect(statSync(path.dirname(file.name)).mode & 0o777).toBe(0o700)
})

test('a removed file has its name until it is closed', async () => {
  const file = await TempFile.create(new TempFolder(workspace.dir, []), 'removed')
  await file.write(chunks('text'), 0)
  expect(readFileSync(file.name, 'utf8')).toBe('text')
  file.close()
  file.close()
  await until('it to be removed', () => !existsSync(file.name))
})

test('never takes a name somebody else has', async () => {
  const folder = new TempFolder(workspace.dir, [])
  const taken = folder.newName('kept')
  writeFileSync(taken, 'theirs')
  const names = [taken, folder.newName('kept')]
  folder.newName = () => names.shift() ?? ''
  const file = await TempFile.create(folder, 'kept')
  file.close()
  expect(file.name).not.toBe(taken)
  expect(readFileSync(taken, 'utf8')).toBe('theirs')
})

test('gives up when every name is taken', async () => {
  const folder = new TempFolder(workspace.dir, [])
  const taken = workspace.write('taken', '')
  folder.newName = () => taken
  await expect(TempFile.create(folder, 'kept')).rejects.toMatchObject({
    message: `open() "${taken}" failed (17: File already exists)`,
    level: 'crit',
    status: 500,
  })
})

test('says in nginx’s words what failed', async () => {
  const folder = new TempFolder(workspace.path('missing'), [])
  await expect(TempFile.create(folder, 'unnamed')).rejects.toThrow(
    /^open\(\) ".*\/missing\/\d{10}-[\d-]+" failed \(2: No such file or directory\)$/,
  )
  const file = await TempFile.create(new TempFolder(workspace.dir, []), 'kept')
  await file.write(chunks('1234'), 0)
  truncateSync(file.name, 2)
  await expect(file.read(Buffer.alloc(4), 0)).rejects.toThrow(
    `pread() "${file.name}" failed (the file became shorter)`,
  )
  file.close()
  await expect(file.write(chunks('1'), 0)).rejects.toThrow(
    /^pwritev\(\) ".*" failed \(file closed\)$/,
  )
})
