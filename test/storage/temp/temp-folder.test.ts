import { spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { processMark } from '../../../src/base/process-mark.ts'
import { startTimeOf } from '../../../src/base/start-time.ts'
import { removeLeftFiles } from '../../../src/storage/temp/left-files.ts'
import { createTempFolders, TempFolder } from '../../../src/storage/temp/temp-folder.ts'
import { Workspace } from '../../harness/workspace.ts'

const ROOT = process.getuid?.() === 0
const DAEMON = { uid: 1, gid: 1 }
let workspace: Workspace

beforeEach(() => {
  workspace = new Workspace('temp')
  onTestFinished(() => workspace.remove())
})

function create(name: string, owner = ROOT ? DAEMON : undefined): string[] {
  const warnings: string[] = []
  const folders = [new TempFolder(workspace.path(name), [])]
  createTempFolders(folders, owner, (text) => warnings.push(text))
  return warnings
}

test('is made for the workers alone', () => {
  expect(create('new')).toEqual([])
  const { mode, uid } = statSync(workspace.path('new'))
  expect([mode & 0o777, uid]).toEqual([0o700, ROOT ? 1 : process.getuid?.()])
})

test.skipIf(!ROOT)('is given to the workers when it was there, unless everybody shares it', () => {
  for (const name of ['old', 'shared']) mkdirSync(workspace.path(name))
  chmodSync(workspace.path('shared'), 0o1777)
  expect([...create('old'), ...create('shared')]).toEqual([])
  expect(statSync(workspace.path('old')).uid).toBe(1)
  expect(statSync(workspace.path('shared')).uid).toBe(0)
})

test.skipIf(!ROOT)('no link leads to the folder of somebody else', () => {
  mkdirSync(workspace.path('theirs'))
  symlinkSync(workspace.path('theirs'), workspace.path('link'))
  expect(create('link')).toHaveLength(1)
  expect(statSync(workspace.path('theirs')).uid).toBe(0)
})

test('what cannot be made is warned of', () => {
  expect(create('no/such/place')).toEqual([
    `mkdir() "${workspace.path('no/such/place')}" failed (2: No such file or directory)`,
  ])
})

test('files of dead processes are removed, and nothing else', async () => {
  const [namespace, own, start] = processMark().split('-')
  const dead = await deadProcess()
  const gone = [
    `0000000001-${namespace}-${dead}-${start}`,
    `5/0000000015-${namespace}-${dead}-${start}`,
    `5/12/0000000125-${namespace}-${own}-1`,
  ]
  const stay = [
    `0000000002-${processMark()}`,
    `0000000003-1-${dead}-${start}`,
    `0000000004-${namespace}-${dead}-0`,
    `0000000005-${namespace}-1-${startTimeOf(1)}`,
    '0000000006',
    `0000000007-${namespace}-${dead}-${start}.bak`,
    `5/12/345/0000000345-${namespace}-${dead}-${start}`,
    `html/0000000009-${namespace}-${dead}-${start}`,
  ]
  for (const name of [...gone, ...stay]) workspace.write(name, 'x')
  const folderName = `0000000010-${namespace}-${dead}-${start}`
  mkdirSync(workspace.path(folderName))
  const others = `0000000011-${namespace}-${dead}-${start}`
  if (ROOT) chownSync(workspace.write(others, 'x'), 1, 1)
  const elsewhere = new Workspace('elsewhere')
  onTestFinished(() => elsewhere.remove())
  const linked = path.basename(gone[0] as string)
  elsewhere.write(linked, 'x')
  symlinkSync(elsewhere.dir, workspace.path('7'))

  await removeLeftFiles([
    new TempFolder(workspace.dir, [1, 2]),
    new TempFolder(workspace.path('missing'), []),
  ])

  expect(gone.filter((name) => existsSync(workspace.path(name)))).toEqual([])
  const kept = [...stay, folderName, ...(ROOT ? [others] : [])]
  expect(kept.filter((name) => !existsSync(workspace.path(name)))).toEqual([])
  expect(existsSync(elsewhere.path(linked))).toBe(true)
})

/** The number of a process that was there. */
async function deadProcess(): Promise<number> {
  const child = spawn('true')
  await new Promise((resolve) => child.once('exit', resolve))
  return child.pid as number
}
