import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Standings } from '../../../src/kernel/process/standings.ts'
import { onCleanup } from '../../harness/cleanup.ts'
import { Workspace } from '../../harness/workspace.ts'

/** Workers in one file, with a clock the test sets. */
function crew(...rows: number[]) {
  const workspace = new Workspace('standings')
  onCleanup(() => workspace.remove())
  const clock = { now: 1_000_000 }
  const path = workspace.path('standings')
  return { clock, path, workers: rows.map((row) => new Standings(path, row, () => clock.now)) }
}

test('each worker sees how full the others are', () => {
  const [one, two, seven] = crew(1, 2, 7).workers
  one?.tell({ clients: 3, free: 9 })
  two?.tell({ clients: 5, free: 2 })
  expect(one?.others()).toEqual([{ clients: 5, free: 2 }])
  expect(seven?.others()).toEqual([
    { clients: 3, free: 9 },
    { clients: 5, free: 2 },
  ])
})

test('who has no room, has left or says nothing any more is not among them', () => {
  const { clock, workers } = crew(1, 2, 3, 4)
  const [one, full, left, silent] = workers
  silent?.tell({ clients: 0, free: 1 })
  clock.now += 299
  full?.tell({ clients: 1, free: 0 })
  left?.tell({ clients: 0, free: 1 })
  left?.leave()
  expect(one?.others()).toEqual([{ clients: 0, free: 1 }])
  clock.now += 1
  expect(one?.others()).toEqual([])
})

test('a file that cannot be made is told, what stands in it is not believed', () => {
  const { path, workers } = crew(1)
  expect(() => new Standings(`${path}/below`, 1)).toThrow(/ENOTDIR/)
  workers[0]?.tell({ clients: 1, free: 1 })
  expect(readFileSync(path)).toHaveLength(48)
  writeFileSync(path, Buffer.alloc(100_000, 0xff))
  expect(workers[0]?.others()).toEqual([])
})
