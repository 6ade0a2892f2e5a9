import { Buffer } from 'node:buffer'
import { createSocket, type Socket } from 'node:dgram'
import { hostname } from 'node:os'
import { describeSystemError, type Exchange, steadyTime } from 'gateway/plugin'

export interface SyslogOptions {
  /** An IP address. */
  readonly address: string
  readonly port: number
  /** Facility and severity, as one number. */
  readonly priority: number
  readonly tag: string
  readonly host: 'named' | 'left out'
}

/** Bytes of a line; what is longer is cut, since it would fit into no datagram. */
const LONGEST = 65_000
/** Datagrams that wait to be sent; while there are so many, lines are lost. */
const MOST_WAITING = 1000
/** Milliseconds between lines of the error log about what could not be sent. */
const QUIET = 1000

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Where lines are sent to, a datagram each, in the form of RFC 3164. */
export class SyslogServer {
  readonly #options: SyslogOptions
  #socket: Socket | undefined
  #waiting = 0
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(options: SyslogOptions) {
    this.#options = options
  }

  /** Sends the line of a request, which ends in a line feed. */
  write(x: Exchange, line: string | Uint8Array): void {
    if (this.#waiting >= MOST_WAITING) {
      this.#tell(x, `${MOST_WAITING} lines are waiting`)
      return
    }
    const { address, port } = this.#options
    const text = typeof line === 'string' ? Buffer.from(line, 'latin1') : line
    const end = Math.min(text.length - 1, LONGEST)
    const message = Buffer.concat([Buffer.from(this.#head(), 'latin1'), text.subarray(0, end)])
    this.#waiting++
    this.#open().send(message, port, address, (error) => {
      this.#waiting--
      if (error) this.#tell(x, describeSystemError(error))
    })
  }

  #head(): string {
    const { host, priority, tag } = this.#options
    const now = new Date()
    const day = String(now.getDate()).padStart(2)
    const time = now.toTimeString().slice(0, 'hh:mm:ss'.length)
    const name = host === 'named' ? `${hostname()} ` : ''
    return `<${priority}>${MONTHS[now.getMonth()]} ${day} ${time} ${name}${tag}: `
  }

  #open(): Socket {
    if (this.#socket) return this.#socket
    const socket = createSocket(this.#options.address.includes(':') ? 'udp6' : 'udp4')
    // It must not keep a worker that leaves.
    socket.unref()
    socket.on('error', () => {
      socket.close()
      this.#socket = undefined
    })
    this.#socket = socket
    return socket
  }

  #tell(x: Exchange, fault: string): void {
    const now = steadyTime()
    if (now - this.#toldAt < QUIET) return
    this.#toldAt = now
    x.log('alert', `a line could not be sent to syslog ${this.#options.address}: ${fault}`)
  }
}
