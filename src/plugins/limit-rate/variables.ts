import { limitRate, parseSize, type Variable } from 'gateway/plugin'

export const variables: Readonly<Record<string, Variable>> = {
  limit_rate: {
    doc: 'Bytes a second the response is limited to, once that is known; 0 for no limit. May be changed by `set`.',
    get: (x) => limitRate.get(x) ?? '0',
    set: (x, value) => {
      const size = parseSize(value)
      if (size === undefined) x.log('error', `invalid $limit_rate "${value}"`)
      else limitRate.set(x, `${size}`)
    },
  },
}
