import { definePlugin, flag, number, oneOf } from 'gateway/plugin'
import { keyOf, limitConnZone } from './key.ts'
import { limitConn } from './limit-conn.ts'
import { LEVELS, type Limiter, limit, status } from './limiter.ts'

const EVERYWHERE = ['http', 'server', 'location'] as const

/** Limits how many requests of a key are under way; a worker that dies gives back what it had. */
export default definePlugin({
  name: 'limit-conn',
  doc: 'Limits how many requests of one key are processed at once, across all workers.',
  transient: true,
  directives: {
    limit_conn_zone: limitConnZone,
    limit_conn: limitConn,
    limit_conn_status: number({
      in: EVERYWHERE,
      default: 503,
      least: 400,
      most: 599,
      doc: 'The status of requests that are refused.',
    }),
    limit_conn_log_level: oneOf(LEVELS, {
      in: EVERYWHERE,
      default: 'error',
      doc: 'The level at which refusals are logged.',
    }),
    limit_conn_dry_run: flag({
      in: EVERYWHERE,
      default: false,
      doc: 'Counts requests and logs what would be done, without doing it.',
    }),
  },
  prepare: (config): Limiter | undefined => {
    const limits = config.limit_conn.flatMap(({ zone, most }) => {
      const key = keyOf(zone)
      return key ? [{ zone, key, most }] : []
    })
    if (limits.length === 0) return undefined
    return {
      limits,
      status: config.limit_conn_status,
      level: config.limit_conn_log_level,
      dryRun: config.limit_conn_dry_run,
    }
  },
  preaccess: limit,
  variables: {
    limit_conn_status: {
      doc: 'What limit_conn did: PASSED, REJECTED or REJECTED_DRY_RUN.',
      get: (x) => status.get(x),
    },
  },
})
