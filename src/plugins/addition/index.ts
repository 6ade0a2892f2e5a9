import { definePlugin } from 'gateway/plugin'
import { directives } from './directives.ts'
import { addition } from './filter.ts'

/** Puts answers of other places of the server before and behind responses. */
export default definePlugin({
  name: 'addition',
  doc: 'Puts the answers of other places of the server before and behind responses.',
  directives,
  prepare: (config) =>
    config.add_before_body !== '' || config.add_after_body !== '' ? config : undefined,
  filters: { edit: addition },
})
