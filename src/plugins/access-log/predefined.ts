import type { Getter } from 'gateway/plugin'
import { type Format, textFormat } from './format.ts'
import { type Field, jsonFormat } from './json-format.ts'

const COMBINED =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent ' +
  '"$http_referer" "$http_user_agent"'

const FIELDS = {
  time: 'time_iso8601',
  remote_addr: 'remote_addr',
  remote_user: 'remote_user',
  method: 'request_method',
  uri: 'request_uri',
  protocol: 'server_protocol',
  host: 'host',
  status: 'status',
  bytes_sent: 'bytes_sent',
  body_bytes_sent: 'body_bytes_sent',
  request_length: 'request_length',
  request_time: 'request_time',
  referer: 'http_referer',
  user_agent: 'http_user_agent',
  upstream_addr: 'upstream_addr',
  upstream_status: 'upstream_status',
  upstream_response_time: 'upstream_response_time',
} as const

/** The fields of a JSON line where none are named. */
export function standardFields(getter: (name: string) => Getter): readonly Field[] {
  return Object.entries(FIELDS).map(([key, name]) => ({
    key,
    source: `$${name}`,
    get: getter(name),
  }))
}

/** The formats that need no `log_format`; a `log_format json` of one's own counts instead. */
export function predefined(name: string, getter: (name: string) => Getter): Format | undefined {
  switch (name) {
    case 'combined':
      return textFormat([COMBINED], 'default', getter)
    case 'json':
      return jsonFormat(standardFields(getter))
    default:
      return undefined
  }
}
