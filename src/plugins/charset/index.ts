import { definePlugin } from 'gateway/plugin'
import { directives } from './directives.ts'
import { charset } from './filter.ts'
import { settle } from './settings.ts'

/** Tells the charset of responses, and changes it. */
export default definePlugin({
  name: 'charset',
  doc: 'Names the charset of responses in Content-Type, and converts them from one to another.',
  transient: true,
  directives,
  prepare: settle,
  filters: { edit: charset },
})
