import {
  type ConfigOf,
  type ForwardOptions,
  fieldFates,
  type Http1Request,
  type PeerTls,
  type Place,
  type Template,
} from 'gateway/plugin'
import { checkBuffers, spooling } from './buffers.ts'
import type { directives } from './directives.ts'
import { defaultRedirects, editHead } from './edit-head.ts'
import { mayBeSecure, type ProxyPass, type Scheme } from './proxy-pass.ts'
import { type HeadSettings, requestHead, requestTarget } from './request-head.ts'
import { peerTls, tlsTerms } from './tls.ts'

export type ProxyConfig = ConfigOf<typeof directives>

/** What one location forwards, and how. */
export interface Forwarding {
  readonly pass: ProxyPass
  readonly options: Readonly<Record<Scheme, ForwardOptions<Http1Request>>>
  /** Undefined where no peer is spoken to over it. */
  readonly tls: PeerTls | undefined
  /** A method made of variables, which may come out as none. */
  readonly method: Template | undefined
}

/** Fields of responses that are about the peer and not about the answer (as in nginx). */
const HIDDEN = [
  'date',
  'server',
  'x-pad',
  'x-accel-expires',
  'x-accel-redirect',
  'x-accel-limit-rate',
  'x-accel-buffering',
  'x-accel-charset',
] as const

/** Settles everything that does not depend on a request. Undefined without a `proxy_pass`. */
export function prepareForwarding(config: ProxyConfig, place: Place): Forwarding | undefined {
  const pass = config.proxy_pass
  if (!pass) return undefined
  const location = prefixOf(place.name)
  if (pass.kind === 'fixed' && pass.to.uri !== undefined && location === undefined) {
    place.fail(
      'proxy_pass: a URI cannot stand in a location given by regular expression or name',
      place.markOf('proxy_pass'),
    )
  }
  const settings: HeadSettings = {
    pass,
    version: config.proxy_http_version,
    method: config.proxy_method,
    setHeaders: config.proxy_set_header,
    clientHeaders: config.proxy_pass_request_headers ? 'pass' : 'drop',
    prefix: location?.length ?? 0,
  }
  checkBuffers(config, place)
  const http = forwardOptions(config, settings, location, place)
  const tls = mayBeSecure(pass) ? peerTls(config, place) : undefined
  const https = tls ? { ...http, tls: tlsTerms(tls, config.proxy_ssl_name, pass) } : http
  const method = config.proxy_method
  return {
    pass,
    options: { http, https },
    tls,
    method: method?.constant === undefined ? method : undefined,
  }
}

function forwardOptions(
  config: ProxyConfig,
  settings: HeadSettings,
  location: string | undefined,
  place: Place,
): ForwardOptions<Http1Request> {
  const rules =
    config.proxy_redirect === 'default'
      ? defaultRedirects(settings.pass, location)
      : config.proxy_redirect
  const hidden = new Set(hiddenFields(config))
  return {
    request: {
      version: settings.version === '1.0' ? 10 : 11,
      head: requestHead(settings),
      target: requestTarget(settings),
      fates: fieldFates(hidden, config.proxy_pass_trailers ? 'trailer' : undefined),
    },
    requestBody: config.proxy_set_body ?? (config.proxy_pass_request_body ? 'pass' : 'drop'),
    bind: config.proxy_bind,
    probed: config.proxy_socket_keepalive,
    tls: undefined,
    connectTimeout: config.proxy_connect_timeout,
    sendTimeout: config.proxy_send_timeout,
    readTimeout: config.proxy_read_timeout,
    next: config.proxy_next_upstream,
    nextTries: config.proxy_next_upstream_tries,
    nextTimeout: config.proxy_next_upstream_timeout,
    headLimit: config.proxy_buffer_size,
    buffering: config.proxy_buffering,
    spooling: spooling(config, place),
    requestBuffering: config.proxy_request_buffering,
    bodyFolder: place.bodyFolder,
    ignoreClientAbort: config.proxy_ignore_client_abort,
    interceptErrors: config.proxy_intercept_errors,
    ignored: config.proxy_ignore_headers,
    limitRate: config.proxy_limit_rate,
    forceRanges: config.proxy_force_ranges,
    passesTrailer: config.proxy_pass_trailers ? (name) => !hidden.has(name) : undefined,
    edit: editHead(rules, {
      domains: config.proxy_cookie_domain,
      paths: config.proxy_cookie_path,
      flags: config.proxy_cookie_flags,
    }),
  }
}

function hiddenFields(config: ProxyConfig): string[] {
  const passed = new Set(config.proxy_pass_header.map((name) => name.toLowerCase()))
  const hidden = [...HIDDEN, ...config.proxy_hide_header.map((name) => name.toLowerCase())]
  return hidden.filter((name) => !passed.has(name))
}

/** The literal prefix a location matches; undefined for regular expressions and names. */
function prefixOf(name: string): string | undefined {
  const parts = /^(?:(=|\^~)\s+)?(\/.*)$/s.exec(name)
  return parts?.[2]
}
