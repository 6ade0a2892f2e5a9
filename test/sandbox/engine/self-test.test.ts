import { describe, expect, test } from 'vitest'
import { bellard } from '../../../sandbox/engine/builds/bellard.ts'
import { createEngine } from '../../../sandbox/engine/engine.ts'

describe('an engine that is not as its build says does not start', () => {
  const { layout } = bellard
  test.each([
    ['constantEnd', layout.heapEnd + 16],
    ['staticEnd', layout.constantEnd],
    ['staticEnd', layout.staticEnd - 256],
    ['heapEnd', layout.heapEnd + 4],
    ['stringData', layout.stringData + 4],
    ['ropeParts', layout.ropeParts + 8],
    ['random', layout.random + 8],
    ['classId', layout.classId + 2],
    ['bytesClass', layout.bytesClass + 1],
    ['arrayData', layout.arrayData + 4],
    ['arrayLength', layout.arrayLength - 4],
    ['doubleBias', layout.doubleBias + 1],
  ])('%s at %i', (field, value) => {
    const build = { ...bellard, layout: { ...layout, [field]: value } }
    expect(() => createEngine({ build })).toThrow(/^engine self-test failed: /)
  })

  test('imports that have changed places', () => {
    const { imports } = bellard
    const build = { ...bellard, imports: { ...imports, now: imports.abort, abort: imports.now } }
    expect(() => createEngine({ build })).toThrow()
  })
})
