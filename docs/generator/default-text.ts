import type { Directive } from '../../src/kernel/directive/directive.ts'

/**
 * Defaults that no rule below makes out of the initial value; an empty text is "none". They are
 * what the code does where the directive is not written.
 */
const SPECIAL: Readonly<Record<string, string>> = {
  access_log: 'off',
  add_header: '',
  add_header_inherit: 'on',
  add_trailer: '',
  add_trailer_inherit: 'on',
  allow: '',
  ancient_browser: '',
  dav_access: 'user:rw',
  dav_methods: 'off',
  deny: '',
  env: 'TZ',
  error_log: 'stderr error',
  gzip_disable: '',
  image_filter_jpeg_quality: '75',
  image_filter_sharpen: '0',
  image_filter_webp_quality: '80',
  internal: '',
  listen: '*:80, or *:8000 where the gateway does not run as root',
  modern_browser: '',
  log_format: 'combined and json are there without it',
  memcached_gzip_flag: '',
  open_log_file_cache: 'off',
  proxy_set_header: 'Host $proxy_host',
  server_identity: 'gateway/VERSION',
  server_name: '""',
  stub_status: '',
  userid_domain: 'none',
  userid_flags: 'off',
  userid_p3p: 'none',
  userid_service: '',
  types: 'every registered type with its extensions',
}

/** The default of a directive as it would be written; undefined where there is none. */
export function defaultText(name: string, directive: Directive<unknown>): string | undefined {
  if (directive.idle !== undefined) return undefined
  const text = SPECIAL[name] ?? textOf(directive.initial, directive.shape.kind)
  return text === '' ? undefined : text
}

/** Whether the text is the initial value, written: then reading it gives that value again. */
export function isWritten(name: string): boolean {
  return !(name in SPECIAL)
}

function textOf(value: unknown, kind: Directive<unknown>['shape']['kind']): string {
  if (value === undefined) return ''
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (typeof value === 'number') return numberText(value, kind)
  if (typeof value === 'string') return value
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
    return [...value.values()].map((each) => textOf(each, kind)).join(' ')
  }
  const { source, count, size, idle, path, kind: word } = value as Partial<Record<string, unknown>>
  if (typeof path === 'string') return path
  if (typeof source === 'string') return source
  if (typeof word === 'string') return word
  if (typeof idle === 'number') return timeText(idle)
  if (typeof count === 'number' && typeof size === 'number') return `${count} ${sizeText(size)}`
  throw new Error(`no way to write the default ${JSON.stringify(value)}`)
}

function numberText(value: number, kind: Directive<unknown>['shape']['kind']): string {
  if (kind === 'size') return sizeText(value)
  if (kind === 'time') return timeText(value)
  return value === 2 ** 31 - 1 ? '' : String(value)
}

function sizeText(bytes: number): string {
  if (bytes > 0 && bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20}m`
  return bytes > 0 && bytes % 1024 === 0 ? `${bytes / 1024}k` : String(bytes)
}

function timeText(milliseconds: number): string {
  if (milliseconds === 0) return '0'
  if (milliseconds % 3_600_000 === 0) return `${milliseconds / 3_600_000}h`
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`
}
