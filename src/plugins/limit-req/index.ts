import { definePlugin, flag, number, oneOf } from 'gateway/plugin'
import { Limit } from './limit.ts'
import { limitReq } from './limit-req.ts'
import { LEVELS, type Limiter, limit, status } from './limiter.ts'
import { limitReqZone, rateOf } from './rate.ts'

const EVERYWHERE = ['http', 'server', 'location'] as const

/** Limits the rate of requests of a key with a leaky bucket, nginx's to the millisecond. */
export default definePlugin({
  name: 'limit-req',
  doc: 'Limits how fast requests of one key are processed, across all workers.',
  transient: true,
  directives: {
    limit_req_zone: limitReqZone,
    limit_req: limitReq,
    limit_req_status: number({
      in: EVERYWHERE,
      default: 503,
      least: 400,
      most: 599,
      doc: 'The status of requests that are refused.',
    }),
    limit_req_log_level: oneOf(LEVELS, {
      in: EVERYWHERE,
      default: 'error',
      doc: 'The level at which refusals are logged; delays are logged one level below.',
    }),
    limit_req_dry_run: flag({
      in: EVERYWHERE,
      default: false,
      doc: 'Counts requests and logs what would be done, without doing it.',
    }),
  },
  prepare: (config): Limiter | undefined => {
    const limits = config.limit_req.flatMap((each) => {
      const rate = rateOf(each.zone)
      return rate ? [new Limit(each, rate)] : []
    })
    if (limits.length === 0) return undefined
    return {
      limits,
      status: config.limit_req_status,
      level: config.limit_req_log_level,
      dryRun: config.limit_req_dry_run,
    }
  },
  preaccess: limit,
  variables: {
    limit_req_status: {
      doc: 'What limit_req did: PASSED, DELAYED, REJECTED, DELAYED_DRY_RUN or REJECTED_DRY_RUN.',
      get: (x) => status.get(x),
    },
  },
})
