import { type Entry, parseIP } from 'gateway/plugin'
import { type SyslogOptions, SyslogServer } from './syslog-server.ts'

/** In the order of their numbers. */
const FACILITIES =
  'kern user mail daemon auth intern lpr news uucp clock authpriv ftp ntp audit alert cron local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  )
const SEVERITIES = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug']
const DEFAULT_PORT = 514
const LONGEST_TAG = 32

/** Reads `server=address[,facility=…][,severity=…][,tag=…][,nohostname]`. */
export function readSyslog(entry: Entry, text: string): SyslogServer {
  let server: Pick<SyslogOptions, 'address' | 'port'> | undefined
  let facility = FACILITIES.indexOf('local7')
  let severity = SEVERITIES.indexOf('info')
  let tag = 'nginx'
  let host: SyslogOptions['host'] = 'named'
  for (const word of text.split(',')) {
    const equals = word.indexOf('=')
    const value = word.slice(equals + 1)
    switch (equals < 0 ? word : word.slice(0, equals)) {
      case 'server':
        server = readServer(entry, value)
        break
      case 'facility':
        facility = numberOf(entry, FACILITIES, value, 'facility')
        break
      case 'severity':
        severity = numberOf(entry, SEVERITIES, value, 'severity')
        break
      case 'tag':
        tag = readTag(entry, value)
        break
      case 'nohostname':
        host = 'left out'
        break
      default:
        entry.fail(`unknown syslog parameter "${word}"`)
    }
  }
  if (!server) return entry.fail('no syslog server specified')
  return new SyslogServer({
    ...server,
    priority: facility * SEVERITIES.length + severity,
    tag,
    host,
  })
}

function readServer(entry: Entry, text: string): Pick<SyslogOptions, 'address' | 'port'> {
  if (text.startsWith('unix:')) {
    return entry.fail('Node has no datagrams over unix sockets', 'send them over UDP')
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const address = bracketed ?? plain ?? ''
  const port = Number(digits ?? DEFAULT_PORT)
  if (parseIP(address) === undefined) {
    return entry.fail(`"${text}" is not an IP address`, 'names are not looked up for logs')
  }
  if (port < 1 || port > 65_535) return entry.fail(`invalid port in "${text}"`)
  return { address, port }
}

function numberOf(entry: Entry, names: readonly string[], name: string, what: string): number {
  const number = names.indexOf(name)
  return number < 0 ? entry.fail(`unknown syslog ${what} "${name}"`) : number
}

function readTag(entry: Entry, tag: string): string {
  if (tag.length > LONGEST_TAG) return entry.fail(`syslog "tag" length exceeds ${LONGEST_TAG}`)
  return /^\w+$/.test(tag)
    ? tag
    : entry.fail('syslog "tag" only allows alphanumeric characters and underscore')
}
