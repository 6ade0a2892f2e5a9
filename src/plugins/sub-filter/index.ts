import { definePlugin } from 'gateway/plugin'
import { directives } from './directives.ts'
import { subFilter } from './filter.ts'
import { settle } from './settings.ts'

/** Replaces texts in responses as they pass. */
export default definePlugin({
  name: 'sub-filter',
  doc: 'Replaces texts in responses by others.',
  transient: true,
  directives,
  prepare: settle,
  filters: { edit: subFilter },
})
