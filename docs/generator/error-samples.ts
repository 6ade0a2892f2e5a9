import * as errors from '../../src/base/errors.ts'

/** The functions that make errors. */
export type Maker = Exclude<keyof typeof errors, 'GatewayError'>

/** One error of each function, with words in capitals where a value would stand. */
export const SAMPLES: Readonly<Record<Maker, () => errors.GatewayError>> = {
  badRequest: () => errors.badRequest('FAULT'),
  plainRequest: () => errors.plainRequest(),
  certificateMissing: () => errors.certificateMissing(),
  certificateWrong: () => errors.certificateWrong('FAILED:REASON'),
  misdirected: () => errors.misdirected(),
  methodRefused: () => errors.methodRefused('CONNECT'),
  responseRefused: () => errors.responseRefused(415),
  clientTimedOut: () => errors.clientTimedOut('DOING'),
  clientClosed: () => errors.clientClosed('DOING'),
  bodyTooLarge: () => errors.bodyTooLarge(1_048_576),
  redirectionCycle: () => errors.redirectionCycle('/URI'),
  pluginFailed: () => errors.pluginFailed('NAME', 'WHAT IT THREW'),
  contentNotAnswered: () => errors.contentNotAnswered('shop'),
  responseTooLong: () => errors.responseTooLong(),
  responseTooShort: () => errors.responseTooShort(10),
  noLiveUpstreams: () => errors.noLiveUpstreams(),
  upstreamUnresolved: () => errors.upstreamUnresolved('NAME:PORT'),
  upstreamUnknown: () => errors.upstreamUnknown('TEXT'),
  upstreamConnectFailed: () => errors.upstreamConnectFailed('(111: Connection refused)'),
  upstreamBindFailed: () => errors.upstreamBindFailed('ADDRESS', '(99: Address not available)'),
  upstreamTimedOut: () => errors.upstreamTimedOut('DOING'),
  upstreamHandshakeFailed: () =>
    errors.upstreamHandshakeFailed('peer closed connection in SSL handshake'),
  upstreamCertificateWrong: () => errors.upstreamCertificateWrong('does not match "NAME"'),
  upstreamBroke: () => errors.upstreamBroke('(104: Connection reset by peer)', 'DOING'),
  upstreamClosedPrematurely: () => errors.upstreamClosedPrematurely('DOING'),
  upstreamSentInvalidHeader: () => errors.upstreamSentInvalidHeader('FAULT'),
  upstreamSentTooBigHeader: () => errors.upstreamSentTooBigHeader(4096),
  upstreamSentInvalidBody: () => errors.upstreamSentInvalidBody('FAULT'),
  noConnectionSlots: () => errors.noConnectionSlots(512),
  tempFileFailed: () =>
    errors.tempFileFailed(
      'pwritev()',
      '/srv/client_body_temp/0000000012',
      '(28: No space left on device)',
    ),
  requestBodySpent: () => errors.requestBodySpent(),
  subrequestsTooDeep: () => errors.subrequestsTooDeep('/URI', 50),
  fileChanged: () => errors.fileChanged('/PATH'),
  pathOutside: () => errors.pathOutside('/PATH'),
  aliasOfRewritten: () => errors.aliasOfRewritten('LOCATION'),
}
