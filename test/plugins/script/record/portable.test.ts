import { expect, test } from 'vitest'
import * as api from '../../../../src/plugin.ts'
import { ABSENT, HOSTED, PORTABLE } from '../../../../src/plugins/script/record/portable.ts'
import { portableSource } from '../../../../src/plugins/script/record/portable-source.ts'

test('all of the plugin API is there in the sandbox, or it is told why not', () => {
  const told = [...PORTABLE, ...Object.keys(HOSTED), ...Object.keys(ABSENT)]
  expect([...told].sort()).toEqual(Object.keys(api).sort())
})

test('what is there needs nothing of Node', async () => {
  const source = await portableSource('1.2.3')
  expect(source).not.toMatch(/\b(?:process|require|import)\b/)
  expect(source).toContain('1.2.3')
})
