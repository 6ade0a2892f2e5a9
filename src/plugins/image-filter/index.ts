import { definePlugin } from 'gateway/plugin'
import { directives } from './directives.ts'
import { imageFilter } from './filter.ts'
import { settle } from './settings.ts'
import { loadLibrary } from './transform.ts'

/** Checks, describes, turns and reduces images as they pass. */
export default definePlugin({
  name: 'image-filter',
  doc: 'Checks, describes, turns and reduces JPEG, GIF, PNG and WebP images.',
  directives,
  prepare: settle,
  // A machine that the library is not made for is told at the start.
  ready: ({ task }) =>
    task === 'test' || task === 'size'
      ? Promise.resolve(undefined)
      : loadLibrary().then(() => undefined),
  filters: { edit: imageFilter },
})
