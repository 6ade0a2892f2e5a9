import { expect, test } from 'vitest'
import { SAMPLES } from '../../docs/samples/sample.ts'
import { STAGES } from '../../src/kernel/filter/stage.ts'
import { PHASES } from '../../src/kernel/phase/verdict.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { underTest } from '../../src/testing/index.ts'

const CHECKPOINTS = ['findConfig', 'postRewrite', 'postAccess']

test('there is a sample for every phase that plugins may use, every verdict and every stage', () => {
  const open = PHASES.filter((phase) => !CHECKPOINTS.includes(phase))
  expect(Object.keys(SAMPLES.phases ?? {})).toEqual(open)
  expect(Object.keys(SAMPLES.stages ?? {})).toEqual([...STAGES])
  expect(Object.keys(SAMPLES.verdicts ?? {})).toEqual(['next', 'pass', 'rerun', 'done', 'status'])
})

const all = Object.entries(SAMPLES).flatMap(([group, samples]) => {
  return Object.entries(samples).map(([name, sample]) => [`${group}/${name}`, sample] as const)
})

test.each(all)('%s does what its page says', async (name, sample) => {
  const { directives = {}, headers = {}, log, request, response, status, text } = sample
  const path = `../../docs/samples/${name}.ts`
  const { default: plugin } = (await import(/* @vite-ignore */ path)) as { default: AnyPlugin }
  const [group = '', key = ''] = name.split('/')
  if (group === 'phases') expect(plugin).toHaveProperty(key)
  if (group === 'stages') expect(plugin.filters).toHaveProperty(key)
  const place = underTest(plugin, { directives })
  const answer = response ? await place.respond(response, request) : await place.request(request)
  expect(answer.status).toBe(status)
  if (text !== undefined) expect(answer.text).toBe(text)
  if (log !== undefined) expect(answer.log).toContain(log)
  for (const [field, value] of Object.entries(headers)) {
    expect(answer.head?.fields.get(field) ?? '').toBe(value)
  }
  if (response) expect(await place.filterFaults(response, request)).toEqual([])
})
