import { definePlugin } from 'gateway/plugin'
import { dateOf } from './dates.ts'
import { directives } from './directives.ts'
import { ssi } from './filter.ts'
import { settle } from './settings.ts'

/** Carries out commands in pages (Server Side Includes) as these pass. */
export default definePlugin({
  name: 'ssi',
  doc: 'Carries out SSI commands in responses: includes other places of the server, values and conditions.',
  directives,
  prepare: settle,
  filters: { edit: ssi },
  variables: {
    date_local: {
      doc: 'The time in the local time zone, in the format of config timefmt.',
      get: (x) => dateOf(x, 'local'),
    },
    date_gmt: {
      doc: 'The time in GMT, in the format of config timefmt.',
      get: (x) => dateOf(x, 'gmt'),
    },
  },
})
